"""Storage keys of a contract: field id (u16, big-endian), then the encoded key of a Map; a Value has the id alone."""

from collections.abc import Callable
from typing import Any, NamedTuple

from huitong.contract.kinds import Integer, Kind
from huitong.types import keycode


class KeyCoder(NamedTuple):
    """Both ways of one kind of key."""

    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


def coder_of(kind: Kind) -> KeyCoder:
    """Return the coder for keys of a kind. Raises KeyError for a kind that cannot be a key."""
    if isinstance(kind, Integer):
        return (
            _integers(kind.bits, kind.signed) if kind.bits else KeyCoder(keycode.encode_integer, keycode.decode_integer)
        )
    if kind.name == "str":
        return KeyCoder(keycode.encode_text, keycode.decode_text)
    if kind.name == "bytes":
        return KeyCoder(keycode.encode_data, keycode.decode_data)
    raise KeyError(kind.name)


def _integers(bits: int, signed: bool) -> KeyCoder:
    return KeyCoder(
        lambda value: keycode.encode_width(value, bits, signed=signed),
        lambda raw: keycode.decode_width(raw, bits, signed=signed),
    )


def field_prefix(number: int) -> bytes:
    """First two bytes of all keys of a storage field; numbers stay below 65,535, so that a next one exists."""
    return number.to_bytes(2, "big")
