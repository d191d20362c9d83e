"""The application as CometBFT drives it: candidates, decided blocks, commits. All methods belong to one thread."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Final

import msgspec

from huitong.crypto import EMPTY_HASH, consensus_hash, data_hash, sha256, validators_hash
from huitong.engine.application import Application, Finalized, workers_died
from huitong.engine.maker import Proved
from huitong.engine.ports import Clock
from huitong.kernel import (
    BlockResult,
    DecidedBlock,
    ExecutionHaltedError,
    parameters_of,
    rules_version,
    validator_sets,
)
from huitong.types import NO_BLOCK, NO_COMMIT, Block, BlockId, Code, Header, HuitongError
from huitong.types.block import BLOCK_PROTOCOL
from huitong.types.registry import STORE_MAIN

from .proposing import in_turn, within

MAX_CANDIDATES: Final = 8
"""Executed proposals that are kept for their decision: one per round, and a faulty proposer cannot fill the memory."""
MAX_LAG_NS: Final = 2 * 10**9
"""A proposed block time further behind the clock carries no transactions."""


MAX_DEADLY: Final = 1_024
"""Envelopes remembered that hold a transaction on which contract workers died."""


class Proposed(msgspec.Struct, frozen=True):
    """A block as ABCI describes it. hash: of its header, empty while it is being prepared. time_ns: header time."""

    height: int
    time_ns: int
    proposer: bytes
    envelopes: tuple[bytes, ...]
    hash: bytes = b""
    next_validators_hash: bytes = b""


class Candidate(msgspec.Struct, frozen=True):
    """A proposal that was executed. Equal (height, time, proposer, header hashes before, envelopes): equal result."""

    decided: DecidedBlock
    result: BlockResult


class Pending(msgspec.Struct, frozen=True):
    """A decided block that was executed and waits for its Commit."""

    proposed: Proposed
    finalized: Finalized


class Lag:
    """Blocks carry the median time of the votes before them: after an idle hour that is an hour ago.

    So a proposal whose time lags the clock carries no transactions, which gives the next one a fresh time. Not twice in
    a row: a clock of ours that runs ahead must not keep transactions out for ever.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refreshed = -1

    def refreshes(self, height: int, time_ns: int) -> bool:
        """True when the proposal must be empty for its time's sake."""
        if self._clock.now_ns() - time_ns <= MAX_LAG_NS or height in {self._refreshed, self._refreshed + 1}:
            return False
        self._refreshed = height
        return True


