"""The engine of several organisations: CometBFT orders this node's envelopes and all others', we execute."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from huitong.engine.admission import Admission
from huitong.engine.application import Application, Finalized
from huitong.engine.front import EngineFront
from huitong.engine.keeping import Keeper
from huitong.engine.maker import MILLISECOND_NS, CommittedBlock, Proved
from huitong.engine.packing import Packer
from huitong.engine.pool import MAX_WAITING, MAX_WAITING_BYTES, Pool
from huitong.engine.ports import Clock, EnvelopeSigner
from huitong.engine.replay import signature_checks
from huitong.engine.verdicts import Verdicts
from huitong.engine.verifier_pool import VerifierPool
from huitong.state import StateView
from huitong.types import Code, HuitongError
from huitong.types.registry import STORE_MAIN

from .feed import BlockFeed
from .gateway import EnvelopeGateway, GatewaySettings
from .handlers import AbciHandlers
from .home import EVIDENCE_BLOCKS, EVIDENCE_NS
from .machine import BlockMachine
from .outcomes import finish
from .process import Companion
from .queries import Queries
from .rpc import CometRpc
from .server import AbciServer
from .syncing import Shelf, SnapshotDoor, Taker

T = TypeVar("T")

DRAIN_SECONDS: Final = 5.0
"""How long a stop waits for accepted transactions: other organisations may be away."""


class CometSettings(msgspec.Struct, frozen=True):
    """Where the two meet, and bounds. socket: ABCI. rpc: CometBFT's, "http://127.0.0.1:26657"."""

    socket: Path
    rpc: str
    max_waiting: int = MAX_WAITING
    max_waiting_bytes: int = MAX_WAITING_BYTES
    verifier_workers: int = 0
    gateway: GatewaySettings = GatewaySettings()


