"""The pre-scan: limits are enforced on the bytes, without recursion, before anything is decoded."""

from typing import Final

from .codes import Code
from .errors import Rejected
from .native import native

_BAD: Final = 0
_ARRAY: Final = -1
_MAP: Final = -2
_SIZED: Final = -3
_CUT: Final = -4
_EXTENSION: Final = -5
_SCALARS: Final = (_SIZED, _EXTENSION)
_LONG_HEADS: Final = 0xA0
_FIXED_EXTENSION: Final = 0xD4
_EXTENSION_TYPES: Final = (1, 2)


def _heads() -> tuple[list[int], dict[int, tuple[int, int]]]:
    """Tables by first byte: whole size of a fixed element, or a negative kind; (bytes of length, extra) of sized."""
    table = [_BAD] * 256
    for head in (*range(0x80), *range(0xE0, 0x100), 0xC0, 0xC2, 0xC3):
        table[head] = 1
    for offset in range(32):
        table[0xA0 + offset] = 1 + offset
    for head in range(0x80, 0x90):
        table[head] = _MAP
    for head in range(0x90, 0xA0):
        table[head] = _ARRAY
    for power in range(4):
        table[0xCC + power] = table[0xD0 + power] = 1 + 2**power
    sized = {
        0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0),
        0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1),
        0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0),
    }  # fmt: skip
    for head in sized:
        table[head] = _SIZED
    for head in (*range(0xC7, 0xCA), *range(0xD4, 0xD9)):
        table[head] = _EXTENSION
    table[0xDC] = table[0xDD] = _ARRAY
    table[0xDE] = table[0xDF] = _MAP
    return table, sized


_TABLE, _LENGTHS = _heads()


def _truncated() -> Rejected:
    return Rejected(Code.ENCODING_MALFORMED, reason="the bytes end inside an element")


def _sized(raw: bytes, position: int) -> int:
    """Whole size of text, bytes or an extension whose length stands behind the first byte."""
    width, extra = _LENGTHS[raw[position]]
    return 1 + width + extra + int.from_bytes(raw[position + 1 : position + 1 + width], "big")


def _extension(raw: bytes, position: int) -> int:
    """Whole size of an extension; its type must be one of ours (msgspec would read type -1 as a time)."""
    head = raw[position]
    if head >= _FIXED_EXTENSION:
        place, size = position + 1, 2 + (1 << (head - _FIXED_EXTENSION))
    else:
        place, size = position + 1 + _LENGTHS[head][0], _sized(raw, position)
    if place < len(raw) and raw[place] not in _EXTENSION_TYPES:
        raise Rejected(Code.ENCODING_MALFORMED, reason=f"extension type {raw[place]} is not known")
    return size


def _scalar(raw: bytes, position: int, step: int) -> int:
    return _sized(raw, position) if step == _SIZED else _extension(raw, position)


def _children(raw: bytes, position: int, kind: int) -> tuple[int, int]:
    """Return (number of child elements, size of the head) of an array or map."""
    if kind == _BAD:
        raise Rejected(Code.ENCODING_MALFORMED, reason=f"byte {raw[position]:#04x} is no element of the encoding")
    if kind == _CUT:
        raise _truncated()
    head = raw[position]
    if head < _LONG_HEADS:
        count, size = head & 0x0F, 1
    else:
        width = 2 if head in (0xDC, 0xDE) else 4
        count, size = int.from_bytes(raw[position + 1 : position + 1 + width], "big"), 1 + width
    return (count * 2 if kind == _MAP else count), size


_CRATE: Final = native()


def scan(raw: bytes, *, max_bytes: int, max_depth: int, max_items: int) -> None:
    """Judge the elements of one encoded value.

    Raises Rejected: HT1003 when over `max_bytes` or `max_items`, HT1002 when nested deeper than `max_depth`,
    HT1001 for floats, reserved bytes, a cut end or bytes behind the value.
    """
    if len(raw) > max_bytes:
        raise Rejected(Code.ENCODING_TOO_LARGE, what="encoding", limit=f"{max_bytes} bytes")
    if _CRATE is None or not _CRATE.scan(raw, max_depth, max_items):
        walk(raw, max_depth=max_depth, max_items=max_items)


def walk(raw: bytes, *, max_depth: int, max_items: int) -> None:
    """Walk over the elements in Python, and say what is wrong. Raises as `scan` does."""
    table, end = _TABLE, len(raw)
    stack: list[int] = []
    remaining, position, items = 1, 0, 0
    while remaining or stack:
        if not remaining:
            remaining = stack.pop()
            continue
        remaining -= 1
        step = table[raw[position]] if position < end else _CUT
        if step > 0:
            position += step
        elif step in _SCALARS:
            position += _scalar(raw, position, step)
        else:
            count, size = _children(raw, position, step)
            position += size
            items += count
            _check_room(count, items, max_items, end - position)
            stack.append(remaining)
            if len(stack) > max_depth:
                raise Rejected(Code.ENCODING_TOO_DEEP, limit=max_depth)
            remaining = count
    _check_end(position, end)


def _check_room(count: int, items: int, max_items: int, left: int) -> None:
    if count > left and items <= max_items:
        raise _truncated()
    if items > max_items:
        raise Rejected(Code.ENCODING_TOO_LARGE, what="collection", limit=f"{max_items} elements")


def _check_end(position: int, end: int) -> None:
    if position > end:
        raise _truncated()
    if position < end:
        raise Rejected(Code.ENCODING_MALFORMED, reason="bytes stand behind the value")
