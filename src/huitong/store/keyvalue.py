"""The seam to a key-value engine: ordered bytes in two families, atomic batches, snapshots."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Protocol


class Family(IntEnum):
    """Two key spaces with one write-ahead log, so that a batch over both is atomic.

    STATE is overwritten all the time; CHAIN is written once in the order of heights and never changed.
    """

    STATE = 0
    CHAIN = 1


Change = tuple[Family, bytes, bytes | None]
"""(family, key, value), None for deletion."""


class Reading(Protocol):
    """Point and range reads of the STATE family as it stands at one moment. Safe in any thread."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key."""
        ...

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes."""
        ...


class KeyValue(Protocol):
    """A key-value engine. All methods may be called from any thread; only one thread writes.

    Every method raises only HuitongError: HT6201 (not readable), HT6203 (full), HT6204 (damaged), HT6004 (closed).
    """

    def get(self, family: Family, key: bytes) -> bytes | None:
        """Return the value under a key."""
        ...

    def get_many(self, family: Family, keys: Sequence[bytes]) -> Sequence[bytes | None]:
        """Return the value under each key, faster than one after the other."""
        ...

    def scan(self, family: Family, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes."""
        ...

    def write(self, changes: Sequence[Change], *, durable: bool) -> None:
        """Apply all changes or none. durable: return only after they would survive the death of the machine."""
        ...

    def snapshot(self) -> Reading:
        """Freeze the STATE family as it is now; released when the value is dropped."""
        ...

    def close(self) -> None:
        """Release files. Later calls raise HT6004."""
        ...
