"""The engine of several organisations: CometBFT orders this node's envelopes and all others', we execute."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from huitong.crypto import order_validators
from huitong.engine.admission import Admission
from huitong.engine.application import Application, Finalized
from huitong.engine.broadcast import Broadcast, Subscription
from huitong.engine.local import SUBSCRIBER_BLOCKS
from huitong.engine.maker import MILLISECOND_NS, CommittedBlock, Proved
from huitong.engine.packing import Packer
from huitong.engine.pool import MAX_WAITING, MAX_WAITING_BYTES, Pool
from huitong.engine.ports import Clock, EnvelopeSigner, Snapshot
from huitong.engine.proofs import ReceiptProof, StateProof, prove_receipt
from huitong.engine.replay import signature_checks
from huitong.engine.submission import Submission
from huitong.engine.verdicts import Verdicts
from huitong.engine.verifier_pool import VerifierPool
from huitong.types import Code, HuitongError, SignedHeader, Validator
from huitong.types.registry import STORE_MAIN, STORES

from .feed import BlockFeed
from .gateway import EnvelopeGateway, GatewaySettings
from .handlers import AbciHandlers
from .machine import BlockMachine
from .outcomes import finish
from .process import Companion
from .queries import Queries
from .rpc import CometRpc
from .server import AbciServer

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


class CometEngine:
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
        companion: Companion | None = None,
    ) -> None:
        """document: the genesis as given. verdicts: the verifier of the kernel. companion: CometBFT as our child.

        Raises HT6001 when the gateway key is not an active gateway of the chain.
        """
        kernel, store, genesis = application.kernel, application.store, application.genesis
        self._application = application
        self._store = store
        self._clock = clock
        self._companion = companion
        self.validators: tuple[Validator, ...] = order_validators(genesis.validators)
        self._pool = Pool(settings.max_waiting, settings.max_waiting_bytes)
        self._verifiers = VerifierPool(verdicts, settings.verifier_workers)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="blocks")
        self._broadcast = Broadcast()
        self._waiters: dict[int, asyncio.Future[SignedHeader]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._warming: set[asyncio.Task[object]] = set()
        self._stopping = False
        self._halted: HuitongError | None = None
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
        handlers = AbciHandlers(
            self._machine,
            self._thread,
            Queries(store, self._prove),
            document,
            next_time_ns=self.next_time_ns,
            on_envelope=self._warm,
            on_committed=self._committed,
            on_deadly=self._gateway.unexecutable,
            on_fault=self._halt,
        )
        self._server = AbciServer(handlers, settings.socket)

    @property
    def height(self) -> int:
        """Newest block that has been told."""
        return self._feed.height

    @property
    def waiting(self) -> int:
        """Transactions in the pool."""
        return len(self._pool)

    @property
    def halted(self) -> HuitongError | None:
        """HT6005 with the reason when no more blocks are executed."""
        return self._halted

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
        """Return about the time that a block made now would have: the clock's, but after the last block."""
        return max(self._clock.now_ns(), self._last_time_ns + MILLISECOND_NS)

    async def proved(self, height: int) -> SignedHeader:
        """Wait for the signed header that proves state and results of a block: the next one. Raises HT6005."""
        return await self._signed(height + 1)

    async def prove_state(self, store: str, key: bytes) -> StateProof:
        """Prove presence or absence of a key at the newest height, waiting for the header if need be.

        Raises HT8005 for an unknown store, HT6005, HT6204.
        """
        if store not in STORES:
            raise HuitongError(Code.NOT_FOUND, what="store", name=store[:64])
        proved = await self._prove(store, key)
        signed = self._store.signed_header(proved.height)
        if signed is None or signed.header.app_hash != proved.app_hash:
            signed = await self._signed(proved.height + 1)
        return StateProof(signed, store, key, proved.value, proved.in_store, proved.of_store)

    async def prove_receipt(self, tx_id: bytes) -> ReceiptProof:
        """Prove the receipt of an executed transaction, waiting for the header. Raises HT8005, HT6005."""
        place = self._store.place(tx_id)
        if place is not None:
            await self._signed(place.height + 1)
        return await asyncio.to_thread(prove_receipt, self._store, tx_id)

    async def _prove(self, store: str, key: bytes) -> Proved:
        return await self._in_thread(lambda: self._machine.prove(store, key))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._stopping:
            raise HuitongError(Code.STOPPING)
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _signed(self, height: int) -> SignedHeader:
        if height <= self.height:
            signed = self._store.signed_header(height)
            if signed is None:
                raise HuitongError(Code.NOT_FOUND, what="block", name=str(height))
            return signed
        if self._halted is not None:
            raise self._halted
        waiter = self._waiters.get(height)
        if waiter is None:
            waiter = self._waiters[height] = asyncio.get_running_loop().create_future()
        return await asyncio.shield(waiter)

    def _check_running(self) -> None:
        if self._halted is not None:
            raise self._halted
        if self._stopping:
            raise HuitongError(Code.STOPPING)

    def _warm(self, envelope: bytes) -> None:
        """Verify the clients' signatures of an envelope that is on its way, beside everything else."""
        checks = signature_checks(self._application.kernel, (envelope,), self.snapshot().view(STORE_MAIN))
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(self._verifiers.verify(checks))
        self._warming.add(task)
        task.add_done_callback(self._warming.discard)

    def _committed(self, finalized: Finalized) -> None:
        self._last_time_ns = finalized.decided.time_ns
        self._feed.committed(finalized)

    def _tell(self, block: CommittedBlock, envelopes: tuple[bytes, ...]) -> None:
        """Give everybody what waits for this block."""
        ours = self._gateway.told(block.signed.header.time_ns, envelopes, block.results)
        finish(self._pool, block, ours)
        waiter = self._waiters.pop(block.height, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(block.signed)
        self._broadcast.publish(block)

    def _halt(self, error: Exception) -> HuitongError:
        reason = str(error) if isinstance(error, HuitongError) else f"{type(error).__name__}: {error}"
        halted = HuitongError(Code.ENGINE_HALTED, reason=reason)
        halted.__cause__ = error
        self._halted = halted
        self._pool.drop(self._pool.everything(), halted)
        for waiter in self._waiters.values():
            if not waiter.done():
                waiter.set_exception(halted)
                waiter.exception()
        self._waiters.clear()
        self._broadcast.publish(None)
        return halted
