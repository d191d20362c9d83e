"""Takes old blocks away: headers, commits, envelopes, receipts and the places of transactions. State stays whole."""

from collections.abc import Callable, Iterator
from typing import Final

from huitong.types.limits import HEADER_HASHES_KEPT

from . import layout
from .blocks import NO_PLACE
from .chain import ChainStore
from .keyvalue import Change, Family
from .portable import ids_of

LEAST_BLOCKS: Final = 2 * HEADER_HASHES_KEPT
"""Blocks that are always kept: contracts see the hashes of 256 headers, and a snapshot carries as many."""
STEP: Final = 100
"""Heights between two looks, and blocks in one batch of deletions."""

Archive = Callable[[int, int], None]
"""Writes the blocks from one height up to another away; durable when it returns."""


class HistoryPruner:
    """Belongs to one thread; `due` may be asked in any. A block stays while one of the reasons to keep it holds.

    keep_blocks: newest blocks that are kept. keep_ns: blocks whose time is not further back than that are kept. 0: no
    reason. Both 0: nothing is ever taken away. archive: given the blocks before they go; None: they just go.
    """

    def __init__(
        self, store: ChainStore, initial_height: int, keep_blocks: int, keep_ns: int, archive: Archive | None = None
    ) -> None:
        self._store = store
        self._initial_height = initial_height
        self._keep_blocks = keep_blocks
        self._keep_ns = keep_ns
        self._archive = archive
        self._looked = 0

    def due(self, height: int) -> bool:
        """True when it is time to look again."""
        return bool(self._keep_blocks or self._keep_ns) and height >= self._looked + STEP

    def prune(self, height: int) -> None:
        """Take away what no reason keeps, the oldest first. Raises HT6203, HT6201, HT6204; the rest is as it was."""
        self._looked = height
        first = max(self._store.first_height, self._initial_height)
        limit = self.limit(height)
        while first < limit:
            end = min(first + STEP, limit)
            if self._archive is not None:
                self._archive(first, end - 1)
            self._store.forget_blocks(self._rows(first, end), end)
            first = end
        self._store.forget_blocks(self._listed(), None)

    def limit(self, height: int) -> int:
        """Return the lowest height that must stay when the chain is at `height`."""
        limit = height + 1 - max(self._keep_blocks, LEAST_BLOCKS)
        limit = min(limit, min(self._store.remembered, default=limit))
        return self._by_time(height, limit) if self._keep_ns and limit > self._initial_height else limit

    def _by_time(self, height: int, limit: int) -> int:
        """Lower the limit to the first block that is not older than `keep_ns`; times rise, so half by half."""
        newest = self._store.header(height)
        low, high = max(self._store.first_height, self._initial_height), limit
        oldest = (newest[0].time_ns if newest else 0) - self._keep_ns
        while low < high:
            middle = (low + high) // 2
            found = self._store.header(middle)
            if found is not None and found[0].time_ns < oldest:
                low = middle + 1
            else:
                high = middle
        return low

    def _rows(self, first: int, end: int) -> Iterator[Change]:
        store, chain = self._store, Family.CHAIN
        for height in range(first, end):
            for kind in (layout.HEADER, layout.COMMIT, layout.ENVELOPES):
                yield chain, layout.at_height(kind, height), None
            for number, result in enumerate(store.results(height)):
                yield chain, layout.result(height, number), None
                for item in result.transactions:
                    place = store.place(item.receipt.tx_id)
                    if place is not None and place.height == height:
                        yield chain, layout.PLACE + item.receipt.tx_id, None

    def _listed(self) -> Iterator[Change]:
        """Ids that came in a snapshot and are remembered no more."""
        remembered = set(self._store.remembered)
        for height, joined in self._store.id_lists():
            if height not in remembered:
                yield Family.CHAIN, layout.at_height(layout.ID_LIST, height), None
                for tx_id in ids_of(joined):
                    place = self._store.known(tx_id)
                    if place is not None and place.envelope == NO_PLACE:
                        yield Family.CHAIN, layout.PLACE + tx_id, None
