"""One block from waiting transactions: pack, execute, make durable, sign.

The first two run in the executing thread, the last two in another one, while the next block is packed and executed.
"""

from collections.abc import Sequence

import msgspec

from huitong.crypto import module_address
from huitong.crypto.ics23 import CommitmentProof, ExistenceProof
from huitong.kernel import BlockResult, EnvelopeResult, ExecutionHaltedError, Kernel
from huitong.state import keys
from huitong.types import (
    NO_COMMIT,
    Block,
    BlockId,
    Code,
    Commit,
    Genesis,
    Header,
    HuitongError,
    Inadmissible,
    Rejected,
    SignedHeader,
    ValidatorSets,
    decode_scanned,
)
from huitong.types.registry import STORE_MAIN, ModuleId

from .application import Application, Finalized
from .headers import BlockBuilder
from .packing import Packed, Packer, room_for
from .pool import Room
from .ports import ChainStore, Clock, EnvelopeSigner, VoteSigner
from .submission import Outcome, Submission

MILLISECOND_NS = 10**6
_VALIDATOR_METHODS = frozenset({"set_validator", "remove_validator"})


class NotCarriedError(Exception):
    """A block would leave the one validator of the embedded engine unable to decide the blocks after it."""


class CommittedBlock(msgspec.Struct, frozen=True):
    """A durable, signed block. app_hash: after it. results: one per envelope."""

    signed: SignedHeader
    results: tuple[EnvelopeResult, ...]
    app_hash: bytes

    @property
    def height(self) -> int:
        """Its height."""
        return self.signed.header.height


class Made(msgspec.Struct, frozen=True):
    """A block, and what became of the transactions that were given for it.

    block: None when none of them was left. dropped: (transaction, why) of those that are in no block.
    """

    block: CommittedBlock | None
    finished: tuple[tuple[Submission, Outcome], ...]
    dropped: tuple[tuple[Submission, HuitongError], ...]


class Executed(msgspec.Struct, frozen=True):
    """Transactions executed on the head, for a block of that time. dropped: as in `Made`."""

    time_ns: int
    packed: tuple[Packed, ...]
    finalized: Finalized
    dropped: tuple[tuple[Submission, HuitongError], ...]


class Sealed(msgspec.Struct, frozen=True):
    """A block that is the head of the application and neither durable nor signed."""

    executed: Executed
    block: Block
    block_id: BlockId


class Proved(msgspec.Struct, frozen=True):
    """A key at one height. value: None when absent. app_hash: what the proofs lead to."""

    height: int
    app_hash: bytes
    value: bytes | None
    in_store: CommitmentProof
    of_store: ExistenceProof


class BlockMaker:
    """Application, block builder and keys of the embedded engine. All methods belong to one thread, but `persist`.

    A block is executed, sealed, persisted. The next one may be executed while this one is persisted, and is sealed
    after it: its header names the signature of this one.
    """

    def __init__(
        self,
        kernel: Kernel,
        store: ChainStore,
        genesis: Genesis,
        document: bytes,
        *,
        signer: VoteSigner,
        gateway: EnvelopeSigner,
        clock: Clock,
    ) -> None:
        """Open the chain and compare it with the signer's record; the newest block gets its commit if it has none.

        Raises HT6001, HT6103, HT6204, HT6301-HT6303.
        """
        self._signer = signer
        self._clock = clock
        self._packer = Packer(genesis.chain_id, kernel.suite, gateway)
        self._builder = BlockBuilder(genesis, signer.public_key)
        self.application = Application(kernel, store, genesis, document)
        self._builder.check(self.application)
        self.room()
        self._chain_id = genesis.chain_id
        self._last_commit, self.last_time_ns = self._resume(genesis)

    def _resume(self, genesis: Genesis) -> tuple[Commit, int]:
        last = self.application.last()
        if last is None:
            self._signer.check(self.application.height, None)
            return NO_COMMIT, genesis.genesis_time_ns
        header, block_id = last
        self._signer.check(header.height, block_id)
        return self._sign(header, block_id), header.time_ns

    def _sign(self, header: Header, block_id: BlockId) -> Commit:
        signature = self._signer.sign(self._chain_id, header.height, block_id, header.time_ns)
        commit = self._builder.commit(self.application, header, block_id, signature)
        self.application.store.put_commit(commit)
        return commit

    def room(self) -> Room:
        """Return what the next block may carry. For any thread while none is executed or sealed. Raises HT6001."""
        return room_for(self.application.store.live(STORE_MAIN), self._packer.gateway)

    def next_time_ns(self) -> int:
        """Return the time that a block made now has: the clock's, at least the last one's and 1 ms. For any thread."""
        return max(self._clock.now_ns(), self.last_time_ns + MILLISECOND_NS)

    def needs_proof_block(self) -> bool:
        """True when the newest state is in no header yet (or there is no block), as CometBFT decides it."""
        last = self.application.last()
        return last is None or last[0].app_hash != self.application.app_hash

    def make(self, submissions: list[Submission]) -> Made:
        """Make the next block of these transactions, an empty one when none are given.

        Returns when the block is durable and its commit signed. If it raises, nothing may be made any more: HT6203,
        HT6204, HT6301, or an error of our own.
        """
        executed = self.execute(submissions)
        if isinstance(executed, Made):
            return executed
        made = self.persist(self.seal(executed))
        self.application.grow()
        return made

    def execute(self, submissions: list[Submission]) -> Executed | Made:
        """Execute these transactions, or an empty block when none are given; a `Made` when none of them is left."""
        time_ns = self.next_time_ns()
        dropped: list[tuple[Submission, HuitongError]] = []
        left = _unexpired(submissions, time_ns, dropped)
        while left or not submissions:
            packed = self._packer.pack(left, self.application.store.live(STORE_MAIN), time_ns)
            envelopes = tuple(item.raw for item in packed)
            decided = self.application.decide(time_ns, self._builder.proposer, envelopes)
            try:
                result = self.application.execute(decided)
                self._check_carried(result)
            except ExecutionHaltedError as error:
                left = _without(left, error.tx_id, dropped)
                continue
            except NotCarriedError:
                left = _without_validator_changes(left, dropped)
                continue
            return Executed(time_ns, tuple(packed), self.application.finalize(decided, result), tuple(dropped))
        return Made(None, (), tuple(dropped))

    def seal(self, executed: Executed) -> Sealed:
        """Make the block and take it as the head; the one before is durable and signed."""
        application, finalized = self.application, executed.finalized
        envelopes = finalized.decided.envelopes
        block, block_id = self._builder.build(application, self._last_commit, executed.time_ns, envelopes)
        application.stage(finalized, block, block_id)
        self.last_time_ns = executed.time_ns
        return Sealed(executed, block, block_id)

    def persist(self, sealed: Sealed) -> Made:
        """Make a block durable, then sign its commit. In any thread, before the next one is sealed."""
        executed, header = sealed.executed, sealed.block.header
        self.application.persist()
        self._last_commit = self._sign(header, sealed.block_id)
        finalized = executed.finalized
        signed = SignedHeader(header, self._last_commit)
        block = CommittedBlock(signed, finalized.result.envelopes, finalized.app_hash)
        return Made(block, tuple(_outcomes(executed.packed, finalized)), executed.dropped)

    def _check_carried(self, result: BlockResult) -> None:
        """Refuse a block that chooses validators among whom ours has not more than two thirds."""
        raw = result.writes[STORE_MAIN].get(keys.VALIDATORS)
        if raw is not None and not self._builder.carries(decode_scanned(raw, ValidatorSets).validators):
            raise NotCarriedError

    def prove(self, store: str, key: bytes) -> Proved:
        """Prove a key at the newest height. Raises HT7005, HT6204."""
        application = self.application
        value, in_store, of_store = application.prove(store, key)
        return Proved(application.height, application.app_hash, value, in_store, of_store)


