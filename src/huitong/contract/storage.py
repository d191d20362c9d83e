"""Storage fields of a contract, as they behave in unit tests: kept in memory, in the form that the chain keeps."""

from collections.abc import Iterable, MutableMapping
from typing import Any, Generic, TypeVar, overload

from .faults import MissingKey
from .kinds import KEY_KINDS, Kind
from .kinds_made import MapOf

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
    """A stored table. Reading gives a fresh copy: assign it back to keep a change.

    The value of a `Map[K, Map[L, T]]` is a table too: `self.m[k][l]`. Of the outer one only `[k]` can be asked. path:
    keys of the tables around this one; rows of tables within tables lie under tuples of all keys.
    """

    __slots__ = ("_key", "_name", "_path", "_rows", "_value")
    __iter__ = None
    """Rows are listed by `items`; Python would else try the keys 0, 1, 2, ..."""

    def __init__(
        self,
        name: str,
        key: Kind,
        value: Kind,
        rows: MutableMapping[Any, Any] | None = None,
        path: tuple[Any, ...] = (),
    ) -> None:
        if key.name not in KEY_KINDS:
            raise TypeError(f"{name}: keys of a Map are str, bytes or int, not {key.name}")
        self._name = name
        self._key = key
        self._value = value
        self._path = path
        self._rows: MutableMapping[Any, Any] = {} if rows is None else rows

    def _row(self, key: Any) -> Any:
        """Key of a row. Raises WrongType, and TypeError when the rows are those of inner tables."""
        found = self._key.wire(key, self._name)
        if isinstance(self._value, MapOf):
            raise TypeError(f"{self._name} holds tables: ask one of them")
        return (*self._path, found) if self._path else found

    def __contains__(self, key: K) -> bool:
        return self._row(key) in self._rows

    def __getitem__(self, key: K) -> V:
        kind = self._value
        if isinstance(kind, MapOf):
            path = (*self._path, self._key.wire(key, self._name))
            inner: Any = Map(self._name, kind.key, kind.value, self._rows, path)
            return inner  # type: ignore[no-any-return]  # V is the inner Map
        found = self._rows.get(self._row(key), _NO_DEFAULT)
        if found is _NO_DEFAULT:
            raise MissingKey(self._name)
        value: V = kind.read(found, self._name, lenient=True)
        return value

    def __setitem__(self, key: K, value: V) -> None:
        row = self._row(key)
        self._rows[row] = self._value.wire(value, self._name)

    def __delitem__(self, key: K) -> None:
        if self._rows.pop(self._row(key), _NO_DEFAULT) is _NO_DEFAULT:
            raise MissingKey(self._name)

    @overload
    def get(self, key: K) -> V | None: ...
    @overload
    def get(self, key: K, default: D) -> V | D: ...
    def get(self, key: K, default: Any = None) -> Any:
        """Return the value under a key, or the default."""
        found = self._rows.get(self._row(key), _NO_DEFAULT)
        return default if found is _NO_DEFAULT else self._value.read(found, self._name, lenient=True)

    def items(
        self, *, start: K | None = None, stop: K | None = None, limit: int = DEFAULT_ROWS, reverse: bool = False
    ) -> list[tuple[K, V]]:
        """Return at most `limit` rows with start <= key < stop in the order of the keys (the reverse if asked)."""
        if isinstance(self._value, MapOf):
            raise TypeError(f"{self._name} holds tables: ask one of them")
        check_limit(limit)
        low = None if start is None else self._key.wire(start, self._name)
        high = None if stop is None else self._key.wire(stop, self._name)
        inside = (key for key in self._keys() if (low is None or key >= low) and (high is None or key < high))
        ordered = sorted(inside, reverse=reverse)[:limit]
        return [(key, self[key]) for key in ordered]

    def _keys(self) -> Iterable[Any]:
        """Keys of this table alone."""
        if not self._path:
            return list(self._rows)
        size = len(self._path)
        return [row[-1] for row in self._rows if row[:size] == self._path]


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
