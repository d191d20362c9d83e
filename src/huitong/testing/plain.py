"""One frame of a contract that runs as ordinary Python on the state of a chain: breakpoints and tracebacks work."""

from collections.abc import Iterator, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from huitong.contract.context import Frame as Surroundings
from huitong.contract.context import Member, Sender, frame
from huitong.contract.faults import MissingPart
from huitong.contract.hints import resolved_hints
from huitong.types import Code, Failed, Host, Invocation, decode_scanned, encode
from huitong.types.limits import MAX_KEY_BYTES, MAX_SCAN_ROWS
from huitong.vm.python.declared import Method, Parameter
from huitong.vm.python.frame import Frame
from huitong.vm.python.keys import KeyCoder, field_prefix
from huitong.vm.python.nodes import Role
from huitong.vm.python.runtime import Halt
from huitong.vm.python.storage import field_numbers

from .loading import Loaded, kind_of


class HostRows(MutableMapping[Any, Any]):
    """Rows of one storage field in the chain's state: encodable values by encodable key (None for a Value)."""

    def __init__(self, host: Host, number: int, coder: KeyCoder | None, *, read_only: bool) -> None:
        self._host = host
        self._prefix = field_prefix(number)
        self._coder = coder
        self._read_only = read_only

    def _key(self, key: Any) -> bytes:
        raw = self._prefix if self._coder is None else self._prefix + self._coder.encode(key)
        if len(raw) > MAX_KEY_BYTES:
            raise Halt(Code.STORAGE_LIMIT, what="key", limit=MAX_KEY_BYTES)
        return raw

    def __getitem__(self, key: Any) -> Any:
        raw = self._host.read(self._key(key))
        if raw is None:
            raise KeyError(key)
        return decode_scanned(raw, Any)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._write(self._key(key), encode(value))

    def __delitem__(self, key: Any) -> None:
        self._write(self._key(key), None)

    def _write(self, key: bytes, value: bytes | None) -> None:
        if self._read_only:
            raise Halt(Code.READ_ONLY)
        try:
            self._host.write({key: value})
        except Failed as failure:
            raise Halt(failure.code, **failure.data) from None

    def __iter__(self) -> Iterator[Any]:
        if self._coder is None:
            if self._host.read(self._prefix) is not None:
                yield None
            return
        start, end = self._prefix, (int.from_bytes(self._prefix, "big") + 1).to_bytes(2, "big")
        while True:
            rows = self._host.scan(start, end, MAX_SCAN_ROWS, reverse=False)
            for key, _ in rows:
                yield self._coder.decode(key[2:])
            if len(rows) < MAX_SCAN_ROWS:
                return
            start = rows[-1][0] + b"\x00"

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Other:
    """Another contract as `ctx.contract` gives it: the methods of the interface call it."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy

    def __getattr__(self, name: str) -> Any:
        return self._proxy.methods_(name)


@dataclass(slots=True)
class OnChain(Surroundings):
    """What `ctx` and storage fields are in a plain frame."""

    running: "PlainFrame | None" = None

    def _frame(self) -> "PlainFrame":
        assert self.running is not None, "made by PlainFrame"
        return self.running

    def rows(self, field: str) -> MutableMapping[Any, Any]:
        """See Frame."""
        return self._frame().rows(field, read_only=self.read_only)

    def emit(self, name: str, fields: dict[str, Any]) -> None:
        """See Frame."""
        if self.read_only:
            raise Halt(Code.READ_ONLY)
        try:
            self._frame().host.emit(name, encode(fields))
        except Failed as failure:
            raise Halt(failure.code, **failure.data) from None

    def contract(self, name_or_address: str | bytes, interface: Any) -> Any:
        """See Frame."""
        return Other(self._frame().calls.contract(name_or_address, _interface(interface)))

    def member(self, address: bytes) -> Member | None:
        """See Frame."""
        return self._frame().calls.member(address)

    def hash(self, data: bytes) -> bytes:
        """See Frame."""
        return self._frame().calls.hash(data)

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """See Frame."""
        return self._frame().calls.verify(kind, public_key, message, signature)


def _interface(protocol: Any) -> dict[str, Method]:
    """Methods of a Protocol with the kinds of the plain classes."""
    found = {}
    for name, function in vars(protocol).items():
        if name.startswith("_") or not callable(function):
            continue
        hints = resolved_hints(function)
        returns = kind_of(hints.pop("return"))
        parameters = tuple(Parameter(part, kind_of(hint), None) for part, hint in hints.items())
        role = {"view": Role.VIEW, "call": Role.CALL}.get(getattr(function, "huitong_role", ""), Role.HELPER)
        found[name] = Method(name, role, False, parameters, returns, "")
    return found


class PlainFrame(Frame):
    """A call that runs the contract's class itself. Gas counts only what leaves the frame.

    fault: what the contract raised, with its traceback. watch: context in which the contract runs (line coverage).
    """

    def __init__(
        self, loaded: Loaded, invocation: Invocation, host: Host, watch: AbstractContextManager[Any] | None = None
    ) -> None:
        super().__init__(loaded.program, invocation, host)
        self.loaded = loaded
        self.calls = self.room.calls
        self.fault: Exception | None = None
        self._watch = nullcontext() if watch is None else watch
        self._numbers = field_numbers(loaded.program.fields, invocation.fields)

    def rows(self, field: str, *, read_only: bool) -> HostRows:
        """Return the rows of a storage field."""
        coder = self.program.coders.get(field)
        return HostRows(self.host, self._numbers[field], coder, read_only=read_only)

    def _body(self) -> bytes:
        method = self.loaded.methods.get(self.invocation.method)
        if method is None:
            raise Halt(Code.METHOD_UNKNOWN, method=self.invocation.method)
        self.store.read_only = self.invocation.read_only or method.role is Role.VIEW
        arguments = self._arguments(method)
        try:
            with frame(self._surroundings()), self._watch:
                result = getattr(self.loaded.plain(), method.name)(*arguments)
        except AttributeError as fault:
            self.fault = fault
            raise MissingPart(str(fault)) from fault
        except Exception as fault:
            self.fault = fault
            if isinstance(fault, AssertionError) and not fault.args:
                fault.args = ("",)
            raise
        return self._sized(encode(method.returns.wire(result, "return")))

    def _surroundings(self) -> OnChain:
        invocation, block, caller = self.invocation, self.invocation.block, self.invocation.caller
        return OnChain(
            sender=Sender(caller.address, caller.organisation, caller.roles),
            time=block.time_ns,
            height=block.height,
            chain_id=block.chain_id,
            self_address=invocation.contract,
            read_only=self.store.read_only,
            running=self,
        )
