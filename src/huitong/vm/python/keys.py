"""Storage keys of a contract: field id (u16, big-endian), then the encoded keys of a Map; a Value has the id alone.

A key within a table of tables stands behind those of the tables around it: no encoded key is the beginning of another.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from huitong.contract.kinds import Integer, Kind
from huitong.contract.kinds_made import MapOf
from huitong.types import keycode
from huitong.types.limits import MAX_INTEGER_BYTES

_END = b"\x00\x01"


class KeyCoder(NamedTuple):
    """Both ways of one kind of key. size: length of the encoded key that some bytes begin with."""

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]
    size: Callable[[bytes], int]


def coder_of(kind: Kind) -> KeyCoder:
    """Return the coder for keys of a kind. Raises KeyError for a kind that cannot be a key."""
    if isinstance(kind, Integer):
        if kind.bits:
            return _integers(kind.bits, kind.signed)
        return KeyCoder(keycode.encode_integer, keycode.decode_integer, _integer_size)
    if kind.name == "str":
        return KeyCoder(keycode.encode_text, keycode.decode_text, _ended_size)
    if kind.name == "bytes":
        return KeyCoder(keycode.encode_data, keycode.decode_data, _ended_size)
    raise KeyError(kind.name)


def _integer_size(raw: bytes) -> int:
    return 2 + min(abs(int.from_bytes(raw[:2], "big") - 0x8000), MAX_INTEGER_BYTES)


def _ended_size(raw: bytes) -> int:
    """A zero within the key is followed by ff, so the first 00 01 is its end."""
    return raw.find(_END) + len(_END)


@lru_cache(maxsize=32)
def _integers(bits: int, signed: bool) -> KeyCoder:
    return KeyCoder(
        lambda value: keycode.encode_width(value, bits, signed=signed),
        lambda raw: keycode.decode_width(raw, bits, signed=signed),
        lambda _: bits // 8,
    )


def map_coder(key: Kind, value: Kind) -> KeyCoder:
    """Return the coder for the keys of a Map; for a table of tables, that of tuples of all keys of a row."""
    coders = [coder_of(key)]
    while isinstance(value, MapOf):
        coders.append(coder_of(value.key))
        value = value.value
    if len(coders) == 1:
        return coders[0]

    def decode(raw: bytes) -> tuple[Any, ...]:
        found: list[Any] = []
        for coder in coders:
            size = coder.size(raw)
            found.append(coder.decode(raw[:size]))
            raw = raw[size:]
        return tuple(found)

    def encode(keys: tuple[Any, ...]) -> bytes:
        return b"".join(coder.encode(part) for coder, part in zip(coders, keys, strict=True))

    return KeyCoder(encode, decode, len)


def field_prefix(number: int) -> bytes:
    """First two bytes of all keys of a storage field; numbers stay below 65,535, so that a next one exists."""
    return number.to_bytes(2, "big")


def end_of(prefix: bytes) -> bytes:
    """The first key behind all that begin with a prefix, which begins with the number of a field."""
    return (int.from_bytes(prefix, "big") + 1).to_bytes(len(prefix), "big")
