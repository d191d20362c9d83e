"""Views of the stores: the live one of the execution thread, and frozen ones for everybody else."""

from collections.abc import Iterator
from typing import Final

from huitong.types import Code, HuitongError

from . import layout
from .cache import HotCache, Missing
from .keyvalue import Family, KeyValue, Reading

SNAPSHOT_CACHE_BYTES: Final = 8 * 1024 * 1024


class LiveView:
    """One store at the newest height, through a cache of hot values. For the one thread that also commits."""

    def __init__(self, source: KeyValue, store: str, cache_bytes: int) -> None:
        self._source = source
        self._prefix = layout.value_prefix(store)
        self._cache = HotCache(cache_bytes)

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key."""
        found = self._cache.get(key)
        if isinstance(found, Missing):
            found = self._source.get(Family.STATE, self._prefix + key)
            self._cache.put(key, found)
        return found

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes."""
        cut = len(self._prefix)
        rows = self._source.scan(Family.STATE, self._prefix + start, self._prefix + end, reverse=reverse)
        for key, value in rows:
            yield key[cut:], value

    def committed(self, key: bytes, value: bytes | None) -> None:
        """Take over a value that was just committed."""
        self._cache.put(key, value)


class LiveBuckets:
    """Buckets of one store's tree at the newest height. For the one thread that also commits."""

    def __init__(self, source: KeyValue, store: str, cache_bytes: int) -> None:
        self._source = source
        self._prefix = layout.bucket_prefix(store)
        self._cache = HotCache(cache_bytes)

    def get(self, bucket: int) -> bytes | None:
        """Return the leaves of a bucket, None when it is empty."""
        key = bucket.to_bytes(4, "big")
        found = self._cache.get(key)
        if isinstance(found, Missing):
            found = self._source.get(Family.STATE, self._prefix + key)
            self._cache.put(key, found)
        return found

    def all(self) -> Iterator[tuple[int, bytes]]:
        """Yield every bucket with leaves, in order."""
        cut = len(self._prefix)
        for key, value in self._source.scan(Family.STATE, self._prefix, layout.after(self._prefix)):
            yield int.from_bytes(key[cut:], "big"), value

    def committed(self, bucket: int, leaves: bytes | None) -> None:
        """Take over a bucket that was just committed."""
        self._cache.put(bucket.to_bytes(4, "big"), leaves)


class FrozenView:
    """One store as it was when a snapshot was taken. For any thread: its values never change."""

    def __init__(self, reading: Reading, store: str) -> None:
        self._reading = reading
        self._prefix = layout.value_prefix(store)
        self._cache = HotCache(SNAPSHOT_CACHE_BYTES)

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key."""
        found = self._cache.get(key)
        if isinstance(found, Missing):
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
