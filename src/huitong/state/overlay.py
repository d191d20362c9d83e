"""Uncommitted changes over a view, with checkpoints."""

import heapq
from collections.abc import Iterator
from enum import Enum
from typing import Final

from sortedcontainers import SortedList

from .view import StateView


class _Absent(Enum):
    """Marks a key that the overlay does not hold; None means deleted."""

    ABSENT = 0


_ABSENT: Final = _Absent.ABSENT


class Overlay:
    """Writes kept over a read-only view; `revert` undoes everything since a checkpoint.

    Reads of the base view are remembered (key -> value seen) as the read set of whoever runs on the overlay.
    """

    def __init__(self, base: StateView) -> None:
        self._base = base
        self._writes: dict[bytes, bytes | None] = {}
        self._journal: list[tuple[bytes, bytes | _Absent | None]] = []
        self._order: SortedList | None = None  # keys of _writes in order, from the first scan on
        self.reads: dict[bytes, bytes | None] = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key as the overlay sees it."""
        found = self._writes.get(key, _ABSENT)
        if found is not _ABSENT:
            return found
        found = self.reads.get(key, _ABSENT)
        if found is not _ABSENT:
            return found
        value = self.reads[key] = self._base.get(key)
        return value

    def set(self, key: bytes, value: bytes | None) -> None:
        """Write a value, None deletes. Keys and values are never empty."""
        assert key, "a key is never empty"
        assert value is None or value, "a value is never empty"
        before = self._writes.get(key, _ABSENT)
        self._journal.append((key, before))
        self._writes[key] = value
        if before is _ABSENT and self._order is not None:
            self._order.add(key)

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes, changes included."""
        for key, value in self.walk(start, end, reverse=reverse):
            if value is not None:
                yield key, value

    def walk(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes | None]]:
        """As `scan`, but deleted keys are yielded with None, so that a caller can bound what it walks over.

        The overlay must not be written while the walk goes on.
        """
        if self._order is None:
            self._order = SortedList(self._writes)
        writes = self._writes
        changed: Iterator[tuple[bytes, bytes | None]] = (
            (key, writes[key]) for key in self._order.irange(start, end, (True, False), reverse=reverse)
        )
        kept = self._base.scan(start, end, reverse=reverse)
        # a changed row comes first among equals and hides the kept one, which is dropped here and not before: a
        # filter in front of the merge would pass over any number of hidden rows to find its first
        last = b""
        for key, value in heapq.merge(changed, kept, key=lambda row: row[0], reverse=reverse):
            if key != last:
                yield key, value
            last = key

    def checkpoint(self) -> int:
        """Return a mark that `revert` goes back to."""
        return len(self._journal)

    def revert(self, mark: int) -> None:
        """Undo all writes since the mark."""
        journal = self._journal
        while len(journal) > mark:
            key, before = journal.pop()
            if before is _ABSENT:
                del self._writes[key]
                if self._order is not None:
                    self._order.remove(key)
            else:
                self._writes[key] = before

    @property
    def writes(self) -> dict[bytes, bytes | None]:
        """Changes in sorted order of their keys."""
        writes = self._writes
        return {key: writes[key] for key in sorted(writes)}  # half the time of sorting pairs
