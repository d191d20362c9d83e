"""Arithmetic: integers of at most 4096 bits; texts, bytes and lists of bounded length."""

from typing import Any

from huitong.contract.dates import Date
from huitong.contract.fixed import Fixed
from huitong.types.limits import MAX_INTEGER_BITS
from huitong.vm.python import gas
from huitong.vm.python.nodes import Kind

from .meter import Meter
from .values import NUMBERS

_SMALL = 1 << 63
_HALF = 1 << 31
"""The product of two such numbers has at most 62 bits, for which nothing more is charged."""


def check_integer(value: int) -> int:
    """Return an integer of at most 4096 bits. Raises OverflowError."""
    if -_SMALL < value < _SMALL or value.bit_length() <= MAX_INTEGER_BITS:
        return value
    raise OverflowError("above 4096 bits")


def check_length(length: int, limit: int) -> None:
    """Raise OverflowError when a text or collection would be too long."""
    if length > limit:
        raise OverflowError("too long")


class Arithmetic:
    """Operators."""

    def __init__(self, meter: Meter) -> None:
        self.use = meter.use

    def _numbers(self, left: Any, right: Any) -> None:
        if type(left) not in NUMBERS or type(right) not in NUMBERS:
            raise TypeError("not numbers")
        if not (-_SMALL < left < _SMALL and -_SMALL < right < _SMALL):
            self.use((left.bit_length() + right.bit_length()) >> 6)

    def _made(self, *values: Any) -> bool:
        """Charge when the first value is a fixed-point number or date, which bring operators of their own."""
        if type(values[0]) is not Fixed and type(values[0]) is not Date:
            return False
        bits = sum(value.units.bit_length() for value in values if type(value) is Fixed)
        self.use((gas.FIXED if type(values[0]) is Fixed else 3 * gas.FIXED + gas.PIECE) + (bits >> 4))
        return True

    def charge_copy(self, value: Any, length: int) -> None:
        """Charge for a new value of the kind of `value`, of `length`. Raises OverflowError when too long."""
        kind = type(value)
        if kind is str:
            check_length(length, gas.MAX_TEXT)
            self.use(gas.text_units(length, ascii_only=value.isascii()))
        elif kind is bytes:
            check_length(length, gas.MAX_TEXT)
            self.use(length >> 2)
        else:
            check_length(length, gas.MAX_ITEMS)
            self.use(length * gas.ELEMENT)

    def add(self, left: Any, right: Any) -> Any:
        """`+`."""
        kind = type(left)
        if kind is int and type(right) is int:
            result = left + right
            if -_SMALL < result < _SMALL:
                return result
            self.use(result.bit_length() >> 5)
            return check_integer(result)
        if kind is type(right) and kind in (str, bytes, list, tuple):
            wide = right if kind is str and left.isascii() else left
            self.charge_copy(wide, len(left) + len(right))
            return left + right
        if self._made(left, right):
            return left + right
        self._numbers(left, right)
        return check_integer(left + right)

    def add_in_place(self, left: Any, right: Any) -> Any:
        """`+=`: a list is extended where it is, as in Python."""
        if type(left) is list and type(right) is list:
            self.charge_copy(left, len(left) + len(right))
            left += right
            return left
        return self.add(left, right)

    def subtract(self, left: Any, right: Any) -> Any:
        """`-`."""
        if type(left) is int and type(right) is int and -_SMALL < left < _SMALL and -_SMALL < right < _SMALL:
            return left - right
        if self._made(left, right):
            return left - right
        self._numbers(left, right)
        return check_integer(left - right)

    def multiply(self, left: Any, right: Any) -> Any:
        """`*`."""
        if type(left) is int and type(right) is int and -_HALF < left < _HALF and -_HALF < right < _HALF:
            return left * right
        kind, other = type(left), type(right)
        if kind in NUMBERS and other in NUMBERS:
            bits = left.bit_length() + right.bit_length()
            if bits > 63:
                if bits > MAX_INTEGER_BITS + 1:
                    raise OverflowError("above 4096 bits")
                self.use(bits >> 3)
            return check_integer(left * right)
        if kind in NUMBERS:
            left, right, kind, other = right, left, other, kind
        if kind is Fixed and type(right) is int:
            self._made(left)
            self.use(right.bit_length() * (left.units.bit_length() + 1) >> 10)
            return left * right
        if kind not in (str, bytes, list, tuple) or other not in NUMBERS:
            raise TypeError("cannot be multiplied")
        self.use(gas.PIECE)
        self.charge_copy(left, len(left) * max(right, 0))
        return left * right

    def divide(self, left: Any, right: Any) -> int:
        """`//`."""
        if type(left) is int and type(right) is int and -_SMALL < left < _SMALL and -_SMALL < right < _SMALL:
            self.use(12 + (left.bit_length() >> 5))
            return left // right
        self._numbers(left, right)
        self._charge_division(left, right)
        return int(left // right)

    def modulo(self, left: Any, right: Any) -> int:
        """`%`."""
        if type(left) is int and type(right) is int and -_SMALL < left < _SMALL and -_SMALL < right < _SMALL:
            self.use(12 + (left.bit_length() >> 5))
            return left % right
        self._numbers(left, right)
        self._charge_division(left, right)
        return int(left % right)

    def _charge_division(self, left: int, right: int) -> None:
        self.use(12 + (left.bit_length() >> 5) * ((right.bit_length() >> 7) + 1))

    def divmod_(self, left: Any, right: Any, /) -> tuple[int, int]:
        """`divmod`."""
        self.use(2 * gas.STATIC[Kind.BINARY])
        return self.divide(left, right), self.modulo(left, right)

    def power(self, base: Any, exponent: Any) -> int:
        """`**`: whole exponents from zero."""
        self._numbers(base, exponent)
        if exponent < 0:
            raise ValueError("a negative exponent")
        bits = base.bit_length()
        if (bits - 1) * exponent >= MAX_INTEGER_BITS and bits > 1:
            raise OverflowError("above 4096 bits")
        size = min(bits * exponent, 2 * MAX_INTEGER_BITS)
        self.use(gas.VISIT + (size >> 2) + exponent.bit_length())
        return check_integer(int(base**exponent))

    def shift_left(self, left: Any, right: Any) -> int:
        """`<<`."""
        self._numbers(left, right)
        if right < 0:
            raise ValueError("a negative shift")
        if left and left.bit_length() + right > MAX_INTEGER_BITS:
            raise OverflowError("above 4096 bits")
        self.use((left.bit_length() + right >> 5) if left else 0)
        return int(left << right) if left else 0

    def shift_right(self, left: Any, right: Any) -> int:
        """`>>`."""
        self._numbers(left, right)
        if right < 0:
            raise ValueError("a negative shift")
        return int(left >> min(right, MAX_INTEGER_BITS + 1))

    def bit_and(self, left: Any, right: Any) -> Any:
        """`&`."""
        self._numbers(left, right)
        return left & right

    def bit_or(self, left: Any, right: Any) -> Any:
        """`|`."""
        self._numbers(left, right)
        return left | right

    def bit_xor(self, left: Any, right: Any) -> Any:
        """`^`."""
        self._numbers(left, right)
        return left ^ right

    def negative(self, value: Any) -> Any:
        """`-x`."""
        if type(value) is Fixed and self._made(value):
            return -value
        self._numbers(value, 0)
        return int(-value)

    def positive(self, value: Any) -> int:
        """`+x`."""
        self._numbers(value, 0)
        return int(value)

    def invert(self, value: Any) -> int:
        """`~x`."""
        self._numbers(value, 0)
        return check_integer(-1 - int(value))

    def absolute(self, value: Any, /) -> Any:
        """`abs`."""
        if type(value) is Fixed and self._made(value):
            return abs(value)
        self._numbers(value, 0)
        return int(abs(value))
