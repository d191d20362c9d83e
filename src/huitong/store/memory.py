"""A key-value engine in memory: for tests, replays and throw-away chains."""

import threading
import weakref
from collections.abc import Iterator, Sequence
from itertools import islice

from sortedcontainers import SortedDict

from huitong.types import Code, HuitongError

from .keyvalue import Change, Family

_CHUNK = 256
"""Rows that a scan copies under the lock at once."""


class MemorySnapshot:
    """STATE as it was: former values of changed keys are kept here by the writer."""

    def __init__(self, rows: "SortedDict[bytes, bytes]", lock: threading.Lock) -> None:
        self._rows = rows
        self._lock = lock
        self.former: SortedDict[bytes, bytes | None] = SortedDict()

    def get(self, key: bytes) -> bytes | None:
        """Return the value that stood under a key."""
        with self._lock:
            value: bytes | None = self.former[key] if key in self.former else self._rows.get(key)
        return value

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows that stood in [start, end)."""
        with self._lock:
            keys = set(self._rows.irange(start, end, (True, False)))
            keys.update(self.former.irange(start, end, (True, False)))
        for key in sorted(keys, reverse=reverse):
            value = self.get(key)
            if value is not None:
                yield key, value


class MemoryKeyValue:
    """Two sorted dictionaries behind one lock. Nothing survives the process."""

    def __init__(self) -> None:
        self._families: tuple[SortedDict[bytes, bytes], ...] = tuple(SortedDict() for _ in Family)
        self._lock = threading.Lock()
        self._snapshots: weakref.WeakSet[MemorySnapshot] = weakref.WeakSet()
        self._closed = False

    def get(self, family: Family, key: bytes) -> bytes | None:
        """Return the value under a key."""
        self._check_open()
        with self._lock:
            value: bytes | None = self._families[family].get(key)
        return value

    def get_many(self, family: Family, keys: Sequence[bytes]) -> list[bytes | None]:
        """Return the value under each key."""
        self._check_open()
        with self._lock:
            rows = self._families[family]
            return [rows.get(key) for key in keys]

    def scan(self, family: Family, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield the rows in [start, end), copied in chunks; a writer in between shows in later chunks."""
        self._check_open()
        rows = self._families[family]
        inclusive = (True, False)
        while True:
            with self._lock:
                chunk = [(key, rows[key]) for key in islice(rows.irange(start, end, inclusive, reverse), _CHUNK)]
            yield from chunk
            if len(chunk) < _CHUNK:
                return
            if reverse:
                end, inclusive = chunk[-1][0], (True, False)
            else:
                start, inclusive = chunk[-1][0], (False, False)

    def write(self, changes: Sequence[Change], *, durable: bool) -> None:
        """Apply all changes. Nothing is ever durable here."""
        del durable
        self._check_open()
        with self._lock:
            for snapshot in list(self._snapshots):
                self._remember(snapshot, changes)
            for family, key, value in changes:
                if value is None:
                    self._families[family].pop(key, None)
                else:
                    self._families[family][key] = value

    def _remember(self, snapshot: MemorySnapshot, changes: Sequence[Change]) -> None:
        rows = self._families[Family.STATE]
        for family, key, _ in changes:
            if family == Family.STATE and key not in snapshot.former:
                snapshot.former[key] = rows.get(key)

    def snapshot(self) -> MemorySnapshot:
        """Freeze the STATE family."""
        self._check_open()
        with self._lock:
            snapshot = MemorySnapshot(self._families[Family.STATE], self._lock)
            self._snapshots.add(snapshot)
        return snapshot

    def close(self) -> None:
        """Refuse later calls."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise HuitongError(Code.STOPPING)
