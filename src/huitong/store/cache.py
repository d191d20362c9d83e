"""Bounded memory in front of the store: hot values, and a filter over recent transaction ids."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

_OVERHEAD: Final = 160
"""Bytes that two byte strings and their place in a dictionary cost beside their content, about."""


class Missing(Enum):
    """Marks that a cache knows nothing of a key; None means that the key is absent."""

    MISSING = 0


MISSING: Final = Missing.MISSING


class HotCache:
    """Key -> value (None: absent) in two generations, so that what is used stays, within a bound in bytes.

    A look-up in the old generation moves the entry to the young one. When the young one has half of the bound it
    becomes the old one. That costs two dictionary look-ups at most and needs no list of uses. Several threads may share
    it only while the values never change: an entry may then be lost, never wrong.
    """

    def __init__(self, max_bytes: int) -> None:
        self._half = max_bytes // 2
        self._young: dict[bytes, bytes | None] = {}
        self._old: dict[bytes, bytes | None] = {}
        self._size = 0

    def get(self, key: bytes) -> bytes | Missing | None:
        """Return the value, None when the key is known to be absent, MISSING when it is not known."""
        found = self._young.get(key, MISSING)
        if found is not MISSING:
            return found
        found = self._old.get(key, MISSING)
        if found is not MISSING:
            self.put(key, found)
        return found

    def put(self, key: bytes, value: bytes | None) -> None:
        """Keep a value."""
        if self._size > self._half:
            self._turn()
        self._young[key] = value
        self._size += len(key) + (len(value) if value else 0) + _OVERHEAD

    def update(self, values: Mapping[bytes, bytes | None]) -> None:
        """Keep many values, for the price of one update of a dictionary where they fit together."""
        size = sum(map(len, values)) + sum(map(len, filter(None, values.values()))) + _OVERHEAD * len(values)
        if size > self._half:
            for key, value in values.items():
                self.put(key, value)
            return
        if self._size + size > self._half:
            self._turn()
        self._young.update(values)
        self._size += size

    def _turn(self) -> None:
        self._old, self._young, self._size = self._young, {}, 0


class _Generation:
    """A filter with two probes per id, and the heights whose ids it holds."""

    def __init__(self) -> None:
        self.flags = bytearray(1 << 24)
        self.count = 0
        self.last_height = 0

    def add(self, tx_id: bytes) -> None:
        self.flags[int.from_bytes(tx_id[:3], "big")] = 1
        self.flags[int.from_bytes(tx_id[3:6], "big")] = 1

    def may_hold(self, tx_id: bytes) -> bool:
        return bool(self.flags[int.from_bytes(tx_id[:3], "big")] and self.flags[int.from_bytes(tx_id[3:6], "big")])


GENERATION_IDS: Final = 2_000_000
"""Ids after which a filter is exchanged, if the other one holds nothing that is still remembered."""


class IdFilter:
    """Says "not seen" without a look at the disk. Ids are hashes, so their first bytes serve as probes.

    Two filters of 16 MiB (touched as they fill); wrong only on the side of "maybe". After a start it answers "maybe"
    to everything until the ids of before the start are forgotten, so that nothing has to be loaded.
    """

    def __init__(self, cold_until: int) -> None:
        self._cold_until = cold_until
        self._current = _Generation()
        self._previous: _Generation | None = None

    def add(self, height: int, ids: tuple[bytes, ...]) -> None:
        """Note the ids of a block."""
        current = self._current
        if current.count > GENERATION_IDS and self._previous is None:
            self._previous, self._current = current, _Generation()
            current = self._current
        for tx_id in ids:
            current.add(tx_id)
        current.count += len(ids)
        current.last_height = height

    def forget_below(self, oldest: int) -> None:
        """Say that no id of a height below `oldest` is remembered any more."""
        if self._cold_until and oldest > self._cold_until:
            self._cold_until = 0
        if self._previous and self._previous.last_height < oldest:
            self._previous = None

    def may_hold(self, tx_id: bytes) -> bool:
        """False only when the id is not remembered."""
        if self._cold_until or self._current.may_hold(tx_id):
            return True
        previous = self._previous  # another thread may forget it in between
        return previous is not None and previous.may_hold(tx_id)
