"""The little of protobuf that CometBFT and ICS-23 bytes need: a deterministic writer and a strict, bounded reader.

Writers follow proto3 as Go writes it: fields in ascending order, scalars that are zero and byte strings that are empty
are left out, embedded messages are written even when they are empty.
"""

from typing import Final

from huitong.types import Code, ProofInvalid

VARINT: Final = 0
FIXED64: Final = 1
LENGTH: Final = 2

_VARINT_BYTES: Final = 10
_MAX_FIELD: Final = 2**29 - 1


def uvarint(value: int) -> bytes:
    """Base 128 varint. A negative int64 takes ten bytes (its two's complement), as protobuf's `int64` does."""
    rest = value if value >= 0 else value + 2**64
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def integer(field: int, value: int) -> bytes:
    """Field of type int32, int64, uint32, uint64, bool or enum; nothing when it is zero."""
    return uvarint(field << 3) + uvarint(value) if value else b""


def octets(field: int, value: bytes) -> bytes:
    """Field of type bytes or string; nothing when it is empty."""
    return message(field, value) if value else b""


def message(field: int, value: bytes) -> bytes:
    """Embedded message, or element of a repeated bytes field: written also when it is empty."""
    return uvarint(field << 3 | LENGTH) + uvarint(len(value)) + value


def fixed64(field: int, value: int) -> bytes:
    """Field of type sfixed64; nothing when it is zero."""
    return uvarint(field << 3 | FIXED64) + value.to_bytes(8, "little", signed=True) if value else b""


def timestamp(time_ns: int) -> bytes:
    """Body of google.protobuf.Timestamp: seconds 1 (rounded down), nanoseconds 2."""
    return integer(1, time_ns // 10**9) + integer(2, time_ns % 10**9)


def delimited(body: bytes) -> bytes:
    """A message behind its own length."""
    return uvarint(len(body)) + body


def _malformed(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.PROOF_INVALID, reason=f"protobuf: {reason}")


def _read_varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for position in range(at, min(at + _VARINT_BYTES, len(raw))):
        byte = raw[position]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 2**64 or (byte == 0 and shift):
                raise _malformed("a varint is not in its shortest form")
            return value, position + 1
        shift += 7
    raise _malformed("a varint does not end")


def read_fields(raw: bytes, *, max_fields: int) -> list[tuple[int, int | bytes]]:
    """Split a message into (field number, value) pairs in the order of the bytes.

    Varints give an int (unsigned), length-delimited fields give bytes. Other wire types, unfinished or over-long
    varints and more than `max_fields` fields are refused. Whether a number may repeat is for the caller to say.
    Raises ProofInvalid HT7002.
    """
    fields: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(raw):
        tag, at = _read_varint(raw, at)
        number, wire = tag >> 3, tag & 7
        if not 0 < number <= _MAX_FIELD or len(fields) == max_fields:
            raise _malformed("a field number is out of range, or there are too many fields")
        value, at = _read_varint(raw, at)
        if wire == LENGTH:
            if value > len(raw) - at:
                raise _malformed("a field is longer than its message")
            fields.append((number, raw[at : at + value]))
            at += value
        elif wire == VARINT:
            fields.append((number, value))
        else:
            raise _malformed(f"wire type {wire} is not expected")
    return fields
