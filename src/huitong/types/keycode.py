r"""Storage keys of contracts: encodings whose bytes sort as the values do, and that no two values share.

| kind | bytes |
| --- | --- |
| integer of a declared width | big-endian of that width; a signed one with its first bit flipped |
| int | u16 of 0x8000 plus the count of bytes, then the bytes; negatives mirrored, see `encode_integer` |
| str, bytes | UTF-8 or the bytes, each 00 as 00 FF, ended by 00 01 |

Keys can stand one behind the other: none is the beginning of another of its kind. See docs/spec/state-tree.md.
"""

from typing import Final

from .codes import Code
from .errors import Rejected
from .limits import MAX_INTEGER_BYTES

_END: Final = b"\x00\x01"
_ESCAPED: Final = b"\x00\xff"
_MIDDLE: Final = 0x8000


def encode_width(value: int, bits: int, *, signed: bool) -> bytes:
    """Encode an integer of a declared width. Raises OverflowError for one outside of it."""
    shifted = value + (1 << (bits - 1)) if signed else value
    return shifted.to_bytes(bits // 8, "big")


def decode_width(raw: bytes, bits: int, *, signed: bool) -> int:
    """Undo `encode_width`. Raises Rejected HT1001."""
    if len(raw) != bits // 8:
        raise _bad("an integer of another width")
    value = int.from_bytes(raw, "big")
    return value - (1 << (bits - 1)) if signed else value


def encode_integer(value: int) -> bytes:
    """Encode an integer of any size: u16 of 0x8000 plus (minus for negatives) its byte count, then its bytes.

    Negatives carry the complement of their magnitude, so that the greater magnitude sorts first.
    """
    size = (abs(value).bit_length() + 7) // 8
    if value >= 0:
        return (_MIDDLE + size).to_bytes(2, "big") + value.to_bytes(size, "big")
    complement = (1 << (8 * size)) - 1 + value
    return (_MIDDLE - size).to_bytes(2, "big") + complement.to_bytes(size, "big")


def decode_integer(raw: bytes) -> int:
    """Undo `encode_integer`. Raises Rejected HT1001."""
    size = int.from_bytes(raw[:2], "big") - _MIDDLE
    if len(raw) != 2 + abs(size) or abs(size) > MAX_INTEGER_BYTES:
        raise _bad("an integer of another length")
    digits = int.from_bytes(raw[2:], "big")
    value = digits if size >= 0 else digits - (1 << (-8 * size)) + 1
    if encode_integer(value) != raw:
        raise _bad("an integer not in its shortest form")
    return value


def encode_data(value: bytes) -> bytes:
    """Encode bytes."""
    return value.replace(b"\x00", _ESCAPED) + _END


def decode_data(raw: bytes) -> bytes:
    """Undo `encode_data`. Raises Rejected HT1001."""
    body = raw[:-2]
    value = body.replace(_ESCAPED, b"\x00")
    if encode_data(value) != raw:
        raise _bad("bytes without their end, or with an end inside")
    return value


def encode_text(value: str) -> bytes:
    """Encode text; the order is that of the code points."""
    return encode_data(value.encode())


def decode_text(raw: bytes) -> str:
    """Undo `encode_text`. Raises Rejected HT1001."""
    try:
        return decode_data(raw).decode()
    except UnicodeDecodeError:
        raise _bad("a text that is no UTF-8") from None


def _bad(reason: str) -> Rejected:
    return Rejected(Code.ENCODING_MALFORMED, reason=f"a storage key holds {reason}")
