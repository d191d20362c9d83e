"""Messages between a node and its worker: a kind (one byte) and a body (an array struct in the one encoding).

The node believes nothing that comes up: types, lengths and numbers are checked by these structs. Values of contracts
travel as encoded bytes and are decoded by their receiver.
"""

from enum import IntEnum
from typing import Annotated, Any, Final

import msgspec

from huitong.types.limits import (
    ADDRESS_BYTES,
    MAX_CODE_BYTES,
    MAX_EVENT_BYTES,
    MAX_FIELDS,
    MAX_KEY_BYTES,
    MAX_RETURN_BYTES,
    MAX_SCAN_ROWS,
    MAX_TOPICS,
    MAX_TRACE,
    MAX_TRANSACTION_BYTES,
    MAX_VALUE_BYTES,
)

MAX_UP_BYTES: Final = 1024 * 1024
"""Longest message of a worker. A frame hands its writes over long before they reach it."""

MAX_SCHEMA_BYTES: Final = 2 * MAX_CODE_BYTES
MAX_TEXT_CHARACTERS: Final = 8 * 1024
MAX_KNOWN: Final = 16
"""Most keys whose values a call brings along."""

MAX_AHEAD: Final = 256
"""Most calls of a batch."""

MAX_GAS: Final = 2**63 - 1


class Kind(IntEnum):
    """What a message is. Below 32: from the node; from 32: from the worker."""

    LOAD = 1
    DEPLOY = 2
    CALL = 3
    VALUE = 4
    ROWS = 5
    DONE = 6
    ANSWER = 7
    ERROR = 8
    AHEAD = 9
    HELLO = 32
    LOADED = 33
    DEPLOYED = 34
    REFUSED = 35
    READ = 36
    SCAN = 37
    FLUSH = 38
    NESTED = 39
    ENDED = 40
    FAULT = 41
    READ_AHEAD = 42
    OUTCOMES = 43


class Body(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """A body of fixed shape."""


Key = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_KEY_BYTES)]
Value = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_VALUE_BYTES)]
Gas = Annotated[int, msgspec.Meta(ge=0, le=MAX_GAS)]
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT_CHARACTERS)]
Encoded = Annotated[bytes, msgspec.Meta(max_length=MAX_TRANSACTION_BYTES)]
Topics = Annotated[tuple[Annotated[bytes, msgspec.Meta(max_length=32)], ...], msgspec.Meta(max_length=MAX_TOPICS)]
EventName = str | Topics
Trace = Annotated[tuple[Annotated[int, msgspec.Meta(ge=0, lt=2**31)], ...], msgspec.Meta(max_length=MAX_TRACE)]
Write = tuple[Key, Value | None]
Emitted = tuple[EventName, Annotated[bytes, msgspec.Meta(max_length=MAX_EVENT_BYTES)]]


class Load(Body, frozen=True):
    """Compile code and keep it under its hash. drop: hashes to forget first."""

    code_hash: bytes
    code: bytes
    drop: tuple[bytes, ...]


class Deploy(Body, frozen=True):
    """Validate code and describe it. previous: code whose storage it must be able to take over, empty for none."""

    code: bytes
    previous: bytes


class Call(Body, frozen=True):
    """Run a method. The fields are those of `types.Invocation`; caller and block as arrays of their fields.

    args: encoded. known: keys with their present values, so that the frame need not ask for them.
    """

    contract: bytes
    code_hash: bytes
    fields: tuple[tuple[str, int], ...]
    method: str
    args: bytes
    caller: tuple[bytes, str | None, tuple[str, ...]]
    block: tuple[str, int, int, bytes, bytes, int]
    gas_limit: int
    read_only: bool
    known: tuple[tuple[bytes, bytes | None], ...]


class AheadCall(Body, frozen=True):
    """One call of a batch. place, caller: of its contract and caller in the batch.

    known: keys that no call before it has brought along.
    """

    place: int
    method: str
    args: tuple[Any, ...]
    caller: int
    gas_limit: int
    known: tuple[tuple[bytes, bytes | None], ...]


class Ahead(Body, frozen=True):
    """Run calls one after the other, each on what those before it wrote. contracts: (address, code hash, fields).

    callers: the fields of each. fresh: what earlier batches have read and written is forgotten first.
    """

    fresh: bool
    block: tuple[str, int, int, bytes, bytes, int]
    contracts: tuple[tuple[bytes, bytes, tuple[tuple[str, int], ...]], ...]
    callers: tuple[tuple[bytes, str | None, tuple[str, ...]], ...]
    calls: tuple[AheadCall, ...]


class ReadReply(Body, frozen=True):
    """Reply to `Read`."""

    value: bytes | None


