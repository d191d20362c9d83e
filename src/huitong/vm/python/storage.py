"""Storage of a running frame: a cache of what was read, pending writes, and the handles that contracts use."""

from collections.abc import Callable
from typing import Any, Final

from huitong.contract.faults import MissingKey
from huitong.contract.kinds import Integer, Kind, Scalar
from huitong.contract.kinds_made import MapOf
from huitong.contract.storage import DEFAULT_ROWS, check_limit
from huitong.types import Code, Failed, Host, decode_scanned, encode
from huitong.types.limits import MAX_KEY_BYTES, MAX_VALUE_BYTES

from . import gas
from .keys import coder_of, end_of
from .runtime import Halt, OutOfGas, Runtime

MAX_CONTRACT_KEY_BYTES: Final = MAX_KEY_BYTES - 32
"""Longest key with its field id: the kernel puts the contract's address in front, scans a byte behind."""
_NONE: Any = object()
_ROW_AT_MOST: Final = gas.SCAN_ROW + gas.READ_BYTE * MAX_VALUE_BYTES


class Store:
    """What one frame after the other reads and writes. Writes reach the host when the frame ends, calls or scans."""

    host: Host
    read_only: bool
    """Of the running frame."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self._meter = runtime.meter
        self.use = runtime.meter.use
        self._seen: dict[bytes, bytes | None] = {}
        self._pending: dict[bytes, bytes | None] = {}
        self._warm: set[bytes] = set()

    def begin(self, host: Host, *, read_only: bool) -> None:
        """A frame begins: nothing is known and nothing written."""
        self.host = host
        self.read_only = read_only
        self._seen.clear()
        self._pending.clear()
        self._warm.clear()

    def touch(self, key: bytes) -> None:
        """Charge for a key: more for its first use in this frame."""
        meter = self._meter
        if key in self._warm:
            meter.left -= gas.READ_WARM
        else:
            meter.left -= gas.READ_COLD
            self._warm.add(key)
        if meter.left < 0:
            raise OutOfGas

    def read(self, key: bytes) -> bytes | None:
        """Return the value that this frame sees."""
        self.touch(key)
        if key in self._pending:
            value = self._pending[key]
        elif key in self._seen:
            value = self._seen[key]
        else:
            value = self._seen[key] = self.host.read(key)
        if value is not None:
            self.use(gas.READ_BYTE * len(value))
        return value

    def write(self, key: bytes, value: bytes | None) -> None:
        """Note a write; the encoding is paid before by its caller."""
        if self.read_only:
            raise Halt(Code.READ_ONLY)
        self.touch(key)
        again = key in self._pending
        self.use((gas.WRITE_AGAIN if again else gas.WRITE) + gas.WRITE_BYTE * len(value or b""))
        self._pending[key] = value

    def flush(self) -> None:
        """Hand pending writes to the host. What was read may change while others run, so it is forgotten."""
        self._seen.clear()
        pending = self._pending
        if pending:
            self._pending = {}
            self.host.write(dict(sorted(pending.items())) if len(pending) > 1 else pending)

    def scan(self, start: bytes, end: bytes, limit: int, *, reverse: bool) -> list[tuple[bytes, bytes]]:
        """Return rows, fetched in parts that the gas left can pay."""
        self.flush()
        self.use(gas.SCAN)
        rows: list[tuple[bytes, bytes]] = []
        while len(rows) < limit:
            affordable = max(1, self.runtime.meter.left // _ROW_AT_MOST)
            wanted = min(limit - len(rows), affordable)
            self.use(gas.SCAN_ROW)
            found = self.host.scan(start, end, wanted, reverse=reverse)
            self.use(sum(gas.SCAN_ROW + gas.READ_BYTE * (len(key) + len(value)) for key, value in found))
            rows += found
            if len(found) < wanted:
                break
            start, end = (start, found[-1][0]) if reverse else (found[-1][0] + b"\x00", end)
        return rows


class Handle:
    """A storage field of a running frame."""

    def __init__(self, store: Store, name: str, prefix: bytes, kind: Kind) -> None:
        self.store = store
        self.name = name
        self.prefix = prefix
        self.kind = kind
        self._visit = store.runtime.values.visit
        self._nested = not isinstance(kind, Scalar | Integer)

    def pack(self, value: Any) -> bytes:
        """Check and encode a value. Raises WrongType, OverflowError; Halt HT4013 when too long."""
        self._visit(value)
        raw = encode(self.kind.wire(value, self.name))
        if len(raw) > MAX_VALUE_BYTES:
            raise Halt(Code.STORAGE_LIMIT, what="value", limit=MAX_VALUE_BYTES)
        return raw

    def unpack(self, raw: bytes) -> Any:
        """Decode a stored value; fields that newer code no longer has are left out."""
        if self._nested:
            self.store.use(gas.READ_NESTED_BYTE * len(raw))
        return self.kind.read(decode_scanned(raw, Any), self.name, lenient=True)

    def default(self, default: Any) -> Any:
        """Return the default where nothing is stored. Raises MissingKey without one."""
        if default is _NONE:
            raise MissingKey(self.name)
        return default


class StoredMap(Handle):
    """`self.name` for a Map, or a table within one. prefix: field id and the keys of the tables around it.

    Methods with a trailing underscore are called by helpers, never by contracts.
    """

    def __init__(self, store: Store, name: str, prefix: bytes, key: Kind, value: Kind) -> None:
        super().__init__(store, name, prefix, value)
        self.key_kind = key
        self.coder = coder_of(key)
        self._tables = isinstance(value, MapOf)

    def methods_(self, name: str) -> Callable[..., Any]:
        """Return a method that contracts call."""
        table: dict[str, Callable[..., Any]] = {"get": self._get, "items": self._items}
        return table[name]

    def key(self, key: Any) -> bytes:
        """Encode a key. Raises WrongType, OverflowError; Halt HT4013 when too long."""
        self._visit(key)
        raw = self.prefix + self.coder.encode(self.key_kind.wire(key, self.name))
        if len(raw) > MAX_CONTRACT_KEY_BYTES:
            raise Halt(Code.STORAGE_LIMIT, what="key", limit=MAX_CONTRACT_KEY_BYTES)
        return raw

    def row(self, key: Any) -> bytes:
        """Encode the key of a row. Raises TypeError when the rows are those of inner tables."""
        found = self.key(key)
        if self._tables:
            raise TypeError("a table of tables has no rows of its own")
        return found

    def has_key_(self, key: Any) -> bool:
        """`in`."""
        return self.store.read(self.row(key)) is not None

    def read_(self, key: Any) -> Any:
        """`self.name[key]`."""
        kind = self.kind
        if self._tables:
            assert isinstance(kind, MapOf)
            self.store.use(gas.INSTANCE)
            return StoredMap(self.store, self.name, self.key(key), kind.key, kind.value)
        raw = self.store.read(self.key(key))
        if raw is None:
            raise MissingKey(self.name)
        return self.unpack(raw)

    def _get(self, key: Any, default: Any = None, /) -> Any:
        raw = self.store.read(self.row(key))
        return self.default(default) if raw is None else self.unpack(raw)

    def write_(self, key: Any, value: Any) -> None:
        """`self.name[key] = value`."""
        row = self.row(key)
        self.store.write(row, self.pack(value))

    def remove_(self, key: Any) -> None:
        """`del self.name[key]`."""
        raw = self.row(key)
        if self.store.read(raw) is None:
            raise MissingKey(self.name)
        self.store.write(raw, None)

    def _items(
        self, *, start: Any = None, stop: Any = None, limit: Any = DEFAULT_ROWS, reverse: Any = False
    ) -> list[tuple[Any, Any]]:
        if isinstance(self.kind, MapOf):
            raise TypeError("a table of tables has no rows of its own")
        check_limit(limit)
        if type(reverse) is not bool:
            raise TypeError("reverse is True or False")
        low = self.prefix if start is None else self.key(start)
        high = end_of(self.prefix) if stop is None else self.key(stop)
        rows = self.store.scan(low, high, limit, reverse=reverse) if low < high else []
        return [(self.coder.decode(key[len(self.prefix) :]), self.unpack(raw)) for key, raw in rows]


class StoredValue(Handle):
    """`self.name` for a Value."""

    def methods_(self, name: str) -> Callable[..., Any]:
        """Return a method that contracts call."""
        table: dict[str, Callable[..., Any]] = {
            "get": self._get,
            "set": self._set,
            "delete": self._delete,
            "exists": self._exists,
        }
        return table[name]

    def _get(self, default: Any = _NONE, /) -> Any:
        raw = self.store.read(self.prefix)
        return self.default(default) if raw is None else self.unpack(raw)

    def _set(self, value: Any, /) -> None:
        self.store.write(self.prefix, self.pack(value))

    def _delete(self) -> None:
        if self.store.read(self.prefix) is None:
            raise MissingKey(self.name)
        self.store.write(self.prefix, None)

    def _exists(self) -> bool:
        return self.store.read(self.prefix) is not None


def field_numbers(names: tuple[str, ...], given: tuple[tuple[str, int], ...]) -> dict[str, int]:
    """Return the id of each declared field. Raises Failed HT3010 when the state does not know one."""
    numbers = dict(given)
    missing = [name for name in names if name not in numbers]
    if missing:
        raise Failed(Code.TREE_MALFORMED, reason=f"the storage field {missing[0]} has no number")
    return numbers
