"""The application: executes decided blocks and commits them. Driven by the embedded engine or by CometBFT."""

from collections import deque
from collections.abc import Mapping, Sequence

import msgspec

from huitong.crypto import EMPTY_HASH, ExecResult, results_hash
from huitong.crypto.ics23 import CommitmentProof, ExistenceProof
from huitong.kernel import BlockResult, DecidedBlock, Kernel, NetworkChanges, network_changes
from huitong.state import TreeUpdate
from huitong.types import Block, BlockId, Code, Continuation, Genesis, Header, HuitongError, Inadmissible
from huitong.types.limits import HEADER_HASHES_KEPT
from huitong.types.registry import STORE_MAIN

from .ports import ChainStore
from .trees import StateTrees

NO_HEADER_HASH = bytes(32)
"""What contracts see as the hash of the header before the first block."""


def workers_died(height: int, tx_id: bytes) -> HuitongError:
    """Return the reason to halt over a decided block that cannot be executed here."""
    return HuitongError(Code.WORKERS_DIED, height=height, tx_id=tx_id.hex())


class Finalized(msgspec.Struct, frozen=True):
    """An executed block that is not committed yet. results: what the next header's results hash covers.

    changes: what the engine must be told of.
    """

    decided: DecidedBlock
    result: BlockResult
    results: tuple[ExecResult, ...]
    trees: Mapping[str, TreeUpdate]
    app_hash: bytes
    results_hash: bytes
    changes: NetworkChanges


class Head(msgspec.Struct, frozen=True):
    """Where execution stands. height: initial height - 1 after genesis. app_hash: state after it.

    results_hash: of its results. last: its header and block id, None before the first block.
    """

    height: int
    app_hash: bytes
    results_hash: bytes
    last: tuple[Header, BlockId] | None


class _Remembered:
    """Ids for execution: those of the staged block too."""

    def __init__(self, store: ChainStore) -> None:
        self.seen = store.seen_ahead


