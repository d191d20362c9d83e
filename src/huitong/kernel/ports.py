"""What the kernel needs from whoever runs it: verification, remembered ids, members, modules."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import msgspec

from huitong.state import StateView
from huitong.types import BlockContext, Caller, Genesis, Member


class Verifier(Protocol):
    """Checks signatures. A cache behind it may save time, never decide."""

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """True when the signature holds under the rule of the key kind. Total: never raises."""
        ...


class History(Protocol):
    """Ids of executed transactions that are still remembered."""

    def seen(self, tx_id: bytes) -> bool:
        """True when a transaction of this id was committed or failed in an earlier block and is not forgotten."""
        ...


class Directory(Protocol):
    """Finds the member record behind a sender or payer."""

    def member(self, view: StateView, address: bytes) -> Member | None:
        """Return the record of a member address, None when there is none."""
        ...


class Effect(msgspec.Struct, frozen=True):
    """What a module's message does: writes of the module's own space, events (name, fields), a return value.

    system: writes of the chain's own space (whole keys), which only the module `network` has: gateways, validators,
    parameters, rules.
    """

    writes: Mapping[bytes, bytes | None]
    events: tuple[tuple[str, Mapping[str, Any]], ...]
    value: Any
    system: Mapping[bytes, bytes | None] = {}


class At(msgspec.Struct, frozen=True):
    """Where and by whom a message is applied. tx_id, index: of the transaction and of the call in it."""

    caller: Caller
    block: BlockContext
    tx_id: bytes
    index: int


class Handler(Protocol):
    """One kind of message of a module. The first two phases never write, so the pool may call them freely."""

    @property
    def gas(self) -> int:
        """Fixed gas of the message."""
        ...

    @property
    def message(self) -> type[Any]:
        """Array struct that the arguments of a call are converted to."""
        ...

    def check_alone(self, message: Any) -> None:
        """Form, sizes. Raises Failed."""
        ...

    def check_against(self, message: Any, view: StateView, at: At) -> None:
        """Rights and state. Raises Failed."""
        ...

    def apply(self, message: Any, view: StateView, at: At) -> Effect:
        """Compute the effect; nothing is written here."""
        ...


class Question(msgspec.Struct, frozen=True):
    """A read-only question to a module, open to contracts too.

    gas: fixed. message: array struct that the arguments are converted to. answer: gives an encodable value, raises
    Failed.
    """

    gas: int
    message: type[Any]
    answer: Callable[[Any, StateView], Any]


class Module(Protocol):
    """A built-in module: messages and queries under a reserved address."""

    @property
    def id(self) -> int:
        """`registry.ModuleId`."""
        ...

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """Messages by name."""
        ...

    @property
    def queries(self) -> Mapping[str, Question]:
        """Questions by name."""
        ...

    def genesis(self, genesis: Genesis) -> Mapping[bytes, bytes]:
        """First state of the module. Raises HT6102."""
        ...
