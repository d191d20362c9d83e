"""From durable blocks to told ones: each gets its signed header from CometBFT before anybody hears of it."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from huitong.crypto import commit_hash
from huitong.engine.application import Finalized
from huitong.engine.maker import CommittedBlock
from huitong.engine.ports import ChainStore
from huitong.kernel import EnvelopeResult
from huitong.types import Code, Header, HuitongError, SignedHeader

from .rpc import CometRpc, RpcRefusedError, RpcUnreachableError

RETRY_S: Final = 0.1
MAX_KEPT: Final = 16
"""Results of blocks kept in memory until they are told; more are read again from the store."""

Executed = tuple[tuple[bytes, ...], tuple[EnvelopeResult, ...], bytes]
"""Envelopes of a block, their results, the app hash after it."""
Tell = Callable[[CommittedBlock, tuple[bytes, ...]], None]


class BlockFeed:
    """Follows the store's tip. Belongs to the engine's event loop."""

    def __init__(self, store: ChainStore, rpc: CometRpc, first_height: int, tell: Tell) -> None:
        """first_height: of the chain."""
        self._store = store
        self._rpc = rpc
        self._tell = tell
        self._kept: OrderedDict[int, Executed] = OrderedDict()
        self._wake = asyncio.Event()
        self._first_height = first_height
        self.restart()

    def restart(self) -> None:
        """Go on from where the store stands; blocks that are not in it are not told."""
        tip = self._store.tip
        assert tip is not None, "the application makes genesis"
        self._kept.clear()
        self._newest = self.height = tip.height
        first = max(self._first_height, self._store.first_height)
        while self.height >= first and self._store.signed_header(self.height) is None:
            self.height -= 1

    def committed(self, finalized: Finalized) -> None:
        """Take a durable block."""
        height = finalized.decided.height
        self._kept[height] = (finalized.decided.envelopes, finalized.result.envelopes, finalized.app_hash)
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        self._newest = height
        self._wake.set()

    async def run(self) -> None:
        """Tell blocks in their order, for ever. Raises HT6204 when CometBFT names another header than it decided."""
        self._wake.set()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self.height < self._newest:
                await self._next(self.height + 1)

    async def _next(self, height: int) -> None:
        signed = await self._signed(height)
        known = self._store.header(height)
        assert known is not None, "a block is told after its commit"
        if signed.commit.block_id.hash != known[1].hash or signed.header.height != height:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"CometBFT's header {height} is not the one it decided")
        self._store.put_signed_header(signed)
        kept = self._kept.pop(height, None)
        if kept is None:
            kept = await asyncio.to_thread(self._stored, height)
        envelopes, results, app_hash = kept
        self.height = height
        self._tell(CommittedBlock(signed, results, app_hash), envelopes)
        await self._settle(signed.header)

    async def _settle(self, header: Header) -> None:
        """Keep the commit that a block carries for the one before it.

        What CometBFT first named was as good a proof, but with the votes that it had seen by then.
        """
        before = self._store.signed_header(header.height - 1)
        if before is not None and commit_hash(before.commit) != header.last_commit_hash:
            self._store.put_signed_header(await self._signed(header.height - 1))

    def _stored(self, height: int) -> Executed:
        tip, following = self._store.tip, self._store.header(height + 1)
        assert tip is not None, "blocks come after genesis"
        app_hash = following[0].app_hash if following else tip.app_hash
        return self._store.envelopes(height), tuple(self._store.results(height)), app_hash

    async def _signed(self, height: int) -> SignedHeader:
        """Ask until CometBFT answers: it serves no questions while it replays blocks."""
        while True:
            try:
                return await self._rpc.signed_header(height)
            except (RpcUnreachableError, RpcRefusedError, KeyError, TypeError, ValueError):
                await asyncio.sleep(RETRY_S)
