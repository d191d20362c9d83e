"""Storage fields of a contract, as they behave in unit tests: kept in memory, in the form that the chain keeps."""

from collections.abc import MutableMapping
from typing import Any, Generic, TypeVar, overload

from .faults import MissingKey
from .kinds import KEY_KINDS, Kind

K = TypeVar("K", str, bytes, int)
V = TypeVar("V")
D = TypeVar("D")

DEFAULT_ROWS = 100
"""Rows that `items` returns when no limit is given."""
MAX_ROWS = 256
"""Most rows that `items` returns at once."""

_NO_DEFAULT: Any = object()


def check_limit(limit: Any) -> None:
    """Check the `limit` of `items`. Raises ValueError."""
    if type(limit) is not int or not 0 < limit <= MAX_ROWS:
        raise ValueError(f"limit must be 1 to {MAX_ROWS}")


class Map(Generic[K, V]):
    """A stored table. Reading gives a fresh copy: assign it back to keep a change."""

    __slots__ = ("_key", "_name", "_rows", "_value")

    def __init__(self, name: str, key: Kind, value: Kind, rows: MutableMapping[Any, Any] | None = None) -> None:
        if key.name not in KEY_KINDS:
            raise TypeError(f"{name}: keys of a Map are str, bytes or int, not {key.name}")
        self._name = name
        self._key = key
        self._value = value
        self._rows: MutableMapping[Any, Any] = {} if rows is None else rows

    def __contains__(self, key: K) -> bool:
        return self._key.wire(key, self._name) in self._rows

    def __getitem__(self, key: K) -> V:
        found = self._rows.get(self._key.wire(key, self._name), _NO_DEFAULT)
        if found is _NO_DEFAULT:
            raise MissingKey(self._name)
        value: V = self._value.read(found, self._name, lenient=True)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        self._rows[self._key.wire(key, self._name)] = self._value.wire(value, self._name)

    def __delitem__(self, key: K) -> None:
        if self._rows.pop(self._key.wire(key, self._name), _NO_DEFAULT) is _NO_DEFAULT:
            raise MissingKey(self._name)

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: D) -> V | D: ...
    def get(self, key: K, default: Any = None) -> Any:
        """Return the value under a key, or the default."""
        found = self._rows.get(self._key.wire(key, self._name), _NO_DEFAULT)
        return default if found is _NO_DEFAULT else self._value.read(found, self._name, lenient=True)

    def items(
        self, *, start: K | None = None, stop: K | None = None, limit: int = DEFAULT_ROWS, reverse: bool = False
    ) -> list[tuple[K, V]]:
        """Return at most `limit` rows with start <= key < stop in the order of the keys (the reverse if asked)."""
        check_limit(limit)
        low = None if start is None else self._key.wire(start, self._name)
        high = None if stop is None else self._key.wire(stop, self._name)
        inside = (key for key in self._rows if (low is None or key >= low) and (high is None or key < high))
        ordered = sorted(inside, reverse=reverse)[:limit]
        return [(key, self[key]) for key in ordered]


class Value(Generic[V]):
    """A stored single value: the row under None."""

    __slots__ = ("_kind", "_name", "_rows")

    def __init__(self, name: str, kind: Kind, rows: MutableMapping[Any, Any] | None = None) -> None:
        self._name = name
        self._kind = kind
        self._rows: MutableMapping[Any, Any] = {} if rows is None else rows

    @overload
    def get(self) -> V: ...
    @overload
    def get(self, default: D) -> V | D: ...
    def get(self, default: Any = _NO_DEFAULT) -> Any:
        """Return the value, or the default. Raises KeyError when there is neither."""
        stored = self._rows.get(None, _NO_DEFAULT)
        if stored is not _NO_DEFAULT:
            return self._kind.read(stored, self._name, lenient=True)
        if default is _NO_DEFAULT:
            raise MissingKey(self._name)
        return default

    def set(self, value: V) -> None:
        """Store a value."""
        self._rows[None] = self._kind.wire(value, self._name)

    def delete(self) -> None:
        """Forget the value. Raises KeyError when there is none."""
        if self._rows.pop(None, _NO_DEFAULT) is _NO_DEFAULT:
            raise MissingKey(self._name)

    def exists(self) -> bool:
        """True when a value is stored."""
        return None in self._rows