def _unexpired(
    submissions: list[Submission], time_ns: int, dropped: list[tuple[Submission, HuitongError]]
) -> list[Submission]:
    left = []
    for submission in submissions:
        valid_until = submission.opened.body.valid_until
        if valid_until < time_ns:
            dropped.append((submission, Rejected(Code.EXPIRED, valid_until=valid_until, time=time_ns)))
        else:
            left.append(submission)
    return left


def _without(
    submissions: list[Submission], tx_id: bytes, dropped: list[tuple[Submission, HuitongError]]
) -> list[Submission]:
    """Leave out a transaction on which the workers of a contract engine died."""
    left = []
    for submission in submissions:
        if submission.tx_id == tx_id:
            dropped.append((submission, Rejected(Code.NOT_EXECUTABLE, tx_id=tx_id.hex())))
        else:
            left.append(submission)
    assert len(left) < len(submissions), "the kernel names a transaction of the block"
    return left


def _without_validator_changes(
    submissions: list[Submission], dropped: list[tuple[Submission, HuitongError]]
) -> list[Submission]:
    """Leave out what changes validators; contracts cannot, so a call of the transaction itself says it."""
    network = module_address(ModuleId.NETWORK)
    left = []
    for submission in submissions:
        calls = submission.opened.body.calls
        if any(call.target == network and call.method in _VALIDATOR_METHODS for call in calls):
            dropped.append((submission, Rejected(Code.VALIDATORS_NOT_CARRIED)))
        else:
            left.append(submission)
    assert len(left) < len(submissions), "a transaction of the block changed the validators"
    return left


def _outcomes(packed: Sequence[Packed], finalized: Finalized) -> list[tuple[Submission, Outcome]]:
    height, time_ns = finalized.decided.height, finalized.decided.time_ns
    outcomes: list[tuple[Submission, Outcome]] = []
    first = 0
    for number, (item, result) in enumerate(zip(packed, finalized.result.envelopes, strict=True)):
        if result.code:
            error = Inadmissible(Code.ENVELOPE_MALFORMED, reason=result.reason)
            outcomes += [
                (submission, Outcome(submission.tx_id, 0, 0, 0, 0, 0, None, (), "", error))
                for submission in item.submissions
            ]
            continue
        outcomes += [
            (
                submission,
                Outcome(
                    tx_id=done.receipt.tx_id,
                    height=height,
                    envelope=number,
                    index=done.receipt.index,
                    number=first + done.receipt.index,
                    time_ns=time_ns,
                    receipt=done.receipt,
                    events=done.events,
                    log=done.log,
                    error=None,
                ),
            )
            for submission, done in zip(item.submissions, result.transactions, strict=True)
        ]
        first += len(result.transactions)
    return outcomes
