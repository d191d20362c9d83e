"""The chain below the kit: one state, and the kernel on two engines that must agree about every step."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from huitong.crypto import Suite, merkle, sha256
from huitong.kernel import ContractEngine, DecidedBlock, Kernel
from huitong.modules.cryptography import Cryptography
from huitong.modules.identity import Directory, Identity
from huitong.types import (
    Answer,
    BlockContext,
    Call,
    Caller,
    Element,
    Envelope,
    Event,
    TransactionBody,
    element_leaves,
    encode,
    encode_transaction,
)
from huitong.types.registry import PROTOCOL_VERSION, STORE_MAIN, Space, TransactionKind

from .engines import CompiledEngine, PlainEngine, RecordingEngine, Watch
from .loading import Loaded
from .people import CHAIN_ID, GENESIS_TIME_NS, Members, Person, Trusting, first_state
from .trace import Note, Recorder

SECOND: Final = 10**9
VALID_NS: Final = 60 * SECOND
SIGNATURE: Final = bytes(64)


class Rows:
    """A state view over a dictionary."""

    def __init__(self, rows: Mapping[bytes, bytes]) -> None:
        self.rows = dict(rows)

    def get(self, key: bytes) -> bytes | None:
        """See state.StateView."""
        return self.rows.get(key)

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """See state.StateView."""
        ordered = sorted(self.rows)
        chosen = ordered[bisect_left(ordered, start) : bisect_left(ordered, end)]
        for key in reversed(chosen) if reverse else chosen:
            yield key, self.rows[key]

    def apply(self, writes: Mapping[bytes, bytes | None]) -> None:
        """Write a block's changes."""
        for key, value in writes.items():
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value


@dataclass(frozen=True, slots=True)
class Step:
    """What one machine made of a step. code, data: as in the receipt, or of the answer to a view.

    writes: all of the block. notes: calls of contracts in their order. log: why it was rejected.
    """

    code: int
    data: bytes
    gas_used: int
    events: tuple[Event, ...]
    writes: Mapping[bytes, bytes | None]
    notes: tuple[Note, ...]
    log: str = ""

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes of contracts and modules; the chain's own bookkeeping left out."""
        return {key: value for key, value in self.writes.items() if key[0] != Space.SYSTEM}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state to go back to. events: how many there were. waiting_ns: until the next block. sequence: last salt."""

    rows: Mapping[bytes, bytes]
    height: int
    time_ns: int
    waiting_ns: int
    sequence: int
    events: int


class Machine:
    """The kernel on one engine."""

    def __init__(self, suite: Suite, engine: ContractEngine, recorder: Recorder) -> None:
        self.recorder = recorder
        self.kernel = Kernel(
            chain_id=CHAIN_ID,
            suite=suite,
            directory=Directory(),
            modules=(Identity(suite), Cryptography(suite)),
            engines=(RecordingEngine(engine, recorder),),
            verifier=Trusting(),
        )

    def run(self, rows: Rows, block: DecidedBlock) -> Step:
        """Apply a block of one transaction, without keeping its writes. Raises ValueError when no block takes it."""
        self.recorder.start()
        result = self.kernel.apply_block(rows, _Nothing(), block)
        envelope = result.envelopes[0]
        if envelope.code:
            raise ValueError(f"no block takes this transaction: {envelope.reason}")
        (done,) = envelope.transactions
        receipt, notes = done.receipt, tuple(self.recorder.notes)
        writes = result.writes[STORE_MAIN]
        return Step(receipt.code, receipt.return_bytes, receipt.gas_used, done.events, writes, notes, done.log)

    def ask(self, rows: Rows, context: BlockContext, caller: Caller, call: Call, gas_limit: int) -> Step:
        """Answer a view."""
        self.recorder.start()
        answer: Answer = self.kernel.query(rows, context, caller, call.target, call.method, call.args, gas_limit)
        return Step(answer.code, answer.data, answer.gas_used, (), {}, tuple(self.recorder.notes))


class _Nothing:
    """No transaction was seen before: each has a salt of its own."""

    def seen(self, tx_id: bytes) -> bool:
        del tx_id
        return False


class Ledger:
    """State, height and time of a chain in memory, and its two machines. contracts: by the hash of their trees."""

    def __init__(
        self,
        suite: Suite,
        members: Members,
        contracts: dict[bytes, Loaded],
        jail: ContractEngine | None,
        watch: Watch | None,
    ) -> None:
        first = first_state(suite, members)
        self._suite = suite
        self.people = first.people
        self.rows = Rows(first.rows)
        self.height = 0
        self.time_ns = GENESIS_TIME_NS
        self.waiting_ns = SECOND
        self._gateway = first.gateway
        self._sequence = 0
        self.compiled = Machine(suite, CompiledEngine() if jail is None else jail, Recorder())
        recorder = Recorder()
        self.plain = Machine(suite, PlainEngine(contracts, recorder, watch), recorder)

    def context(self) -> BlockContext:
        """What a view knows of the newest block."""
        return BlockContext(CHAIN_ID, self.height, self.time_ns, bytes(20), _header(self.height))

    def block(self, sender: Person, calls: tuple[Call, ...], gas_limit: int) -> DecidedBlock:
        """The next block, of one transaction."""
        self._sequence += 1
        time_ns = self.time_ns + self.waiting_ns
        body = TransactionBody(
            version=PROTOCOL_VERSION,
            chain_id=CHAIN_ID,
            sender=sender.address,
            salt=self._sequence.to_bytes(8, "big"),
            valid_until=time_ns + VALID_NS,
            gas_limit=gas_limit,
            calls=calls,
            payer=sender.address,
            memo=b"",
        )
        txs = (Element(TransactionKind.NATIVE, encode_transaction(encode(body), (SIGNATURE,))),)
        envelope = Envelope(
            version=PROTOCOL_VERSION,
            chain_id=CHAIN_ID,
            gateway=self._gateway,
            seq=self._sequence,
            expiry=time_ns + VALID_NS,
            gas_limit=gas_limit,
            txs_root=merkle.root(element_leaves(txs), self._suite.hash),
            txs=txs,
            signature=SIGNATURE,
        )
        return self._decided(time_ns, (encode(envelope),))

    def keep(self, block: DecidedBlock, writes: Mapping[bytes, bytes | None]) -> None:
        """Make a block the newest."""
        self.rows.apply(writes)
        self.height, self.time_ns, self.waiting_ns = block.height, block.time_ns, SECOND

    def mine(self) -> None:
        """Make an empty block."""
        self.keep(self._decided(self.time_ns + self.waiting_ns, ()), {})

    def _decided(self, time_ns: int, envelopes: tuple[bytes, ...]) -> DecidedBlock:
        last = _header(self.height)
        return DecidedBlock(
            chain_id=CHAIN_ID,
            height=self.height + 1,
            time_ns=time_ns,
            proposer=bytes(20),
            last_header_hash=last,
            header_hashes=((self.height, last),) if self.height else (),
            envelopes=envelopes,
        )

    def snapshot(self, events: int) -> Snapshot:
        """Return all that `restore` needs, and how many events there were."""
        return Snapshot(dict(self.rows.rows), self.height, self.time_ns, self.waiting_ns, self._sequence, events)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to an earlier state."""
        self.rows.rows = dict(snapshot.rows)
        self.height, self.time_ns, self.waiting_ns = snapshot.height, snapshot.time_ns, snapshot.waiting_ns
        self._sequence = snapshot.sequence


def _header(height: int) -> bytes:
    """A stand-in for the hash of a header."""
    return sha256(height.to_bytes(8, "big"))
