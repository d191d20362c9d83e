"""The one byte encoding: msgpack arrays, deterministic, with limits of our own. Specification: docs/spec/encoding.md.

Values: nil, booleans, integers, text, bytes, arrays, maps with text keys (sorted), extension 1 (integers outside
[-2^63, 2^64), minimal two's complement, at most 513 bytes), extension 2 (decimals). No floats.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec

from .codes import Code
from .decimal import FixedPoint
from .errors import HuitongError, Rejected
from .limits import (
    MAX_ENCODING_DEPTH,
    MAX_ENCODING_ITEMS,
    MAX_INTEGER_BITS,
    MAX_INTEGER_BYTES,
    MAX_TRANSACTION_BYTES,
)
from .scan import scan

EXTENSION_INTEGER: Final = 1
EXTENSION_DECIMAL: Final = 2

MAX_KEPT_RECORDS: Final = 4_096
"""Decoded records that `decode_kept` remembers, the least recently used are forgotten."""

_NATIVE_MIN: Final = -(2**63)
_NATIVE_MAX: Final = 2**64 - 1

T = TypeVar("T")


def _enc_hook(value: object) -> object:
    if getattr(type(value), "encoded_as_decimal_", False):  # `Fixed` of contracts, which not everyone may import
        value = FixedPoint(value.units, value.scale)  # type: ignore[attr-defined]  # the mark says that it has both
    if isinstance(value, FixedPoint):
        return msgspec.msgpack.Ext(EXTENSION_DECIMAL, value.to_bytes())
    raise HuitongError(Code.VALUE_INVALID, reason=f"a {type(value).__name__} cannot be encoded")


def _ext_hook(code: int, data: memoryview) -> object:
    raw = bytes(data)
    if code == EXTENSION_INTEGER:
        return _integer_from_bytes(raw)
    if code == EXTENSION_DECIMAL:
        return FixedPoint.from_bytes(raw)
    raise Rejected(Code.ENCODING_MALFORMED, reason=f"extension type {code} is not known")


_encoder = msgspec.msgpack.Encoder(enc_hook=_enc_hook, order="deterministic")
_decoders: dict[Any, msgspec.msgpack.Decoder[Any]] = {}


def _integer_from_bytes(raw: bytes) -> int:
    value = int.from_bytes(raw, "big", signed=True)
    if len(raw) > MAX_INTEGER_BYTES or value.bit_length() > MAX_INTEGER_BITS:
        raise Rejected(Code.ENCODING_TOO_LARGE, what="integer", limit=f"{MAX_INTEGER_BITS} bits")
    if _NATIVE_MIN <= value <= _NATIVE_MAX or raw != integer_bytes(value):
        raise Rejected(Code.ENCODING_NOT_CANONICAL, reason="an integer is not in its shortest form")
    return value


def integer_bytes(value: int) -> bytes:
    """Minimal two's complement, big-endian; zero is one byte 00."""
    magnitude = value if value >= 0 else ~value
    return value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)


def _wire(value: Any) -> Any:
    """Replace integers that msgpack cannot hold by extension 1, at any depth."""
    if isinstance(value, int):
        if _NATIVE_MIN <= value <= _NATIVE_MAX:
            return value
        if value.bit_length() > MAX_INTEGER_BITS:
            raise HuitongError(Code.OVERFLOW, reason=f"an integer of {value.bit_length()} bits")
        return msgspec.msgpack.Ext(EXTENSION_INTEGER, integer_bytes(value))
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    if isinstance(value, dict):
        return {key: _wire(item) for key, item in value.items()}
    if isinstance(value, msgspec.Struct):
        return [_wire(getattr(value, name)) for name in value.__struct_fields__]
    return value


def encode(value: Any) -> bytes:
    """Encode a value or an array struct. Equal values give equal bytes.

    Raises HT5003 for a kind of value that has no encoding (floats are not looked for: decoding refuses them), HT5005
    for an integer above 4096 bits.
    """
    try:
        try:
            return _encoder.encode(value)
        except OverflowError:
            return _encoder.encode(_wire(value))
    except TypeError as error:  # a map whose keys are no text
        raise HuitongError(Code.VALUE_INVALID, reason=str(error)) from None


def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    found = _decoders.get(kind)
    if found is None:
        found = _decoders[kind] = msgspec.msgpack.Decoder(kind, ext_hook=_ext_hook)
    return found


def decode(raw: bytes, kind: type[T], *, max_bytes: int = MAX_TRANSACTION_BYTES) -> T:
    """Decode canonical bytes of one value.

    The bytes are scanned first: depth <= 32, element count, `max_bytes`. What does not re-encode to itself is
    refused. Raises Rejected with HT1001 (malformed), HT1002 (depth), HT1003 (size), HT1004 (not canonical).
    """
    scan(raw, max_bytes=max_bytes, max_depth=MAX_ENCODING_DEPTH, max_items=MAX_ENCODING_ITEMS)
    value = decode_scanned(raw, kind)
    if _again(value) != raw:
        raise Rejected(Code.ENCODING_NOT_CANONICAL, reason="the bytes do not re-encode to themselves")
    return value


def _again(value: object) -> bytes:
    try:
        return encode(value)
    except HuitongError as error:
        raise Rejected(Code.ENCODING_MALFORMED, reason=str(error)) from None


def decode_scanned(raw: bytes, kind: type[T]) -> T:
    """Decode bytes that this node wrote itself, or that `scan` has passed; no check of the canonical form."""
    try:
        value: T = _decoder(kind).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Rejected(Code.ENCODING_MALFORMED, reason=_reason(error)) from None
    return value


_kept: Callable[[bytes, Any], Any] = lru_cache(maxsize=MAX_KEPT_RECORDS)(decode_scanned)


def decode_kept(raw: bytes, kind: type[T]) -> T:
    """As `decode_scanned`, for immutable records that are read far more often than they change: one value serves all.

    Bounded by count; such records have a few kilobytes at most.
    """
    value: T = _kept(raw, kind)
    return value


def _reason(error: Exception) -> str:
    return str(error)[:160]
