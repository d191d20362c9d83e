"""What both engines do alike: take transactions, tell blocks, answer with proofs, halt."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Final

import structlog

from huitong.types import Code, HuitongError, SignedHeader, Validator
from huitong.types.registry import STORES

from .admission import Admission
from .broadcast import Broadcast, Subscription
from .maker import CommittedBlock, Proved
from .pool import Pool
from .ports import ChainStore, Snapshot
from .proofs import ReceiptProof, StateProof, prove_receipt
from .submission import Submission

SUBSCRIBER_BLOCKS: Final = 256
"""Blocks that a subscriber may be behind."""

_LOG = structlog.get_logger("huitong.engine")


class EngineFront(ABC):
    """The side of an engine that faces its node. Its methods belong to one event loop."""

    _admission: Admission

    def __init__(self, store: ChainStore, pool: Pool) -> None:
        self._store = store
        self._pool = pool
        self._broadcast = Broadcast()
        self._waiters: dict[int, asyncio.Future[SignedHeader]] = {}
        self._stopping = False
        self._halted: HuitongError | None = None

    @property
    @abstractmethod
    def height(self) -> int:
        """Newest block that has been told."""

    @abstractmethod
    async def _prove(self, store: str, key: bytes) -> Proved:
        """Prove a key at the newest height, in the thread that commits. Raises HT6004, HT6204."""

    @property
    def waiting(self) -> int:
        """Transactions in the pool."""
        return len(self._pool)

    @property
    def halted(self) -> HuitongError | None:
        """HT6005 with the reason when no more blocks are made."""
        return self._halted

    @property
    def stalled(self) -> str:
        """Why blocks cannot be ordered at the moment although nothing has halted; "" when they can."""
        return ""

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

    def validators_at(self, height: int) -> tuple[Validator, ...]:
        """Return the validator set that signs a height, in CometBFT's order; known up to two above the newest."""
        return self._store.validators(height)

    async def proved(self, height: int) -> SignedHeader:
        """Wait for the signed header that proves state and results of a block: the next one. Raises HT6005."""
        return await self._signed(height + 1)

    async def prove_state(self, store: str, key: bytes) -> StateProof:
        """Prove presence or absence of a key at the newest height, waiting for the header if need be.

        Raises HT8005 for an unknown store, HT6004 before the start and after the stop, HT6005, HT6204.
        """
        if store not in STORES:
            raise HuitongError(Code.NOT_FOUND, what="store", name=store[:64])
        proved = await self._prove(store, key)
        signed = self._store.signed_header(proved.height)
        if signed is None or signed.header.app_hash != proved.app_hash:
            signed = await self._signed(proved.height + 1)
        return StateProof(signed, store, key, proved.value, proved.in_store, proved.of_store)

    async def prove_receipt(self, tx_id: bytes) -> ReceiptProof:
        """Prove the receipt of an executed transaction, waiting for the header if need be.

        Raises HT8005 for an unknown id, HT6005.
        """
        place = self._store.known(tx_id)
        if place is not None:
            self._store.check_kept(place.height)
            await self._signed(place.height + 1)
        return await asyncio.to_thread(prove_receipt, self._store, tx_id)

    async def _signed(self, height: int) -> SignedHeader:
        if height <= self.height:
            self._store.check_kept(height)
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

    def _publish(self, block: CommittedBlock) -> None:
        """Give a told block to whoever waits for its header, and to the subscribers."""
        waiter = self._waiters.pop(block.height, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(block.signed)
        self._broadcast.publish(block)

    def _halt(self, error: Exception) -> HuitongError:
        """Make no more blocks: everybody who waits is told why."""
        reason = str(error) if isinstance(error, HuitongError) else f"{type(error).__name__}: {error}"
        halted = HuitongError(Code.ENGINE_HALTED, reason=reason)
        _LOG.error("the engine has halted", reason=reason, exc_info=error)
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
