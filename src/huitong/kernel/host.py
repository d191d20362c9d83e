"""The door of a running contract frame to the state."""

from typing import Any

from huitong.state import keys
from huitong.types import Answer, Caller, Code, Failed
from huitong.types.limits import (
    HASH_BYTES,
    MAX_EVENT_BYTES,
    MAX_KEY_BYTES,
    MAX_SCAN_ROWS,
    MAX_TOPICS,
    MAX_VALUE_BYTES,
)

from . import gas
from .stack import FrameStack

_MAX_DELETED_ROWS = 1024
"""How many deleted rows one scan walks over before it is refused: their gas was paid once, walks are not."""


class FrameHost:
    """`types.Host` for one frame: puts the contract's prefix before its keys and enforces limits and read-only."""

    def __init__(self, stack: FrameStack, contract: bytes, gas_limit: int, *, read_only: bool) -> None:
        self._stack = stack
        self._overlay = stack.overlay
        self._contract = contract
        self._prefix = keys.storage(contract)
        self._gas_limit = gas_limit
        self._read_only = read_only

    def read(self, key: bytes) -> bytes | None:
        """Return the value that this frame sees."""
        _check_key(key)
        return self._overlay.get(self._prefix + key)

    def scan(self, start: bytes, end: bytes, limit: int, *, reverse: bool) -> list[tuple[bytes, bytes]]:
        """Return at most `limit` rows with start <= key < end. Raises Failed HT4013."""
        _check_key(start)
        _check_key(end)
        if not 0 < limit <= MAX_SCAN_ROWS:
            raise Failed(Code.STORAGE_LIMIT, what="rows of a scan", limit=MAX_SCAN_ROWS)
        prefix, cut = self._prefix, len(self._prefix)
        rows: list[tuple[bytes, bytes]] = []
        deleted = 0
        for key, value in self._overlay.walk(prefix + start, prefix + end, reverse=reverse):
            if value is None:
                deleted += 1
            else:
                rows.append((key[cut:], value))
            if len(rows) == limit:
                break
            if deleted > _MAX_DELETED_ROWS:
                raise Failed(Code.STORAGE_LIMIT, what="deleted rows under a scan", limit=_MAX_DELETED_ROWS)
        return rows

    def write(self, writes: dict[bytes, bytes | None]) -> None:
        """Apply writes of this frame. Raises Failed HT4008, HT4013."""
        if writes and self._read_only:
            raise Failed(Code.READ_ONLY, method="write")
        for key, value in writes.items():
            _check_key(key)
            if value is not None and not 0 < len(value) <= MAX_VALUE_BYTES:
                raise Failed(Code.STORAGE_LIMIT, what="bytes of a value", limit=MAX_VALUE_BYTES)
            self._overlay.set(self._prefix + key, value)

    def emit(self, name: str | tuple[bytes, ...], data: bytes) -> None:
        """Append an event of this contract. Raises Failed HT4008, HT4014."""
        if self._read_only:
            raise Failed(Code.READ_ONLY, method="emit")
        size = len(name.encode()) if isinstance(name, str) else sum(map(len, name))
        if len(data) > MAX_EVENT_BYTES or size > MAX_TOPICS * HASH_BYTES:
            raise Failed(Code.EVENTS_LIMIT, limit=MAX_EVENT_BYTES)
        self._stack.emit(self._contract, name, data)

    def call(self, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool) -> Answer:
        """Call a contract or module in a new frame; this contract is the caller."""
        caller = Caller(self._contract, None, ())
        bounded = max(0, min(gas_limit, gas.passed_on(self._gas_limit)))
        return self._stack.call(caller, target, method, args, bounded, read_only=read_only or self._read_only)


def _check_key(key: bytes) -> None:
    if not 0 < len(key) <= MAX_KEY_BYTES:
        raise Failed(Code.STORAGE_LIMIT, what="bytes of a key", limit=MAX_KEY_BYTES)
