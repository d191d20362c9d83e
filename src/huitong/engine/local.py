"""The embedded engine: one process, one validator, blocks on demand."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

import msgspec
import structlog

from huitong.types import Code, HuitongError, SignedHeader, Validator
from huitong.types.registry import STORES

from .admission import Admission
from .broadcast import Broadcast, Subscription
from .maker import BlockMaker, Made
from .pace import Pace
from .pool import MAX_WAITING, MAX_WAITING_BYTES, Pool
from .ports import Snapshot
from .proofs import ReceiptProof, StateProof, prove_receipt
from .submission import Submission
from .verdicts import Verdicts
from .verifier_pool import VerifierPool

SUBSCRIBER_BLOCKS: Final = 256
"""Blocks that a subscriber may be behind."""

_LOG = structlog.get_logger("huitong.engine")

T = TypeVar("T")


class LocalSettings(msgspec.Struct, frozen=True):
    """Bounds of the pool, and worker processes for signatures (0: none, all on the event loop).

    block_seconds: least time between two blocks. manual: each block waits for `release_block`.
    """

    max_waiting: int = MAX_WAITING
    max_waiting_bytes: int = MAX_WAITING_BYTES
    verifier_workers: int = 1
    block_seconds: float = 0
    manual: bool = False


class LocalEngine:
    """Takes transactions, makes blocks, answers with receipts and proofs. Its methods belong to one event loop.

    Blocks are executed and committed in one thread of its own. A transaction that comes alone is in a block at once;
    what comes while a block is being made shares the next one. A block that changed the state is followed by another
    one, whose header proves it: the next with transactions, or an empty one. Nothing of a block is told to anybody
    before it is durable and signed.
    """

    name = "local"

    def __init__(self, maker: BlockMaker, verdicts: Verdicts, settings: LocalSettings | None = None) -> None:
        """verdicts: the verifier that `maker`'s kernel was made with."""
        settings = settings or LocalSettings()
        application = maker.application
        self._maker = maker
        self._store = application.store
        self._pool = Pool(settings.max_waiting, settings.max_waiting_bytes)
        self._verifiers = VerifierPool(verdicts, settings.verifier_workers)
        self._wake = asyncio.Event()
        self._pace = Pace(settings.block_seconds, manual=settings.manual)
        self._admission = Admission(
            application.kernel,
            self._store,
            self._pool,
            verdicts,
            self._verifiers,
            maker.next_time_ns,
            self._wake.set,
            self._halt,
        )
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="blocks")
        self._broadcast = Broadcast()
        self._height = application.height
        self._signed_waiters: dict[int, asyncio.Future[SignedHeader]] = {}
        self._driver: asyncio.Task[None] | None = None
        self._stopping = False
        self._halted: HuitongError | None = None

    @property
    def height(self) -> int:
        """Newest block that has been told."""
        return self._height

    @property
    def validators(self) -> tuple[Validator, ...]:
        """The validator set in CometBFT's order."""
        return self._maker.validators.validators

    @property
    def waiting(self) -> int:
        """Transactions in the pool."""
        return len(self._pool)

    @property
    def halted(self) -> HuitongError | None:
        """HT6005 with the reason when no more blocks are made."""
        return self._halted

    async def start(self) -> None:
        """Begin to make blocks; returns when the newest state is in a signed header."""
        self._verifiers.start()
        self._driver = asyncio.create_task(self._drive(), name="blocks")
        while self._halted is None and self._maker.needs_proof_block():
            await self._signed(self._height + 1)
        self._pace.begin()

    def release_block(self) -> None:
        """Let one block be made in manual mode, now or when there is a reason for one."""
        self._pace.release()

    async def stop(self) -> None:
        """Take no more transactions, finish those that were accepted, and their proof block."""
        self._stopping = True
        self._pace.end()
        await self._admission.finish()
        self._wake.set()
        if self._driver is not None:
            await self._driver
        self._broadcast.publish(None)
        self._thread.shutdown(wait=True)
        self._verifiers.close()

    async def submit(self, raw: bytes) -> Submission:
        """Take one signed transaction; returns when it is in the pool.

        Raises Rejected HT1001-HT1402, HT6004 while stopping, HT6005 when halted.
        """
        self._check_running()
        submission = self._admission.offer(raw)
        await submission.accepted()
        return submission

    async def submit_many(self, raws: Sequence[bytes]) -> list[Submission | HuitongError]:
        """As `submit`, for many at once; the errors stand in place of what was not taken."""
        self._check_running()
        return await self._admission.offer_many(raws)

    def pending(self, tx_id: bytes) -> Submission | None:
        """Return an accepted transaction that has no end yet."""
        return self._pool.get(tx_id)

    def subscribe(self, capacity: int = SUBSCRIBER_BLOCKS) -> Subscription:
        """Return the blocks from now on."""
        return self._broadcast.subscribe(capacity)

    def snapshot(self) -> Snapshot:
        """Return the newest durable state, for queries in any thread."""
        return self._store.snapshot()

    def next_time_ns(self) -> int:
        """Return the time that a block made now would have."""
        return self._maker.next_time_ns()

    async def proved(self, height: int) -> SignedHeader:
        """Wait for the signed header that proves state and results of a block: the next one. Raises HT6005."""
        return await self._signed(height + 1)

    async def prove_state(self, store: str, key: bytes) -> StateProof:
        """Prove presence or absence of a key at the newest height, waiting for the header if need be.

        Raises HT8005 for an unknown store, HT6004 before the start and after the stop, HT6005, HT6204.
        """
        if store not in STORES:
            raise HuitongError(Code.NOT_FOUND, what="store", name=store[:64])
        proved = await self._in_thread(lambda: self._maker.prove(store, key))
        signed = self._store.signed_header(proved.height)
        if signed is None or signed.header.app_hash != proved.app_hash:
            signed = await self._signed(proved.height + 1)
        return StateProof(signed, store, key, proved.value, proved.in_store, proved.of_store)

    async def prove_receipt(self, tx_id: bytes) -> ReceiptProof:
        """Prove the receipt of an executed transaction, waiting for the header if need be.

        Raises HT8005 for an unknown id, HT6005.
        """
        place = self._store.place(tx_id)
        if place is not None:
            await self._signed(place.height + 1)
        return await asyncio.to_thread(prove_receipt, self._store, tx_id)

    async def _signed(self, height: int) -> SignedHeader:
        if height <= self._height:
            signed = self._store.signed_header(height)
            if signed is None:
                raise HuitongError(Code.NOT_FOUND, what="block", name=str(height))
            return signed
        if self._halted is not None:
            raise self._halted
        waiter = self._signed_waiters.get(height)
        if waiter is None:
            waiter = self._signed_waiters[height] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(waiter)

    def _check_running(self) -> None:
        if self._halted is not None:
            raise self._halted
        if self._stopping:
            raise HuitongError(Code.STOPPING)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._driver is None or (self._stopping and self._driver.done()):
            raise HuitongError(Code.STOPPING)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _drive(self) -> None:
        """Make blocks while there is reason to."""
        try:
            while self._halted is None:
                self._wake.clear()
                if len(self._pool) or self._maker.needs_proof_block():
                    await self._pace.turn()
                submissions = self._pool.take(self._maker.room()) if len(self._pool) else []
                if submissions or self._maker.needs_proof_block():
                    self._tell(await self._in_thread(partial(self._maker.make, submissions)))
                    await asyncio.sleep(0)
                elif self._stopping:
                    return
                elif not len(self._pool):
                    await self._wake.wait()
        except Exception as error:  # noqa: BLE001 (whatever it is, no block may be made on what it left behind)
            self._halt(error)

    def _tell(self, made: Made) -> None:
        """Give everybody what waits for this block."""
        for submission, error in made.dropped:
            self._pool.drop([submission], error)
        if made.block is None:
            return
        self._height = made.block.height
        self._pool.release([submission for submission, _ in made.finished])
        for submission, outcome in made.finished:
            submission.finish(outcome)
        waiter = self._signed_waiters.pop(self._height, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(made.block.signed)
        self._broadcast.publish(made.block)

    def _halt(self, error: Exception) -> HuitongError:
        reason = str(error) if isinstance(error, HuitongError) else f"{type(error).__name__}: {error}"
        halted = HuitongError(Code.ENGINE_HALTED, reason=reason)
        _LOG.error("the engine has halted", reason=reason, exc_info=error)
        halted.__cause__ = error
        self._halted = halted
        self._pool.drop(self._pool.everything(), halted)
        for waiter in self._signed_waiters.values():
            if not waiter.done():
                waiter.set_exception(halted)
                waiter.exception()
        self._signed_waiters.clear()
        self._broadcast.publish(None)
        self._wake.set()
        return halted
