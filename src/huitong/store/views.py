"""Views of the stores: the live one of the execution thread, and frozen ones for everybody else."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from huitong.state import WriteSet
from huitong.types import Code, HuitongError

from . import layout
from .cache import MISSING, HotCache
from .keyvalue import Family, KeyValue, Reading

SNAPSHOT_CACHE_BYTES: Final = 8 * 1024 * 1024


class LiveView:
    """One store at the newest executed height, through a cache of hot values. For the thread that executes.

    staged: writes of a block that is not in the source yet. `settle` may come from the thread that wrote them there:
    whoever still holds them reads the same from either.
    """

    def __init__(self, source: KeyValue, store: str, cache_bytes: int) -> None:
        self._source = source
        self._prefix = layout.value_prefix(store)
        self._cache = HotCache(cache_bytes)
        self._staged: WriteSet = {}

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key."""
        found = self._cache.get(key)
        if found is MISSING:
            staged = self._staged
            found = staged[key] if key in staged else self._source.get(Family.STATE, self._prefix + key)
            self._cache.put(key, found)
        return found

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes."""
        staged, cut = self._staged, len(self._prefix)
        rows = self._source.scan(Family.STATE, self._prefix + start, self._prefix + end, reverse=reverse)
        kept = ((key[cut:], value) for key, value in rows)
        changed = sorted((row for row in staged.items() if start <= row[0] < end), reverse=reverse)
        return _merged(changed, kept, staged, reverse) if changed else kept

    def stage(self, writes: WriteSet) -> None:
        """Take over the writes of a block that was executed, before they are in the source."""
        self._staged = writes
        self._cache.update(writes)

    def settle(self) -> None:
        """Say that the source has what was staged."""
        self._staged = {}


def _merged(
    changed: list[tuple[bytes, bytes | None]], kept: Iterator[tuple[bytes, bytes]], staged: WriteSet, reverse: bool
) -> Iterator[tuple[bytes, bytes]]:
    """Yield kept rows and staged ones in order; a staged row hides the kept one, and a deleted one is left out."""
    rows = (row for row in kept if row[0] not in staged)
    for key, value in heapq.merge(changed, rows, reverse=reverse):
        if value is not None:
            yield key, value


class LiveBuckets:
    """Buckets of one store's tree at the newest executed height. Threads and staging as in `LiveView`."""

    def __init__(self, source: KeyValue, store: str, cache_bytes: int) -> None:
        self._source = source
        self._prefix = layout.bucket_prefix(store)
        self._cache = HotCache(cache_bytes)
        self._staged: dict[bytes, bytes] = {}

    def get(self, bucket: int) -> bytes | None:
        """Return the leaves of a bucket, None when it is empty."""
        key = bucket.to_bytes(4, "big")
        found = self._cache.get(key)
        if found is MISSING:
            staged = self._staged
            found = staged[key] if key in staged else self._source.get(Family.STATE, self._prefix + key)
            self._cache.put(key, found)
        return found or None

    def get_many(self, buckets: Sequence[int]) -> list[bytes | None]:
        """Return the leaves of each bucket; those that are not cached are read at once."""
        keys = [bucket.to_bytes(4, "big") for bucket in buckets]
        staged, cache = self._staged, self._cache
        found = [cache.get(key) for key in keys]
        strange = [key for key, record in zip(keys, found, strict=True) if record is MISSING and key not in staged]
        read = dict(
            zip(strange, self._source.get_many(Family.STATE, [self._prefix + key for key in strange]), strict=True)
        )
        records: list[bytes | None] = []
        for key, record in zip(keys, found, strict=True):
            if record is MISSING:
                current = staged[key] if key in staged else read[key]
                cache.put(key, current)
            else:
                current = record
            records.append(current or None)
        return records

    def all(self) -> Iterator[tuple[int, bytes]]:
        """Yield every bucket with leaves, in order, as the source has them: when nothing is staged."""
        cut = len(self._prefix)
        for key, value in self._source.scan(Family.STATE, self._prefix, layout.after(self._prefix)):
            yield int.from_bytes(key[cut:], "big"), value

    def stage(self, buckets: Mapping[int, bytes]) -> None:
        """Take over the buckets that a block changed (b"" for an empty one), before they are in the source."""
        self._staged = {bucket.to_bytes(4, "big"): leaves for bucket, leaves in buckets.items()}
        self._cache.update(self._staged)

    def settle(self) -> None:
        """Say that the source has what was staged."""
        self._staged = {}


class FrozenView:
    """One store as it was when a snapshot was taken. For any thread: its values never change."""

    def __init__(self, reading: Reading, store: str) -> None:
        self._reading = reading
        self._prefix = layout.value_prefix(store)
        self._cache = HotCache(SNAPSHOT_CACHE_BYTES)

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key."""
        found = self._cache.get(key)
        if found is MISSING:
            found = self._reading.get(self._prefix + key)
            self._cache.put(key, found)
        return found

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes."""
        cut = len(self._prefix)
        for key, value in self._reading.scan(self._prefix + start, self._prefix + end, reverse=reverse):
            yield key[cut:], value


class Snapshot:
    """All stores at one height."""

    def __init__(self, reading: Reading, stores: tuple[str, ...], height: int, app_hash: bytes) -> None:
        self._views = {store: FrozenView(reading, store) for store in stores}
        self._reading = reading
        self.height = height
        self.app_hash = app_hash

    def view(self, store: str) -> FrozenView:
        """Return the view of a store. Raises KeyError for a store that no chain has."""
        return self._views[store]

    def rows(self, store: str) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) of a store ascending by H(key): the order in which state travels. Raises HT6204."""
        names, values = layout.name_prefix(store), layout.value_prefix(store)
        for _, key in self._reading.scan(names, layout.after(names)):
            value = self._reading.get(values + key)
            if value is None:
                raise HuitongError(Code.STORE_DAMAGED, reason="a key of the state tree has no value")
            yield key, value
