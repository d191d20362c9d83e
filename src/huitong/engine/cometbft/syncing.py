"""Snapshots over ABCI: what this node offers to others, and how it takes one over. Everything received is checked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import structlog

from huitong.engine.keeping import OFFERED_BELOW
from huitong.types import Code, HuitongError

from .protos import abci

FORMAT: Final = 1
MAX_OFFERED: Final = 10
"""CometBFT passes at most so many on."""

ACCEPT: Final = 1
ABORT: Final = 2
REJECT: Final = 3
REJECT_FORMAT: Final = 4
RETRY: Final = 3
REJECT_SNAPSHOT: Final = 5

InThread = Callable[[Callable[[], Any]], Awaitable[Any]]


class Described(Protocol):
    """What a snapshot says of itself."""

    @property
    def height(self) -> int:
        """Newest block in it."""
        ...

    @property
    def chunks(self) -> tuple[bytes, ...]:
        """Hash of each chunk."""
        ...


class Kept(Protocol):
    """A snapshot on disk."""

    @property
    def metadata(self) -> Described:
        """What it says of itself."""
        ...

    @property
    def raw(self) -> bytes:
        """The same, encoded."""
        ...

    @property
    def hash(self) -> bytes:
        """Hash of that."""
        ...


class Shelf(Protocol):
    """The snapshots that a node has. For any thread."""

    @property
    def known(self) -> tuple[Kept, ...]:
        """Whole ones, the newest first."""
        ...

    def chunk(self, height: int, version: int, index: int) -> bytes:
        """Return a chunk; empty when there is none."""
        ...


class Taker(Protocol):
    """Takes a snapshot over, one at a time. For the thread that commits."""

    @property
    def missing(self) -> int:
        """Chunks still to come."""
        ...

    def begin(self, raw: bytes, digest: bytes, trusted: bytes) -> Described:
        """Accept metadata. Raises HT6211."""
        ...

    def put(self, index: int, chunk: bytes) -> None:
        """Take the next chunk. Raises HT6211, HT6203, HT6201."""
        ...

    def finish(self) -> object:
        """Check the whole and take it over. Raises HT6211, HT6203."""
        ...

    def discard(self) -> None:
        """Forget it."""
        ...


class SnapshotDoor:
    """Answers the four calls. Belongs to the event loop."""

    def __init__(
        self,
        shelf: Shelf,
        taker: Taker,
        *,
        told: Callable[[], int],
        fresh: Callable[[], bool],
        in_thread: InThread,
        on_taken: Callable[[], Awaitable[None]],
    ) -> None:
        """told: newest block whose header is whole. fresh: whether the chain here has no block of its own yet.

        in_thread: runs work in the thread that commits. on_taken: the store stands at another height now.
        """
        self._shelf = shelf
        self._taker = taker
        self._told = told
        self._fresh = fresh
        self._in_thread = in_thread
        self._on_taken = on_taken
        self._senders: set[str] = set()
        self._log = structlog.get_logger("snapshots")

    async def list(self, _: abci.RequestListSnapshots) -> abci.Response:
        """Offer what the tip is far enough above."""
        newest = self._told()
        offered = [
            abci.Snapshot(
                height=item.metadata.height,
                format=FORMAT,
                chunks=len(item.metadata.chunks),
                hash=item.hash,
                metadata=item.raw,
            )
            for item in self._shelf.known[:MAX_OFFERED]
            if item.metadata.height + OFFERED_BELOW <= newest
        ]
        return abci.Response(list_snapshots=abci.ResponseListSnapshots(snapshots=offered))

    async def load(self, request: abci.RequestLoadSnapshotChunk) -> abci.Response:
        """Read a chunk; empty when it is not here any more."""
        chunk = await asyncio.to_thread(self._shelf.chunk, request.height, request.format, request.chunk)
        return abci.Response(load_snapshot_chunk=abci.ResponseLoadSnapshotChunk(chunk=chunk))

    async def offer(self, request: abci.RequestOfferSnapshot) -> abci.Response:
        """Judge a snapshot by its metadata. CometBFT has verified `app_hash` with its light client."""
        return abci.Response(offer_snapshot=abci.ResponseOfferSnapshot(result=await self._judge(request)))

    async def _judge(self, request: abci.RequestOfferSnapshot) -> int:
        offered = request.snapshot
        if not self._fresh():
            self._log.error("refused", reason="this node has blocks already")
            return ABORT
        if offered.format != FORMAT:
            return REJECT_FORMAT
        try:
            metadata = await self._in_thread(
                lambda: self._taker.begin(offered.metadata, offered.hash, request.app_hash)
            )
        except HuitongError as error:
            if error.code != Code.SNAPSHOT_INVALID:
                raise
            self._log.warning("refused", height=offered.height, reason=str(error))
            return REJECT
        self._senders.clear()
        good = metadata.height == offered.height and len(metadata.chunks) == offered.chunks
        return ACCEPT if good else REJECT

    async def apply(self, request: abci.RequestApplySnapshotChunk) -> abci.Response:
        """Take a chunk; with the last one, check and take over the whole."""
        return abci.Response(apply_snapshot_chunk=await self._apply(request))

    async def _apply(self, request: abci.RequestApplySnapshotChunk) -> abci.ResponseApplySnapshotChunk:
        """A wrong chunk costs its sender; a snapshot that is wrong as a whole costs all who sent of it."""
        try:
            await self._in_thread(lambda: self._taker.put(request.index, request.chunk))
        except HuitongError as error:
            if error.code != Code.SNAPSHOT_INVALID:
                raise
            self._log.warning("chunk refused", index=request.index, sender=request.sender, reason=str(error))
            return abci.ResponseApplySnapshotChunk(
                result=RETRY, refetch_chunks=[request.index], reject_senders=[request.sender]
            )
        self._senders.add(request.sender)
        if self._taker.missing:
            return abci.ResponseApplySnapshotChunk(result=ACCEPT)
        try:
            await self._in_thread(self._taker.finish)
        except HuitongError as error:
            if error.code != Code.SNAPSHOT_INVALID:
                raise
            self._log.warning("snapshot refused", senders=sorted(self._senders), reason=str(error))
            return abci.ResponseApplySnapshotChunk(result=REJECT_SNAPSHOT, reject_senders=sorted(self._senders))
        await self._on_taken()
        return abci.ResponseApplySnapshotChunk(result=ACCEPT)
