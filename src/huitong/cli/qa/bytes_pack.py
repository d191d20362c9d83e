"""A msgpack writer of the fuzzer's own: the one canonical form, or at a seed's will any other that a reader might take.

It shares no code with `huitong.types.encode`, so that it can judge it.
"""

import struct
from random import Random
from typing import Any, Final

import msgspec

_WILD: Final = 0.25
"""Chance that a wild writer takes another form where there is one."""
_FIXED_EXTENSIONS: Final = {1: 0xD4, 2: 0xD5, 4: 0xD6, 8: 0xD7, 16: 0xD8}


class Spliced:
    """Bytes that stand for one element as they are."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


def pack(value: Any, wild: Random | None = None) -> bytes:
    """Write one value; wild: heads too wide, maps unsorted or with a key twice. Raises TypeError for other kinds."""
    if isinstance(value, Spliced):
        return value.raw
    if value is None or isinstance(value, bool):
        return b"\xc0" if value is None else bytes((0xC2 + value,))
    if isinstance(value, int):
        return _integer(value, wild)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        return _head(len(value.encode()), (0xA0, 32), (0xD9, 0xDA, 0xDB), wild) + value.encode()
    if isinstance(value, bytes):
        return _head(len(value), None, (0xC4, 0xC5, 0xC6), wild) + value
    return _collection(value, wild)


def _collection(value: Any, wild: Random | None) -> bytes:
    if isinstance(value, list | tuple):
        return _head(len(value), (0x90, 16), (None, 0xDC, 0xDD), wild) + b"".join(pack(item, wild) for item in value)
    if isinstance(value, dict):
        return _map(value, wild)
    if isinstance(value, msgspec.msgpack.Ext):
        return _extension(value.code, bytes(value.data), wild)
    raise TypeError(type(value).__name__)


def _strange(wild: Random | None) -> bool:
    return wild is not None and wild.random() < _WILD


def _integer(value: int, wild: Random | None) -> bytes:
    if not -(2**63) <= value < 2**64:
        size = (value if value >= 0 else ~value).bit_length() // 8 + 1 + _strange(wild)
        return _extension(1, value.to_bytes(size, "big", signed=True), wild)
    if -32 <= value < 128 and not _strange(wild):
        return value.to_bytes(1, "big", signed=value < 0)
    signed = value < 0
    widths = [width for width in (1, 2, 4, 8) if _fits(value, width)]
    width = wild.choice(widths) if wild is not None and _strange(wild) else widths[0]
    head = (0xD0 if signed else 0xCC) + width.bit_length() - 1
    return bytes((head,)) + value.to_bytes(width, "big", signed=signed)


def _fits(value: int, width: int) -> bool:
    return -(1 << 8 * width - 1) <= value if value < 0 else value < 1 << 8 * width


def _head(size: int, fixed: tuple[int, int] | None, heads: tuple[int | None, int, int], wild: Random | None) -> bytes:
    if fixed is not None and size < fixed[1] and not _strange(wild):
        return bytes((fixed[0] + size,))
    for head, width in zip(heads, (1, 2, 4), strict=True):
        if head is not None and size < 1 << 8 * width and (width == 4 or not _strange(wild)):
            return bytes((head,)) + size.to_bytes(width, "big")
    raise TypeError("too long")


def _map(value: dict[Any, Any], wild: Random | None) -> bytes:
    pairs = [(pack(key, wild), pack(item, wild)) for key, item in sorted(value.items(), key=_place)]
    if wild is not None and pairs and _strange(wild):
        pairs.append(wild.choice(pairs))
        wild.shuffle(pairs)
    return _head(len(pairs), (0x80, 16), (None, 0xDE, 0xDF), wild) + b"".join(key + item for key, item in pairs)


def _place(pair: tuple[Any, Any]) -> bytes:
    key = pair[0]
    return key.encode() if isinstance(key, str) else pack(key)


def _extension(kind: int, data: bytes, wild: Random | None) -> bytes:
    code = kind.to_bytes(1, "big", signed=kind < 0)
    head = _FIXED_EXTENSIONS.get(len(data))
    if head is not None and not _strange(wild):
        return bytes((head,)) + code + data
    return _head(len(data), None, (0xC7, 0xC8, 0xC9), wild) + code + data
