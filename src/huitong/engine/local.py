"""The embedded engine: one process, one validator, blocks on demand."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import msgspec

from huitong.types import Code, HuitongError

from .admission import Admission
from .front import EngineFront
from .keeping import Keeper
from .maker import BlockMaker, Made, Proved
from .pace import Pace
from .pipeline import Pipeline
from .pool import MAX_WAITING, MAX_WAITING_BYTES, Pool
from .submission import Submission
from .verdicts import Verdicts
from .verifier_pool import VerifierPool

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


class LocalEngine(EngineFront):
    """Takes transactions, makes blocks, answers with receipts and proofs. Its methods belong to one event loop.

    Blocks are executed in one thread and made durable and signed in another, while the next one is executed. A
    transaction that comes alone is in a block at once; what comes while a block is being executed shares the next one.
    A block that changed the state is followed by another one, whose header proves it: the next with transactions, or an
    empty one. Nothing of a block is told to anybody before it is durable and signed.
    """

    name = "local"

    def __init__(
        self,
        maker: BlockMaker,
        verdicts: Verdicts,
        settings: LocalSettings | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        """verdicts: the verifier that `maker`'s kernel was made with. keeper: takes old blocks away."""
        settings = settings or LocalSettings()
        application = maker.application
        super().__init__(application.store, Pool(settings.max_waiting, settings.max_waiting_bytes))
        self._maker = maker
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
        self._pipeline: Pipeline[Made] = Pipeline()
        self._telling: asyncio.Task[None] | None = None
        self._keeper = keeper
        self._height = application.height
        self._driver: asyncio.Task[None] | None = None

    @property
    def height(self) -> int:
        """Newest block that has been told."""
        return self._height

    async def start(self) -> None:
        """Begin to make blocks; returns when the newest state is in a signed header."""
        self._verifiers.start()
        self._driver = asyncio.create_task(self._drive(), name="blocks")
        while self._halted is None and self._untold():
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
        if self._telling is not None:
            await self._telling
        self._broadcast.publish(None)
        self._thread.shutdown(wait=True)
        self._pipeline.close()
        self._verifiers.close()
        if self._keeper is not None:
            await asyncio.to_thread(self._keeper.close)

    def next_time_ns(self) -> int:
        """Return the time that a block made now would have."""
        return self._maker.next_time_ns()

    async def _prove(self, store: str, key: bytes) -> Proved:
        return await self._in_thread(partial(self._prove_settled, store, key))

    def _prove_settled(self, store: str, key: bytes) -> Proved:
        self._pipeline.settle()
        return self._maker.prove(store, key)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._driver is None or (self._stopping and self._driver.done()):
            raise HuitongError(Code.STOPPING)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _drive(self) -> None:
        """Make blocks while there is reason to."""
        try:
            while self._halted is None:
                self._wake.clear()
                if not len(self._pool) and self._in_flight():
                    # an empty block has nothing to execute meanwhile: what comes until then shares the next one
                    await self._wake.wait()
                    continue
                if len(self._pool) or self._maker.needs_proof_block():
                    await self._pace.turn()
                submissions = self._pool.take(self._maker.room()) if len(self._pool) else []
                if submissions or self._maker.needs_proof_block():
                    written = await self._in_thread(partial(self._make, submissions))
                    self._telling = asyncio.create_task(self._tell(written, self._telling), name="telling")
                    await asyncio.sleep(0)
                elif self._stopping:
                    return
                elif not len(self._pool):
                    await self._wake.wait()
        except Exception as error:  # noqa: BLE001 (whatever it is, no block may be made on what it left behind)
            self._halt(error)

    def _in_flight(self) -> bool:
        return self._telling is not None and not self._telling.done()

    def _untold(self) -> bool:
        """True when the newest state is in no header that was told."""
        return self._maker.needs_proof_block() or self._height < self._maker.application.height

    def _make(self, submissions: list[Submission]) -> "Future[Made]":
        """Execute a block while the one before is written, then begin to write it. In the thread of blocks."""
        maker, pipeline = self._maker, self._pipeline
        if maker.application.crowded:
            pipeline.settle()
            maker.application.grow()
        executed = maker.execute(submissions)
        pipeline.settle()
        if isinstance(executed, Made):
            nothing: Future[Made] = Future()
            nothing.set_result(executed)
            return nothing
        return pipeline.write(partial(maker.persist, maker.seal(executed)))

    async def _tell(self, written: "Future[Made]", before: asyncio.Task[None] | None) -> None:
        """Give everybody what waits for a block, once it is durable and signed, and the one before is told."""
        try:
            if before is not None:
                await before
            self._publish_made(await asyncio.wrap_future(written))
        except Exception as error:  # noqa: BLE001 (whatever it is, no block may be made on what it left behind)
            self._halt(error)
        self._wake.set()

    def _publish_made(self, made: Made) -> None:
        for submission, error in made.dropped:
            self._pool.drop([submission], error)
        if made.block is None:
            return
        self._height = made.block.height
        self._pool.release([submission for submission, _ in made.finished])
        for submission, outcome in made.finished:
            submission.finish(outcome)
        self._publish(made.block)
        if self._keeper is not None:
            self._keeper.told(made.block.height)

    def _halt(self, error: Exception) -> HuitongError:
        if self._halted is not None:
            return self._halted
        halted = super()._halt(error)
        self._wake.set()
        return halted
