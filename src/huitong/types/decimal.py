"""Fixed-point numbers: an integer of units and a number of decimal places. Never a float."""

from typing import Any, NoReturn

from .codes import Code
from .errors import HuitongError, Rejected
from .limits import MAX_DECIMAL_SCALE, MAX_INTEGER_BITS


class FixedPoint:
    """`units` / 10**`scale`. Two values are the same only with the same scale: 1.50 is not 1.5.

    units: at most 4096 bits. scale: 0 to 38. Raises HT5003 outside of that. Bytes of extension 2: scale (one byte),
    then the units in minimal two's complement, big-endian. No msgspec struct: those are encoded as maps or arrays.
    """

    __slots__ = ("scale", "units")
    scale: int
    units: int

    def __init__(self, units: int, scale: int) -> None:
        if not 0 <= scale <= MAX_DECIMAL_SCALE or units.bit_length() > MAX_INTEGER_BITS:
            reason = f"a decimal has a scale of 0 to {MAX_DECIMAL_SCALE} and at most {MAX_INTEGER_BITS} bits"
            raise HuitongError(Code.VALUE_INVALID, reason=reason)
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "scale", scale)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FixedPoint) and (self.units, self.scale) == (other.units, other.scale)

    def __hash__(self) -> int:
        return hash((self.units, self.scale))

    def __repr__(self) -> str:
        return f"FixedPoint({self.units}, {self.scale})"

    def to_bytes(self) -> bytes:
        """Payload of extension 2."""
        magnitude = self.units if self.units >= 0 else ~self.units
        size = magnitude.bit_length() // 8 + 1
        return bytes((self.scale,)) + self.units.to_bytes(size, "big", signed=True)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "FixedPoint":
        """Read the payload of extension 2. Raises Rejected HT1001, HT1004."""
        units = int.from_bytes(raw[1:], "big", signed=True)
        if not raw[1:] or raw[0] > MAX_DECIMAL_SCALE or units.bit_length() > MAX_INTEGER_BITS:
            raise Rejected(Code.ENCODING_MALFORMED, reason="a decimal has no units, or is too long")
        value = cls(units, raw[0])
        if value.to_bytes() != raw:
            raise Rejected(Code.ENCODING_NOT_CANONICAL, reason="a decimal is not in its shortest form")
        return value

    def __str__(self) -> str:
        if self.scale == 0:
            return str(self.units)
        digits = str(abs(self.units)).rjust(self.scale + 1, "0")
        sign = "-" if self.units < 0 else ""
        return f"{sign}{digits[: -self.scale]}.{digits[-self.scale :]}"
