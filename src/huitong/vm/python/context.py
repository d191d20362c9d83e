"""`ctx` of a running frame, and other contracts seen through an interface."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from huitong.contract.context import Member
from huitong.contract.faults import CallFailed, MissingPart
from huitong.contract.kinds import DATA, INTEGER, TEXT
from huitong.types import Answer, Code, Failure, Invocation, decode_scanned
from huitong.types.limits import ADDRESS_BYTES
from huitong.types.registry import RESERVED_ADDRESS_PREFIX, ModuleId, SuiteId

from . import gas
from .declared import Method
from .nodes import Role
from .storage import Store


def module_address(module: ModuleId) -> bytes:
    """Reserved address of a module."""
    return RESERVED_ADDRESS_PREFIX + int(module).to_bytes(2, "big")


class Calls:
    """Calls from a frame to contracts and modules."""

    invocation: Invocation
    """Of the running frame, put in when it begins."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.use = store.use

    def send(self, target: bytes, method: str, args: tuple[Any, ...], *, read_only: bool) -> Answer:
        """Call, with at most 63/64 of the gas that is left; what it used is charged here too."""
        self.use(gas.CALL)
        self.store.flush()
        left = self.store.runtime.meter.left
        answer = self.store.host.call(
            target, method, args, left - left // 64, read_only=read_only or self.store.read_only
        )
        self.use(answer.gas_used + gas.RETURN_BYTE * len(answer.data))
        return answer

    def member(self, address: Any, /) -> Member | None:
        """`ctx.member(address)`."""
        DATA.wire(address, "address")
        answer = self.send(module_address(ModuleId.IDENTITY), "member", (address,), read_only=True)
        if answer.code == Code.MEMBER_UNKNOWN:
            return None
        if answer.code:
            raise failed(answer)
        found: Any = decode_scanned(answer.data, Any)
        return None if found is None else _member(address, found)

    def hash(self, data: Any, /) -> bytes:
        """`ctx.hash(data)`: SHA-256 here; under another suite the node computes it."""
        DATA.wire(data, "data")
        self.use(gas.HASH + gas.HASH_WORD * ((len(data) + 31) // 32))
        if self.invocation.block.suite == SuiteId.INTERNATIONAL:
            return sha256(data).digest()
        found: bytes = self._ask("hash", (data,))
        return found

    def verify(self, kind: Any, public_key: Any, message: Any, signature: Any, /) -> bool:
        """`ctx.verify(kind, public_key, message, signature)`: computed by the node, of which the engine is no part."""
        INTEGER.wire(kind, "kind")
        for name, value in (("public_key", public_key), ("message", message), ("signature", signature)):
            DATA.wire(value, name)
        self.use(gas.HASH + gas.HASH_WORD * ((len(message) + 31) // 32))
        found: bool = self._ask("verify", (kind, public_key, message, signature))
        return found

    def _ask(self, question: str, args: tuple[Any, ...]) -> Any:
        answer = self.send(module_address(ModuleId.CRYPTOGRAPHY), question, args, read_only=True)
        if answer.code:
            raise failed(answer)
        return decode_scanned(answer.data, Any)

    def contract(self, name_or_address: Any, interface: dict[str, Method], /) -> "Proxy":
        """`ctx.contract(name or address, Interface)`. A name is looked up in the chain's registry of names."""
        self.use(gas.INSTANCE >> 1)
        if type(name_or_address) is not str:
            address = DATA.wire(name_or_address, "address")
        else:
            answer = self.send(
                module_address(ModuleId.CONTRACTS), "resolve", (TEXT.wire(name_or_address, "name"),), read_only=True
            )
            if answer.code:
                raise failed(answer)
            address = decode_scanned(answer.data, Any)
        if type(address) is not bytes or len(address) != ADDRESS_BYTES:
            raise ValueError("no address of 20 bytes")
        return Proxy(self, address, interface)


def _member(address: bytes, fields: dict[str, Any]) -> Member:
    """Read what the identity module answers."""
    return Member(address, fields["name"], fields["organisation"], list(fields["roles"]), fields["active"])


def failed(answer: Answer) -> CallFailed:
    """Return the error for a failed call."""
    failure = decode_scanned(answer.data, Failure) if answer.data else Failure(b"", "", {})
    return CallFailed(answer.code, failure.error, answer.data)


class Proxy:
    """Another contract."""

    __slots__ = ("address", "calls", "interface")

    def __init__(self, calls: Calls, address: bytes, interface: dict[str, Method]) -> None:
        self.calls = calls
        self.address = address
        self.interface = interface

    def methods_(self, name: str) -> Callable[..., Any]:
        """Return the method that calls the other contract."""
        method = self.interface.get(name)
        if method is None:
            raise MissingPart("the interface has no such method")
        return lambda *args: self._call(method, args)

    def _call(self, method: Method, args: tuple[Any, ...]) -> Any:
        if len(args) != len(method.parameters):
            raise TypeError("another number of arguments")
        visit = self.calls.store.runtime.values.visit
        wired: list[Any] = []
        for parameter, value in zip(method.parameters, args, strict=True):
            visit(value)
            wired.append(parameter.kind.wire(value, parameter.name))
        read_only: Final = method.role is Role.VIEW
        answer = self.calls.send(self.address, method.name, tuple(wired), read_only=read_only)
        if answer.code:
            raise failed(answer)
        result = decode_scanned(answer.data, Any)
        visit(result)
        return method.returns.read(result, method.name, lenient=True)