class CometEngine(EngineFront):
    """`Engine` over CometBFT. Its methods belong to one event loop; blocks are executed in one thread of its own."""

    name = "cometbft"

    def __init__(
        self,
        application: Application,
        document: bytes,
        verdicts: Verdicts,
        *,
        gateway: EnvelopeSigner,
        clock: Clock,
        settings: CometSettings,
        knows_peer: Callable[[StateView, str], bool],
        keeper: Keeper,
        shelf: Shelf,
        taker: Taker,
        companion: Companion | None = None,
    ) -> None:
        """document: the genesis as given. verdicts: the verifier of the kernel. companion: CometBFT as our child.

        knows_peer: whether a node id, in hex, may connect by a state. A gateway key that is none yet is no error: a
        node that joins reads of it in a later block, and takes no transactions before.
        keeper: makes snapshots and takes old blocks away. shelf, taker: snapshots for others, and from them.
        """
        kernel, store, genesis = application.kernel, application.store, application.genesis
        super().__init__(store, Pool(settings.max_waiting, settings.max_waiting_bytes))
        self._application = application
        self._clock = clock
        self._companion = companion
        self._keeper = keeper
        self._taker = taker
        self._verifiers = VerifierPool(verdicts, settings.verifier_workers)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="blocks")
        self._tasks: list[asyncio.Task[None]] = []
        self._warming: set[asyncio.Task[object]] = set()
        last = application.last()
        self._last_time_ns = last[0].time_ns if last else genesis.genesis_time_ns
        self._rpc = CometRpc(settings.rpc)
        packer = Packer(genesis.chain_id, kernel.suite, gateway)
        self._gateway = EnvelopeGateway(packer, self._pool, store, self._rpc, self.next_time_ns, settings.gateway)
        self._admission = Admission(
            kernel, store, self._pool, verdicts, self._verifiers, self.next_time_ns, self._gateway.wake.set, self._halt
        )
        self._feed = BlockFeed(store, self._rpc, genesis.initial_height, self._tell)
        self._machine = BlockMachine(application, clock)
        snapshots = SnapshotDoor(
            shelf,
            taker,
            told=lambda: self._feed.height,
            fresh=lambda: application.height < genesis.initial_height or store.awaited is not None,
            in_thread=self._in_thread,
            on_taken=self._taken,
        )
        handlers = AbciHandlers(
            self._machine,
            self._thread,
            Queries(store, self._prove, knows_peer),
            document,
            snapshots,
            next_time_ns=self.next_time_ns,
            on_envelope=self._warm,
            on_committed=self._committed,
            on_deadly=self._gateway.unexecutable,
            on_fault=self._halt,
            retain_height=self._retain_height,
        )
        self._server = AbciServer(handlers, settings.socket)

    @property
    def height(self) -> int:
        """Newest block that has been told."""
        return self._feed.height

    @property
    def stalled(self) -> str:
        """Say that CometBFT is away: not running, or silent when it was last asked."""
        if self._companion is not None and not self._companion.pid:
            return "CometBFT does not run; the node starts it again, its log says why it ended"
        return f"CometBFT does not answer: {self._rpc.silence}" if self._rpc.silence else ""

    async def start(self) -> None:
        """Listen to CometBFT, and start it when it is our child. Raises HT6001."""
        await self._server.start()
        self._verifiers.start()
        self._tasks = [self._task(self._feed.run(), "feed"), self._task(self._gateway.run(), "gateway")]
        if self._companion is not None:
            await self._companion.start(self._server.address, self._wanted)

    async def stop(self) -> None:
        """Take no more transactions, wait a little for the accepted ones, end CometBFT, then the socket."""
        self._stopping = True
        await self._admission.finish()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await asyncio.gather(*(submission.committed() for submission in self._pool.everything()))
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._pool.drop(self._pool.everything(), HuitongError(Code.STOPPING))
        if self._companion is not None:
            await self._companion.stop()
        await self._server.stop()
        self._broadcast.publish(None)
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self._keeper.close)
        self._taker.discard()
        self._verifiers.close()
        await self._rpc.close()

    def _wanted(self) -> bool:
        return self._halted is None and not self._stopping

    def _task(self, work: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work, name=name)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._halt(error)

    def next_time_ns(self) -> int:
        """Return about the time that a block made now would have: the clock's, but after the last block."""
        return max(self._clock.now_ns(), self._last_time_ns + MILLISECOND_NS)

    async def _prove(self, store: str, key: bytes) -> Proved:
        return await self._in_thread(lambda: self._machine.prove(store, key))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._stopping:
            raise HuitongError(Code.STOPPING)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _warm(self, envelope: bytes) -> None:
        """Verify the clients' signatures of an envelope of others that is on its way, beside everything else."""
        if self._gateway.made(envelope):
            return
        checks = signature_checks(self._application.kernel, (envelope,), self.snapshot().view(STORE_MAIN))
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(self._verifiers.verify(checks))
        self._warming.add(task)
        task.add_done_callback(self._warming.discard)

    def _check_running(self) -> None:
        super()._check_running()
        self._gateway.check_active()

    def _committed(self, finalized: Finalized) -> None:
        self._last_time_ns = finalized.decided.time_ns
        self._keeper.committed()
        self._feed.committed(finalized)

    async def _taken(self) -> None:
        """Go on from the snapshot that the store took over."""
        await self._in_thread(self._machine.reopen)
        last = self._application.last()
        if last is not None:
            self._last_time_ns = last[0].time_ns
        self._feed.restart()

    def _retain_height(self) -> int:
        """Lowest block that CometBFT must keep: what this node keeps, and what evidence may still be about."""
        first = self._store.first_height
        found = self._store.header(first)
        if found is None or self._last_time_ns - found[0].time_ns < EVIDENCE_NS:
            return 0
        return max(0, min(first, self._application.height - EVIDENCE_BLOCKS))

    def _tell(self, block: CommittedBlock, envelopes: tuple[bytes, ...]) -> None:
        """Give everybody what waits for this block."""
        ours = self._gateway.told(block.signed.header.time_ns, envelopes, block.results)
        finish(self._pool, block, ours)
        self._publish(block)
        self._keeper.told(block.height)
