"""Makes snapshots beside a running chain: the state from a frozen view at once, the headers when they are known."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from huitong.crypto import EMPTY_HASH
from huitong.kernel import TxIds
from huitong.state import keys
from huitong.types import Code, Header, HuitongError, decode_scanned
from huitong.types.limits import HEADER_HASHES_KEPT
from huitong.types.registry import STORE_MAIN, STORES

from .chain import ChainStore
from .portable import CHUNK_BYTES, FORMAT, IdList, Metadata, header_chunks, id_chunks, state_chunks
from .snapshots import Chunks, SnapshotFolder
from .views import Snapshot

T = TypeVar("T")

PAUSE_ROWS: Final = 128
"""Rows that are read at a stretch."""
REST: Final = 1.0
"""Time that the maker rests, as a share of the time it worked: blocks and answers go before."""


def remembered_lists(store: ChainStore, frozen: Snapshot) -> Iterator[IdList]:
    """Yield the lists of ids that a state remembers, by height. Raises HT6204 when one is not what the state says."""
    view = frozen.view(STORE_MAIN)
    for key, raw in view.scan(keys.TX_IDS, keys.after(keys.TX_IDS)):
        record = decode_scanned(raw, TxIds)
        if record.count:
            height = int.from_bytes(key[len(keys.TX_IDS) :], "big")
            ids = store.executed_ids(height)
            if len(ids) != record.count * 32:
                raise HuitongError(Code.STORE_DAMAGED, reason=f"the ids of block {height} are not those in the state")
            yield height, ids


def header_tail(store: ChainStore, height: int, *, ended: bool = False) -> list[Header]:
    """Return the headers that a state at `height` needs: from the last block with envelopes, up to the one after it.

    ended: the chain ends there, no header follows. Raises HT6204 when one is not here yet.
    """
    tail: list[Header] = []
    last = height if ended else height + 1
    at = last
    while len(tail) < HEADER_HASHES_KEPT + last - height and (found := store.header(at)) is not None:
        tail.append(found[0])
        if at <= height and found[0].data_hash != EMPTY_HASH:
            break
        at -= 1
    if not tail or tail[0].height != last:
        raise HuitongError(Code.STORE_DAMAGED, reason=f"header {last} is not here")
    return tail[::-1]


class SnapshotMaker:
    """One snapshot at a time: freeze, write, finish. `write` and `finish` belong to a thread that does not commit.

    rest: how long to rest after a stretch of work of so many seconds.
    """

    def __init__(
        self,
        store: ChainStore,
        folder: SnapshotFolder,
        chain_id: str,
        suite: int,
        *,
        size: int = CHUNK_BYTES,
        rest: Callable[[float], None] = lambda worked: time.sleep(worked * REST),
    ) -> None:
        self._store = store
        self._folder = folder
        self._chain_id = chain_id
        self._suite = suite
        self._size = size
        self._rest = rest
        self._frozen: Snapshot | None = None
        self._chunks: Chunks | None = None
        self._counts: tuple[int, ...] = ()

    def freeze(self) -> int:
        """Hold the newest state as it is; return its height. For the thread that commits, or between two blocks."""
        self._frozen = self._store.snapshot()
        return self._frozen.height

    def write(self) -> None:
        """Write the frozen state and its remembered ids. Raises HT6203, HT6201, HT6204."""
        frozen = self._frozen
        assert frozen is not None, "a state is frozen first"
        chunks = self._chunks = self._folder.begin(frozen.height)
        try:
            self._counts = tuple(self._state(chunks, frozen, store) for store in STORES)
            for chunk in id_chunks(self._paced(remembered_lists(self._store, frozen)), self._size):
                chunks.add(chunk)
        except BaseException:
            chunks.discard()
            raise

    def _state(self, chunks: Chunks, frozen: Snapshot, store: str) -> int:
        count = 0

        def counted() -> Iterator[tuple[bytes, bytes]]:
            nonlocal count
            for row in self._paced(frozen.rows(store)):
                count += 1
                yield row

        for chunk in state_chunks(store, counted(), self._size):
            chunks.add(chunk)
        return count

    def _paced(self, rows: Iterable[T]) -> Iterator[T]:
        """Pass rows on, with a rest after every few."""
        begun = time.monotonic()
        for number, row in enumerate(rows, 1):
            yield row
            if number % PAUSE_ROWS == 0:
                self._rest(time.monotonic() - begun)
                begun = time.monotonic()

    def finish(self) -> None:
        """Add the headers and keep the snapshot. The header after its height must be whole. Raises as `write`."""
        frozen, chunks = self._frozen, self._chunks
        assert frozen is not None, "a state is frozen first"
        assert chunks is not None, "a state is written first"
        try:
            for chunk in header_chunks(header_tail(self._store, frozen.height), self._size):
                chunks.add(chunk)
            metadata = Metadata(
                version=FORMAT,
                suite=self._suite,
                chain_id=self._chain_id,
                height=frozen.height,
                app_hash=frozen.app_hash,
                counts=self._counts,
                chunks=tuple(chunks.hashes),
            )
            self._folder.finish(chunks, metadata)
        except BaseException:
            chunks.discard()
            raise
        finally:
            self._frozen = self._chunks = None