class Application:
    """State machine and store of one chain. All methods belong to the executing thread, `check` too, but `persist`.

    The order is finalize, stage, finalize, ...: the trees run ahead of the head only in between. A staged block is
    made durable by `persist`, in another thread while the next one is finalized, and always before the next is staged.
    `commit` does both. If one of them raises, the object must not be used further; a new one stands at the last durable
    height.
    """

    def __init__(self, kernel: Kernel, store: ChainStore, genesis: Genesis, document: bytes) -> None:
        """Open the chain, or start it from genesis.

        document: the genesis as given, kept as bytes. Raises HT6103 when the store belongs to another genesis, HT6102,
        HT6204, HT6214 when the state of the chain before is not here, HT6108 when the chain follows rules that this
        program does not know.
        """
        self.kernel = kernel
        self.store = store
        self.genesis = genesis
        self._trees = StateTrees(kernel.suite, store)
        self._history = _Remembered(store)
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=HEADER_HASHES_KEPT)
        self._head = self._start(document) if store.tip is None else self._resume(document)
        kernel.rules(store.live(STORE_MAIN))

    def _durable_head(self) -> Head:
        tip = self.store.tip
        assert tip is not None, "the constructor makes genesis"
        return Head(tip.height, tip.app_hash, tip.results_hash, self.store.header(tip.height))

    def _continue(self, document: bytes, before: Continuation) -> Head:
        """Begin with the state of another chain, which the store holds already."""
        base = self.store.base
        if base is None or (base.height, base.app_hash) != (before.height, before.app_hash):
            chain_id = self.genesis.chain_id
            raise HuitongError(Code.EXPORT_NEEDED, chain_id=chain_id, continues=before.chain_id, height=before.height)
        self._trees.load(base.app_hash)
        writes = self.kernel.continuing_writes(self.genesis, self.store.live(STORE_MAIN), base.header_hashes)
        updates = self._trees.update(writes)
        height, bits = self.genesis.initial_height - 1, self._trees.bits
        self.store.commit_genesis(height, document, writes, updates, bits, self._trees.app_hash())
        return self._durable_head()

    def _start(self, document: bytes) -> Head:
        if self.genesis.continues is not None:
            return self._continue(document, self.genesis.continues)
        writes = self.kernel.genesis_writes(self.genesis)
        bits = self._trees.plan(writes)
        updates = self._trees.update(writes)
        height = self.genesis.initial_height - 1
        self.store.commit_genesis(height, document, writes, updates, bits, self._trees.app_hash())
        return self._durable_head()

    def _resume(self, document: bytes) -> Head:
        if self.store.genesis() != document:
            raise HuitongError(Code.GENESIS_DIFFERS, chain_id=self.genesis.chain_id)
        return self._stand()

    def reopen(self) -> None:
        """Go on from where the store stands after it took a snapshot over. Raises HT6204, HT6108."""
        self._head = self._stand()
        self.kernel.rules(self.store.live(STORE_MAIN))

    def _stand(self) -> Head:
        head = self._durable_head()
        self._trees.load(head.app_hash)
        self._recent.clear()
        height = head.height
        while len(self._recent) < HEADER_HASHES_KEPT and (found := self.store.header(height)):
            header, block_id = found
            self._recent.appendleft((height, block_id.hash))
            if header.data_hash != EMPTY_HASH:
                break
            height -= 1
        return head

    @property
    def height(self) -> int:
        """Newest height, of a staged block too; initial height - 1 after genesis."""
        return self._head.height

    @property
    def app_hash(self) -> bytes:
        """State after the newest block."""
        return self._head.app_hash

    @property
    def results_hash(self) -> bytes:
        """Hash of the newest block's results."""
        return self._head.results_hash

    def last(self) -> tuple[Header, BlockId] | None:
        """Return header and block id of the newest block, None before the first."""
        return self._head.last

    def check(self, envelope: bytes, time_ns: int) -> Inadmissible | None:
        """Judge one envelope for a block of that time on the newest state (CheckTx)."""
        return self.process((envelope,), time_ns)[0]

    def propose(self, envelopes: Sequence[bytes], time_ns: int) -> tuple[bytes, ...]:
        """Return the envelopes that a block of that time may carry, in their order."""
        verdicts = self.process(envelopes, time_ns)
        return tuple(raw for raw, verdict in zip(envelopes, verdicts, strict=True) if verdict is None)

    def process(self, envelopes: Sequence[bytes], time_ns: int) -> tuple[Inadmissible | None, ...]:
        """Judge the envelopes of a proposed block; it is good when every verdict is None."""
        opened = [self.kernel.open_envelope(raw) for raw in envelopes]
        return self.kernel.admit(opened, self.store.live(STORE_MAIN), time_ns).verdicts

    def decide(self, time_ns: int, proposer: bytes, envelopes: tuple[bytes, ...]) -> DecidedBlock:
        """Describe the next block for the kernel."""
        recent = tuple(self._recent)
        return DecidedBlock(
            chain_id=self.kernel.chain_id,
            height=self.height + 1,
            time_ns=time_ns,
            proposer=proposer,
            last_header_hash=recent[-1][1] if recent else NO_HEADER_HASH,
            header_hashes=recent,
            envelopes=envelopes,
        )

    def execute(self, decided: DecidedBlock) -> BlockResult:
        """Compute what a block would do; nothing changes. Total over any envelopes. Raises ExecutionHaltedError."""
        assert decided.height == self.height + 1, "blocks come one after the other"
        return self.kernel.apply_block(self.store.live(STORE_MAIN), self._history, decided)

    def finalize(self, decided: DecidedBlock, executed: BlockResult | None = None) -> Finalized:
        """Execute a decided block, unless `executed` is its result. Raises ExecutionHaltedError; nothing changed."""
        result = self.execute(decided) if executed is None else executed
        updates = self._trees.update(result.writes)
        results = tuple(ExecResult(item.code, item.data, item.gas_wanted, item.gas_used) for item in result.envelopes)
        changes = network_changes(self.store.live(STORE_MAIN), result.writes[STORE_MAIN])
        return Finalized(decided, result, results, updates, self._trees.app_hash(), results_hash(results), changes)

    def discard(self) -> None:
        """Take back a finalized block that will not be committed; nothing is staged: the trees go back to the store."""
        self._trees.load(self.app_hash)

    def stage(self, finalized: Finalized, block: Block, block_id: BlockId) -> None:
        """Take an executed block as the head, on which the next one is executed."""
        height, app_hash, results = finalized.decided.height, finalized.app_hash, finalized.results_hash
        self.store.stage(block, block_id, finalized.result, finalized.trees, app_hash, results)
        self._head = Head(height, app_hash, results, (block.header, block_id))
        if block.envelopes:
            self._recent.clear()
        self._recent.append((height, block_id.hash))

    def persist(self) -> None:
        """Make the staged block durable, in one atomic batch. In any thread. Raises HT6203, HT6204."""
        self.store.persist()

    def commit(self, finalized: Finalized, block: Block, block_id: BlockId) -> None:
        """Make an executed block the head and durable. Raises HT6203, HT6204."""
        self.stage(finalized, block, block_id)
        self.persist()
        self.grow()

    @property
    def crowded(self) -> bool:
        """True when the trees should grow before the next block, once the staged one is durable."""
        return self._trees.crowded

    def grow(self) -> None:
        """Spread crowded trees over more buckets, when nothing is staged."""
        self._trees.grow()

    def prove(self, store: str, key: bytes) -> tuple[bytes | None, CommitmentProof, ExistenceProof]:
        """Prove a key at the newest height. Raises HT7005, HT6204."""
        return self._trees.prove(store, key)
