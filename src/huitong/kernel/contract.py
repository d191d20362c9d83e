"""The seam to contract engines: one protocol for Python, EVM and WASM; calls nest through the kernel's frames."""

from typing import Any, Protocol

import msgspec


class BlockContext(msgspec.Struct, frozen=True, gc=False):
    """What contracts and modules may know of the block that is executed. time_ns: a lower bound of the real time."""

    chain_id: str
    height: int
    time_ns: int
    proposer: bytes
    last_header_hash: bytes


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


class Answer(msgspec.Struct, frozen=True):
    """What a frame ends with. code: 0 or 4000-5999. data: encoded return value, or encoded `types.Failure`.

    gas_used: never above the frame's gas limit (equal to it when out of gas).
    """

    code: int
    data: bytes
    gas_used: int


class Deployed(msgspec.Struct, frozen=True):
    """A validated contract. fields: names of its storage fields in declared order. schema: encoded ABI document.

    initialiser: name of the `@init` method, empty when there is none.
    """

    fields: tuple[str, ...]
    schema: bytes
    initialiser: str
    gas_used: int


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


class CodeLost(Exception):
    """The engine's worker died twice on one transaction: the node must not go on as if it had failed."""


class ContractEngine(Protocol):
    """An engine for one language. Determinism: equal invocations on equal state give equal answers on every node."""

    @property
    def name(self) -> str:
        """Name in genesis: python, evm or wasm."""
        ...

    @property
    def version(self) -> int:
        """Version of language and gas schedule in genesis."""
        ...

    def deploy(self, code: bytes, gas_limit: int) -> Deployed:
        """Validate code. Raises Failed with HT3000-HT3999 (the reason) or HT4001 (gas)."""
        ...

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """Run one method. May be entered again while `host.call` waits. Raises CodeLost."""
        ...

    def close(self) -> None:
        """End workers."""
        ...
