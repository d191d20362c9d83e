"""`ctx`: what a contract may know of its caller and block. In unit tests a `Frame` stands for the chain."""

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar

from .faults import CallerIsContract
from .kinds import DATA, INTEGER

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the chain: address (20 bytes), name, organisation, roles, and whether it is active."""

    address: bytes
    name: str
    org: str
    roles: list[str]
    active: bool


class Sender:
    """The immediate caller. A contract has an address alone: `.org` and `.roles` of it fail."""

    __slots__ = ("_org", "_roles", "address")

    def __init__(self, address: bytes, org: str | None = None, roles: tuple[str, ...] = ()) -> None:
        self.address = address
        self._org = org
        self._roles = roles

    @property
    def org(self) -> str:
        """Name of the caller's organisation."""
        if self._org is None:
            raise CallerIsContract
        return self._org

    @property
    def roles(self) -> list[str]:
        """Roles of the caller, as a fresh list."""
        if self._org is None:
            raise CallerIsContract
        return list(self._roles)


@dataclass(slots=True)
class Frame:
    """The surroundings of calls in a unit test.

    sender: who calls. time: block time in ns. contracts: objects by name or address, for `ctx.contract`. members: by
    address. events: what was emitted, as (name, fields). signatures: those that hold, as (kind, public key, message,
    signature), since no key is at hand. A test kit gives a subclass whose methods ask its chain.
    """

    sender: Sender = field(default_factory=lambda: Sender(bytes(20), "alpha"))
    time: int = 0
    height: int = 1
    chain_id: str = "test-1"
    self_address: bytes = bytes(20)
    contracts: dict[str | bytes, Any] = field(default_factory=dict)
    members: dict[bytes, Member] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    read_only: bool = False
    signatures: list[tuple[int, bytes, bytes, bytes]] = field(default_factory=list)

    def rows(self, field: str) -> MutableMapping[Any, Any]:
        """Return the rows of a storage field of a new contract object: encodable values by encodable key."""
        del field
        return {}

    def emit(self, name: str, fields: dict[str, Any]) -> None:
        """Take an event."""
        self.events.append((name, fields))

    def contract(self, name_or_address: str | bytes, interface: Any) -> Any:
        """Return another contract, seen through an interface."""
        del interface
        return self.contracts[name_or_address]

    def member(self, address: bytes) -> Member | None:
        """Return a member's record, None when there is none."""
        return self.members.get(address)

    def hash(self, data: bytes) -> bytes:
        """Return the hash of the chain's suite."""
        return sha256(data).digest()

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Return whether a signature holds."""
        return (kind, public_key, message, signature) in self.signatures


_FRAME: ContextVar[Frame] = ContextVar("huitong_contract_frame")


def current() -> Frame:
    """Return the frame of the running test. Raises RuntimeError outside of `frame`."""
    try:
        return _FRAME.get()
    except LookupError:
        raise RuntimeError("contracts run inside `with frame(...)` in tests, and on a chain otherwise") from None


def rows_of(field: str) -> MutableMapping[Any, Any]:
    """Return rows for a storage field: of the running frame, or in memory outside of one."""
    running = _FRAME.get(None)
    return {} if running is None else running.rows(field)


@contextmanager
def frame(surroundings: Frame | None = None) -> Iterator[Frame]:
    """Run calls of a contract as ordinary Python in these surroundings."""
    given = Frame() if surroundings is None else surroundings
    token = _FRAME.set(given)
    try:
        yield given
    finally:
        _FRAME.reset(token)


class Context:
    """What contracts see as `ctx`."""

    __slots__ = ()

    @property
    def sender(self) -> Sender:
        """The immediate caller: a member, or another contract."""
        return current().sender

    @property
    def time(self) -> int:
        """Block time in nanoseconds since 1970: a lower bound of the real time."""
        return current().time

    @property
    def height(self) -> int:
        """Number of the block."""
        return current().height

    @property
    def chain_id(self) -> str:
        """Id of the chain."""
        return current().chain_id

    @property
    def self(self) -> bytes:
        """Address of this contract."""
        return current().self_address

    def contract(self, name_or_address: str | bytes, interface: Callable[..., T]) -> T:
        """Return another contract, seen through an interface: a Protocol with the methods that are called."""
        found: T = current().contract(name_or_address, interface)
        return found

    def hash(self, data: bytes) -> bytes:
        """Return the hash of bytes by the chain's suite, 32 bytes: SHA-256, or SM3 under guomi."""
        return current().hash(DATA.wire(data, "data"))

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Return whether a signature holds. kind: 1 Ed25519, 2 P-256, 3 secp256k1, 4 SM2 (under guomi)."""
        INTEGER.wire(kind, "kind")
        for name, value in (("public_key", public_key), ("message", message), ("signature", signature)):
            DATA.wire(value, name)
        return current().verify(kind, public_key, message, signature)

    def member(self, address: bytes) -> Member | None:
        """Return the member record of an address, None when there is none."""
        return current().member(address)


ctx = Context()
