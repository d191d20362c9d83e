"""Fixed-point numbers: an integer of units and a number of decimal places. Never a float."""

import msgspec

from .codes import Code
from .errors import Rejected
from .limits import MAX_DECIMAL_SCALE, MAX_INTEGER_BITS


class FixedPoint(msgspec.Struct, frozen=True):
    """`units` / 10**`scale`. Two values are the same only with the same scale: 1.50 is not 1.5.

    Bytes of extension 2: scale (one byte), then the units in minimal two's complement, big-endian.
    """

    units: int
    scale: int

    def to_bytes(self) -> bytes:
        """Payload of extension 2."""
        magnitude = self.units if self.units >= 0 else ~self.units
        size = magnitude.bit_length() // 8 + 1
        return bytes((self.scale,)) + self.units.to_bytes(size, "big", signed=True)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "FixedPoint":
        """Read the payload of extension 2. Raises Rejected HT1001, HT1004."""
        if not raw[1:] or raw[0] > MAX_DECIMAL_SCALE or len(raw) > 2 + MAX_INTEGER_BITS // 8:
            raise Rejected(Code.ENCODING_MALFORMED, reason="a decimal has no units, or is too long")
        value = cls(int.from_bytes(raw[1:], "big", signed=True), raw[0])
        if value.to_bytes() != raw:
            raise Rejected(Code.ENCODING_NOT_CANONICAL, reason="a decimal is not in its shortest form")
        return value

    def __str__(self) -> str:
        if self.scale == 0:
            return str(self.units)
        digits = str(abs(self.units)).rjust(self.scale + 1, "0")
        sign = "-" if self.units < 0 else ""
        return f"{sign}{digits[: -self.scale]}.{digits[-self.scale :]}"