class Rows(Body, frozen=True):
    """Reply to `Scan`."""

    rows: tuple[tuple[bytes, bytes], ...]


class Done(Body, frozen=True):
    """Reply to `Flush`."""


class NestedAnswer(Body, frozen=True):
    """Reply to `Nested`: a `types.Answer`."""

    code: int
    data: bytes
    gas_used: int


class Refusal(Body, frozen=True):
    """A HuitongError: its number and its data, encoded."""

    code: Annotated[int, msgspec.Meta(ge=1000, le=9999)]
    data: Annotated[bytes, msgspec.Meta(max_length=MAX_RETURN_BYTES)]


class Hello(Body, frozen=True):
    """First message of a worker: what protects the node from it (`jail.lock_down`)."""

    sandbox: Text


class Loaded(Body, frozen=True):
    """Reply to `Load`."""


class DeployedReply(Body, frozen=True):
    """Reply to `Deploy`: a `types.Deployed` without gas."""

    fields: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MAX_FIELDS)]
    schema: Annotated[bytes, msgspec.Meta(max_length=MAX_SCHEMA_BYTES)]
    initialiser: Text
    reentrant: Annotated[tuple[Text, ...], msgspec.Meta(max_length=MAX_FIELDS)]


class Read(Body, frozen=True):
    """Ask for a value."""

    key: Key


class Flush(Body, frozen=True):
    """Hand over writes (last value per key) and events (in order)."""

    writes: tuple[Write, ...]
    events: tuple[Emitted, ...]


class Scan(Body, frozen=True):
    """Hand over, then ask for rows."""

    writes: tuple[Write, ...]
    events: tuple[Emitted, ...]
    start: Key
    end: Key
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_SCAN_ROWS)]
    reverse: bool


class Nested(Body, frozen=True):
    """Hand over, then call another contract. args: encoded tuple."""

    writes: tuple[Write, ...]
    events: tuple[Emitted, ...]
    target: Annotated[bytes, msgspec.Meta(min_length=ADDRESS_BYTES, max_length=ADDRESS_BYTES)]
    method: str
    args: Encoded
    gas_limit: Gas
    read_only: bool


class Ended(Body, frozen=True):
    """Hand over, and end the frame with a `types.Answer`, its trace last.

    used: bit i set when `known[i]` of the call was read.
    """

    writes: tuple[Write, ...]
    events: tuple[Emitted, ...]
    code: Annotated[int, msgspec.Meta(ge=0, le=9999)]
    data: Encoded
    gas_used: Gas
    used: Annotated[int, msgspec.Meta(ge=0, lt=2**MAX_KNOWN)]
    trace: Trace


class ReadAhead(Body, frozen=True):
    """Ask for a value of a contract of the batch, by its place."""

    place: Annotated[int, msgspec.Meta(ge=0, lt=MAX_AHEAD)]
    key: Key


class Outcome(Body, frozen=True):
    """What one call of a batch would end with. reads: the keys of the state that decided it, each once."""

    writes: tuple[Write, ...]
    events: tuple[Emitted, ...]
    code: Annotated[int, msgspec.Meta(ge=0, le=9999)]
    data: Encoded
    gas_used: Gas
    reads: tuple[Key, ...]
    trace: Trace


class Outcomes(Body, frozen=True):
    """Reply to `Ahead`, for its first calls; None for a call that cannot be run ahead (it scans or calls others)."""

    outcomes: Annotated[tuple[Outcome | None, ...], msgspec.Meta(max_length=MAX_AHEAD)]


class Fault(Body, frozen=True):
    """The worker met something that no contract may cause, and ends."""

    reason: Text


BODIES: Final[dict[int, type[Any]]] = {
    Kind.LOAD: Load,
    Kind.DEPLOY: Deploy,
    Kind.CALL: Call,
    Kind.VALUE: ReadReply,
    Kind.ROWS: Rows,
    Kind.DONE: Done,
    Kind.ANSWER: NestedAnswer,
    Kind.ERROR: Refusal,
    Kind.HELLO: Hello,
    Kind.LOADED: Loaded,
    Kind.DEPLOYED: DeployedReply,
    Kind.REFUSED: Refusal,
    Kind.READ: Read,
    Kind.SCAN: Scan,
    Kind.FLUSH: Flush,
    Kind.NESTED: Nested,
    Kind.ENDED: Ended,
    Kind.FAULT: Fault,
    Kind.AHEAD: Ahead,
    Kind.READ_AHEAD: ReadAhead,
    Kind.OUTCOMES: Outcomes,
}
KIND_OF: Final[dict[type[Any], int]] = {body: kind for kind, body in BODIES.items() if body is not Refusal}
"""Kind of each body but `Refusal`, which is a reply in both directions."""
