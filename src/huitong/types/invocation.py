"""Values at the seam between the kernel and contract engines, and the door that a running frame has to the state."""

from typing import Any, Protocol

import msgspec

from .registry import SuiteId


class BlockContext(msgspec.Struct, frozen=True, gc=False):
    """What contracts and modules may know of the block that is executed. time_ns: a lower bound of the real time.

    suite: `SuiteId` of the chain, put in by the kernel.
    """

    chain_id: str
    height: int
    time_ns: int
    proposer: bytes
    last_header_hash: bytes
    suite: int = SuiteId.INTERNATIONAL


class Caller(msgspec.Struct, frozen=True, gc=False):
    """Immediate caller of a frame. A contract as caller has no organisation (None) and no roles."""

    address: bytes
    organisation: str | None
    roles: tuple[str, ...]


class Invocation(msgspec.Struct, frozen=True):
    """One call of one contract method.

    contract: its address. code_hash: key of the code under 0x11. fields: (name, id) of its storage, by id.
    args: decoded values. gas_limit: what this frame may use. read_only: views and everything below them.
    """

    contract: bytes
    code_hash: bytes
    fields: tuple[tuple[str, int], ...]
    method: str
    args: tuple[Any, ...]
    caller: Caller
    block: BlockContext
    gas_limit: int
    read_only: bool


class Expected(msgspec.Struct, frozen=True):
    """A call that a block will probably make soon, with the code of its contract."""

    invocation: Invocation
    code: bytes


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What a frame ends with. code: 0 or 4000-5999. data: encoded return value, or encoded `types.Failure`.

    gas_used: never above the frame's gas limit (equal to it when out of gas). trace: where a failed frame stopped, as
    its engine counts places (Python: nodes of the tree), outermost first; for people, in nothing that is hashed.
    """

    code: int
    data: bytes
    gas_used: int
    trace: tuple[int, ...] = ()


class Deployed(msgspec.Struct, frozen=True):
    """A validated contract. fields: names of its storage fields in declared order. schema: encoded ABI document.

    initialiser: name of the `@init` method, empty when there is none. reentrant: methods marked `@reentrant`.
    """

    fields: tuple[str, ...]
    schema: bytes
    initialiser: str
    gas_used: int
    reentrant: tuple[str, ...] = ()


class Host(Protocol):
    """The frame's door to the state, held by the kernel, which alone keeps checkpoints and prefixes.

    Keys are the contract's own: field id (u16 big-endian) followed by the encoded key.
    """

    def read(self, key: bytes) -> bytes | None:
        """Return the value that this frame sees: its own writes, those of the frames below it, committed state."""
        ...

    def scan(self, start: bytes, end: bytes, limit: int, *, reverse: bool) -> list[tuple[bytes, bytes]]:
        """Return at most `limit` rows with start <= key < end in the order of the key bytes."""
        ...

    def write(self, writes: dict[bytes, bytes | None]) -> None:
        """Apply writes to this frame. Raises Failed HT4008 in a read-only frame, HT4013 over a limit."""
        ...

    def emit(self, name: str | tuple[bytes, ...], data: bytes) -> None:
        """Append an event of this contract. Raises Failed HT4008, HT4014."""
        ...

    def call(self, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool) -> Answer:
        """Call a contract of any engine, or a module, in a new frame, and wait for its end.

        The caller's own unwritten changes must be handed over by `write` before. At most 63/64 of what is left may
        be given. An answer with a code above 0 has changed nothing.
        """
        ...
