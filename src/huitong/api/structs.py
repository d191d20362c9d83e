"""Answers of a node as they travel in JSON.

Bytes are lower-case hex with 0x. Integers that can reach 2^53 are decimal strings; the others are numbers. Times are
given twice: `*_ns` as a decimal string of nanoseconds since 1970, and RFC 3339 in UTC. Unknown fields of an answer are
ignored by readers, so that fields may be added.
"""

from typing import Annotated, Any, Final, Literal

import msgspec

Hex = Annotated[str, msgspec.Meta(description="bytes, lower-case hex with 0x", extra_json_schema={"format": "hex"})]
Digits = Annotated[str, msgspec.Meta(description="integer in decimal digits", extra_json_schema={"format": "integer"})]
Time = Annotated[str, msgspec.Meta(description="RFC 3339, UTC", extra_json_schema={"format": "date-time"})]
Document = Annotated[msgspec.Raw, msgspec.Meta(description="a JSON document of its own")]

Wait = Literal["accepted", "committed", "proved"]
"""What a client waits for: in the pool; executed and durable; provable to somebody who only knows the validators."""

AnswerWord = Literal["accepted", "committed", "failed", "rejected"]
"""The four answers of the protocol."""


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Why a transaction was rejected or failed.

    code: HT and four digits. name: class of the contract's error, or the platform's name of the code. who: who can mend
    it. contract: address that refused, "" when the platform did. data: what the texts speak about.
    """

    code: str
    name: str
    title: str
    cause: str
    next: str
    who: str
    contract: str = ""
    data: dict[str, Any] = {}


class EventRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a contract or module. id: "height.transaction.event", unique on its chain and in its order.

    transaction counts through all envelopes of a block from 0, event through one transaction. name: of native events,
    "" with topics (EVM). data: the fields as JSON (see `huitong.api.values`); raw: their bytes as hashed.
    """

    id: str
    height: int
    time_ns: Digits
    time: Time
    tx_id: Hex
    emitter: Hex
    name: str
    topics: tuple[Hex, ...] = ()
    data: Any
    raw: Hex


class TransactionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a transaction.

    answer: accepted, committed, failed or rejected. Fields of execution are null while it is accepted or when it was
    rejected outside of a block. envelope, index: place in its block. code: 0 or the number of the error.
    result: return value of each call, as JSON; return_bytes: the same as hashed. proof: path of its proof bundle, null
    until `proved`. traceback: of a failed transaction on a development chain, outside of all hashes.
    """

    tx_id: Hex
    answer: AnswerWord
    height: int | None = None
    time_ns: Digits | None = None
    time: Time | None = None
    envelope: int | None = None
    index: int | None = None
    code: int | None = None
    error: ErrorAnswer | None = None
    gas_used: Digits | None = None
    payer: Hex | None = None
    result: list[Any] | None = None
    return_bytes: Hex | None = None
    events: tuple[EventRecord, ...] = ()
    proof: str | None = None
    traceback: str = ""


class HeaderAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A CometBFT header."""

    version_block: int
    version_app: int
    chain_id: str
    height: int
    time_ns: Digits
    time: Time
    hash: Hex
    last_block_hash: Hex
    last_commit_hash: Hex
    data_hash: Hex
    validators_hash: Hex
    next_validators_hash: Hex
    consensus_hash: Hex
    app_hash: Hex
    last_results_hash: Hex
    evidence_hash: Hex
    proposer_address: Hex


class EnvelopeSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One envelope of a block. code: 0, or 1 when it was inadmissible, for the `reason` given."""

    index: int
    gateway: Hex
    seq: Digits
    code: int
    reason: str
    gas_limit: Digits
    gas_used: Digits
    transactions: int
    bytes: int


class TransactionSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction of a block; sender: "0x" when its bytes cannot be decoded. calls: "target.method" of each."""

    tx_id: Hex
    envelope: int
    index: int
    answer: AnswerWord
    code: int
    gas_used: Digits
    sender: Hex
    calls: tuple[str, ...] = ()


class BlockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A block with what became of its contents. provable: whether the header that proves it exists."""

    header: HeaderAnswer
    envelopes: tuple[EnvelopeSummary, ...]
    transactions: tuple[TransactionSummary, ...]
    provable: bool


class ValidatorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An Ed25519 validator key and its voting power."""

    address: Hex
    public_key: Hex
    power: Digits


STOPPING_REASON: Final = "stopping"
"""`ChainStatus.reason` of a node that finishes what it has accepted."""


class ChainStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where a node stands.

    height, time, app_hash: of the newest block. first_height: oldest block that is kept. provable_height: newest height
    whose state and receipts can be proved. clock_ns: the earliest time of the next block, from which clients derive
    `valid_until`. sandbox: what contains contract code ("seccomp", or why there is none). versions: of the program, the
    rules and the contract engines. ready: whether it takes transactions; reason: why not. stalled: why no
    blocks can be ordered at the moment although the node is well (CometBFT is away); "" when they can.
    """

    chain_id: str
    kind: Literal["development", "production"]
    suite: str
    engine: str
    ready: bool
    reason: str = ""
    height: int
    first_height: int
    provable_height: int
    time_ns: Digits
    time: Time
    clock_ns: Digits
    app_hash: Hex
    validators: tuple[ValidatorAnswer, ...]
    sandbox: str
    versions: dict[str, str]
    max_transaction_gas: Digits
    replay_window_ns: Digits
    waiting: int
    stalled: str = ""


def _nothing() -> msgspec.Raw:
    return msgspec.Raw(b"null")


class StateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Value under one key of a store after block `height`. value: null when the key is absent."""

    store: str
    key: Hex
    value: Hex | None
    height: int
    proof: Document = msgspec.field(default_factory=_nothing)


class ViewRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A question to a contract or module, executed on the newest state, not recorded.

    target: address in hex, or the name of a contract. args: JSON by the method's schema, in order or by name.
    raw_args: encoded array of arguments in hex, in place of args. sender: address in hex or name@organisation for
    contracts that ask who reads; "" is nobody.
    """

    target: str
    method: str
    args: list[Any] | dict[str, Any] = []
    raw_args: Hex | None = None
    sender: str = ""
    gas_limit: Digits | None = None


class ViewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Return value of a view: as JSON, and its bytes. height: of the state that it read."""

    value: Any
    raw: Hex
    gas_used: Digits
    height: int


class ContractAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A contract as it stands on chain. name: "" when it has none. schema: its ABI document.

    active: state is "active" (others: "frozen", "retired"). organisation: whose members may change it. revision: 1, one
    more with each upgrade; former: hashes of earlier code, oldest first.
    """

    address: Hex
    name: str
    engine: str
    code_hash: Hex
    source_hash: Hex
    source: str
    deployer: Hex
    active: bool
    schema: Document
    state: str = "active"
    organisation: str = ""
    revision: int = 1
    former: tuple[Hex, ...] = ()


class MemberAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A member record. id: name@organisation. Keys: kind by name ("" if none), bytes as the registry page says."""

    address: Hex
    id: str
    name: str
    organisation: str
    roles: tuple[str, ...]
    key_kind: str
    public_key: Hex
    encryption_kind: str
    encryption_key: Hex
    certificate: Hex
    did: str
    active: bool


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """One wrong field of a request. pointer: JSON path or name of the parameter."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457 problem document. type: "urn:huitong:code:HT1203". detail: cause in the reader's language.

    code, name, who, next, contract, data: as in `ErrorAnswer`. errors: wrong fields of the request. instance: path that
    was asked for. transaction: what became of the transaction, when the problem is about one.
    """

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    name: str
    who: str
    next: str
    contract: str = ""
    data: dict[str, Any] = {}
    errors: tuple[FieldError, ...] = ()
    transaction: TransactionAnswer | None = None
