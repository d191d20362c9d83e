"""Deployed contracts as tests hold them: methods are called as plain Python."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from huitong.contract.shapes import REQUIRED
from huitong.kernel.records import ContractRecord
from huitong.types import HuitongError, decode, encode
from huitong.vm.python.declared import Method

from .loading import Loaded


class Calling(Protocol):
    """What a handle needs of its chain. sender: who calls, as name@organisation."""

    sender: str

    def person(self, who: str) -> object:
        """Return a member. Raises LookupError."""
        ...

    def loaded(self, code_hash: bytes) -> Loaded:
        """Return a contract file by the hash of its tree."""
        ...

    def record(self, contract: bytes) -> ContractRecord:
        """Return what the chain keeps of a contract. Raises LookupError."""
        ...

    def invoke(self, handle: "Handle", method: str, args: tuple[Any, ...], kwargs: dict[str, Any], who: str) -> Any:
        """Call a method."""
        ...


class Handle:
    """A deployed contract. Its methods, and the record, event and error classes of its file, are attributes.

    They are those of the code that it has now: a handle follows upgrades, and the way back to a snapshot. address: 20
    bytes. module: the file as an imported module.
    """

    def __init__(self, chain: Calling, address: bytes, who: str = "") -> None:
        self.chain = chain
        self.address = address
        self.who = who

    @property
    def loaded(self) -> Loaded:
        """The file of the code that the contract has now. Raises LookupError when it is not on the chain."""
        return self.chain.loaded(self.chain.record(self.address).code_hash)

    @property
    def module(self) -> Any:
        """The contract's file, imported."""
        return self.loaded.module

    def as_member(self, who: str) -> "Handle":
        """Return the same contract, called by another member."""
        self.chain.person(who)
        return Handle(self.chain, self.address, who)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        loaded = self.loaded
        if name in loaded.methods:
            return BoundMethod(self, name)
        shape = loaded.shape(name)
        if shape is None:
            known = ", ".join(loaded.methods)
            raise AttributeError(f"{loaded.plain.__name__} has no method {name}; it has {known}")
        return shape

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.loaded.methods]

    def __repr__(self) -> str:
        return f"<{self.loaded.plain.__name__} at 0x{self.address.hex()}>"


class As:
    """Calls by another member: `with as_member(who): ...`, or `as_member(who)(contract).method(...)`."""

    def __init__(self, chain: Calling, who: str) -> None:
        chain.person(who)
        self.who = who
        self._chain = chain
        self._before: list[str] = []

    def __enter__(self) -> Self:
        self._before.append(self._chain.sender)
        self._chain.sender = self.who
        return self

    def __exit__(self, *_: object) -> None:
        self._chain.sender = self._before.pop()

    def __call__(self, handle: Handle) -> Handle:
        """Return a contract as this member calls it."""
        return handle.as_member(self.who)


class BoundMethod:
    """A method of a deployed contract."""

    def __init__(self, handle: Handle, name: str) -> None:
        self.handle = handle
        self.name = name
        self.__doc__ = handle.loaded.methods[name].doc

    def __repr__(self) -> str:
        return f"{self.handle.loaded.plain.__name__}.{self.name}"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the method; raises what the contract raises."""
        __tracebackhide__ = True
        handle = self.handle
        if self.name == handle.loaded.program.initialiser:
            raise TypeError(f"{self.name} is the @init method: give its arguments to deploy()")
        return handle.chain.invoke(handle, self.name, args, kwargs, handle.who)


def encoded(method: Method, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None = None) -> tuple[Any, ...]:
    """Return arguments as values of the encoding; wrong ones stay as they are, for the chain to refuse.

    Raises TypeError for what no transaction can carry.
    """
    named = dict(kwargs or {})
    values = list(args)
    for part in method.parameters[len(args) :]:
        if part.name in named:
            values.append(named.pop(part.name))
        elif part.default is not REQUIRED and named:
            values.append(part.default)
        else:
            break
    if named:
        raise TypeError(f"{method.name} takes no {', '.join(named)} here")
    kinds = [part.kind for part in method.parameters]
    found = []
    for place, value in enumerate(values):
        try:
            found.append(kinds[place].wire(value, method.parameters[place].name) if place < len(kinds) else value)
        except (TypeError, OverflowError):
            found.append(value)
    try:
        decode(encode(found), list)
    except (HuitongError, TypeError, ValueError, OverflowError) as error:
        raise TypeError(f"{method.name}: no transaction can carry these arguments: {error}") from None
    return tuple(found)


def described(
    what: str, declared: Method | None, args: tuple[Any, ...], kwargs: Mapping[str, Any] | None = None
) -> str:
    """A call as a reader would write it. what: its words before the arguments. declared: names the arguments."""
    names = [part.name for part in declared.parameters] if declared else []
    pairs = [f"{name}={short(value)}" for name, value in zip(names, args, strict=False)]
    pairs += [short(value) for value in args[len(names) :]]
    pairs += [f"{name}={short(value)}" for name, value in (kwargs or {}).items()]
    return f"{what}({', '.join(pairs)})"


def short(value: Any) -> str:
    """A value, shortened in its middle."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:50]} … {text[-20:]}"


def trimmed(errors: list[Exception], contracts: Mapping[bytes, Loaded]) -> TracebackType | None:
    """Return what of tracebacks stands in contract files, outermost first: the kit's own frames are no news."""
    files = {str(loaded.path) for loaded in contracts.values()}
    kept = []
    for error in errors:
        trace = error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename in files:
                kept.append(trace)
            trace = trace.tb_next
    found: TracebackType | None = None
    for part in reversed(kept):
        found = TracebackType(found, part.tb_frame, part.tb_lasti, part.tb_lineno)
    return found