class BlockMachine:
    """Executes proposals without touching state, decided blocks on the trees, and commits them."""

    def __init__(self, application: Application, clock: Clock) -> None:
        self.application = application
        self._lag = Lag(clock)
        self._candidates: deque[Candidate] = deque(maxlen=MAX_CANDIDATES)
        self._pending: Pending | None = None
        self._deadly: OrderedDict[bytes, None] = OrderedDict()
        self._found: list[bytes] = []
        self._doomed: DecidedBlock | None = None

    @property
    def candidates(self) -> int:
        """Proposals whose results are kept."""
        return len(self._candidates)

    def prepare(self, proposed: Proposed, max_bytes: int) -> tuple[bytes, ...]:
        """Return the envelopes of our own proposal: admitted, of all gateways in turn, within the size.

        Nothing is executed yet: see `ahead`. Those that are known to kill contract workers are left out.
        """
        if not proposed.envelopes or self._lag.refreshes(proposed.height, proposed.time_ns):
            return ()
        wanted = [raw for raw in proposed.envelopes if not self.refuses(raw)]
        fitting = within(in_turn(wanted, self.application.kernel), max_bytes)
        return self.application.propose(fitting, proposed.time_ns)

    def ahead(self, proposed: Proposed) -> None:
        """Execute our own proposal while it is on its way to the others; `process` finds what came of it."""
        if not proposed.envelopes or proposed.height != self.application.height + 1:
            return
        if not self.process(proposed):
            self._doomed = self._decided(proposed)

    def process(self, proposed: Proposed) -> bool:
        """Judge a proposal by `admit` alone, and execute it for its decision.

        The one other reason to refuse is a transaction that kills contract workers: it costs a round, never safety.
        """
        if proposed.height != self.application.height + 1:
            return False
        if any(verdict is not None for verdict in self.application.process(proposed.envelopes, proposed.time_ns)):
            return False
        if self._decided(proposed) == self._doomed:
            return False
        try:
            self._execute(proposed)
        except ExecutionHaltedError as error:
            self._note_deadly(proposed.envelopes, error.tx_id)
            return False
        return True

    def refuses(self, envelope: bytes) -> bool:
        """True when an envelope holds a transaction on which workers of this node died. For any thread.

        For CheckTx alone, so that it leaves our pool: whether it may stand in a block is no matter of ours.
        """
        return bool(self._deadly) and sha256(envelope) in self._deadly

    def take_deadly(self) -> list[bytes]:
        """Return the ids of transactions on which workers died since the last call."""
        found, self._found = self._found, []
        return found

    def _decided(self, proposed: Proposed) -> DecidedBlock:
        return self.application.decide(proposed.time_ns, proposed.proposer, proposed.envelopes)

    def _execute(self, proposed: Proposed) -> BlockResult:
        decided = self._decided(proposed)
        for candidate in self._candidates:
            if candidate.decided == decided:
                return candidate.result
        result = self.application.execute(decided)
        self._candidates.append(Candidate(decided, result))
        return result

    def _note_deadly(self, envelopes: Sequence[bytes], tx_id: bytes) -> None:
        """Remember the envelopes with a transaction on which workers died."""
        self._found.append(tx_id)
        self._deadly.update(dict.fromkeys(sha256(raw) for raw in envelopes if self._holds(raw, tx_id)))
        while len(self._deadly) > MAX_DEADLY:
            self._deadly.popitem(last=False)

    def _holds(self, raw: bytes, tx_id: bytes) -> bool:
        opened = self.application.kernel.open_envelope(raw)
        txs = getattr(opened, "envelope", None)
        return txs is not None and any(self.application.kernel.inspect(item).tx_id == tx_id for item in txs.txs)

    def finalize(self, proposed: Proposed) -> Finalized:
        """Execute a decided block; asked again for it, answer the same. Nothing is durable yet.

        Raises HT6204 for another height than the next one, HT6007 naming a transaction on which workers died.
        """
        if self._pending is not None:
            if self._pending.proposed == proposed:
                return self._pending.finalized
            self._pending = None
            self.application.discard()
        expected = self.application.height + 1
        if proposed.height != expected:
            reason = f"CometBFT decided block {proposed.height}, the state awaits block {expected}"
            raise HuitongError(Code.STORE_DAMAGED, reason=reason)
        self._check_awaited(proposed)
        try:
            result = self._execute(proposed)
        except ExecutionHaltedError as error:
            raise workers_died(expected, error.tx_id) from error
        decided = self._decided(proposed)
        finalized = self.application.finalize(decided, result)
        self._pending = Pending(proposed, finalized)
        return finalized

    def _check_awaited(self, proposed: Proposed) -> None:
        """Compare the first block after a snapshot with the header that came in it: nothing else binds its headers."""
        awaited = self.application.store.awaited
        if awaited is not None and awaited != proposed.hash:
            raise HuitongError(
                Code.SNAPSHOT_HEADER_DIFFERS,
                height=proposed.height,
                expected=awaited.hex(),
                decided=proposed.hash.hex(),
            )

    def reopen(self) -> None:
        """Stand where the store stands after it took a snapshot over."""
        self._candidates.clear()
        self._pending = None
        self.application.reopen()

    def commit(self) -> Finalized:
        """Make the block of the last `finalize` durable, in one batch."""
        pending = self._pending
        if pending is None:
            raise HuitongError(Code.STORE_DAMAGED, reason="CometBFT commits a block that was not decided")
        block = Block(self._known_header(pending.proposed), pending.proposed.envelopes, NO_COMMIT)
        self.application.commit(pending.finalized, block, BlockId(pending.proposed.hash, 0, b""))
        self._pending = None
        self._candidates.clear()
        return pending.finalized

    def prove(self, store: str, key: bytes) -> Proved:
        """Prove a key at the newest height. Raises HT7005, HT6204."""
        application = self.application
        value, in_store, of_store = application.prove(store, key)
        return Proved(application.height, application.app_hash, value, in_store, of_store)

    def _known_header(self, proposed: Proposed) -> Header:
        """What ABCI says about the header. The rest is asked of CometBFT before anybody is told of the block."""
        application = self.application
        view = application.store.live(STORE_MAIN)
        parameters = parameters_of(view)
        last = application.last()
        return Header(
            version_block=BLOCK_PROTOCOL,
            version_app=rules_version(view),
            chain_id=application.genesis.chain_id,
            height=proposed.height,
            time_ns=proposed.time_ns,
            last_block_id=BlockId(last[1].hash, 0, b"") if last else NO_BLOCK,
            last_commit_hash=b"",
            data_hash=data_hash(proposed.envelopes),
            validators_hash=validators_hash(validator_sets(view).at(proposed.height)),
            next_validators_hash=proposed.next_validators_hash,
            consensus_hash=consensus_hash(parameters.max_bytes, parameters.max_gas),
            app_hash=application.app_hash,
            last_results_hash=application.results_hash,
            evidence_hash=EMPTY_HASH,
            proposer_address=proposed.proposer,
        )
