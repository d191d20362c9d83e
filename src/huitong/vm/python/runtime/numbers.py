"""Fixed-point numbers, dates, and numbers as bytes: functions and methods."""

from collections.abc import Callable
from typing import Any

from huitong.contract import dates, fixed
from huitong.contract.dates import Date
from huitong.contract.fixed import Fixed
from huitong.types.limits import MAX_INTEGER_BITS
from huitong.vm.python import gas

from .arithmetic import check_integer, check_length
from .meter import Meter
from .values import NUMBERS

MAX_INTEGER_BYTES = MAX_INTEGER_BITS // 8
_ORDERS = ("big", "little")


def _check_order(order: Any) -> None:
    if type(order) is not str:
        raise TypeError("an order of bytes is big or little")
    if order not in _ORDERS:
        raise ValueError("an order of bytes is big or little")


def _check_signed(signed: Any) -> None:
    if type(signed) is not bool:
        raise TypeError("signed is True or False")


class Numbers:
    """What contracts make of numbers beside arithmetic."""

    def __init__(self, meter: Meter) -> None:
        self.use = meter.use

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Table by name."""
        return {
            "Date": self.date,
            "Fixed": self.fixed,
            "bytes_fromhex": self.bytes_fromhex,
            "date_of": self.date_of,
            "date_of_days": self.date_of_days,
            "from_units": self.from_units,
            "int_from_bytes": self.int_from_bytes,
            "time_text": self.time_text,
        }

    def methods(self) -> dict[tuple[type, str], Callable[..., Any]]:
        """Table by type and name."""
        return {
            (int, "to_bytes"): self.to_bytes,
            (bool, "to_bytes"): self.to_bytes,
            (Fixed, "times"): self.times,
            (Fixed, "divided_by"): self.divided_by,
            (Fixed, "rounded"): self.rounded,
            (Date, "plus_months"): self.plus_months,
        }

    def fixed(self, value: Any, scale: Any = None, /) -> Fixed:
        """`Fixed(...)`."""
        if type(value) is str:
            length = min(len(value), gas.MAX_NUMERAL)
            self.use(gas.VISIT + len(value) + (length * length >> 9))
        elif type(value) is int:
            self.use(value.bit_length() >> 3)
        self.use(gas.FIXED)
        return Fixed(value, scale)

    def from_units(self, units: Any, scale: Any, /) -> Fixed:
        """`from_units(units, scale)`."""
        self.use(gas.FIXED)
        return fixed.from_units(units, scale)

    def _charge(self, value: Fixed, other: Any) -> None:
        bits = value.units.bit_length() + (other.units if type(other) is Fixed else other).bit_length() + 256
        self.use(gas.FIXED + (bits >> 3) + (bits * bits >> 13))

    def times(self, value: Fixed, other: Any, rounding: Any, /) -> Fixed:
        """`value.times(other, rounding)`."""
        self._check(other, rounding)
        self._charge(value, other)
        return value.times(other, rounding)

    def divided_by(self, value: Fixed, other: Any, rounding: Any, /) -> Fixed:
        """`value.divided_by(other, rounding)`."""
        self._check(other, rounding)
        self._charge(value, other)
        return value.divided_by(other, rounding)

    @staticmethod
    def _check(other: Any, rounding: Any) -> None:
        if type(other) is not Fixed and type(other) is not int:
            raise TypeError("a fixed-point or a whole number")
        if type(rounding) is not str:
            raise ValueError("a rounding is a text")

    def rounded(self, value: Fixed, scale: Any, rounding: Any, /) -> Fixed:
        """`value.rounded(scale, rounding)`."""
        fixed.check_scale(scale)
        self._check(0, rounding)
        self._charge(value, 0)
        return value.rounded(scale, rounding)

    def date(self, year: Any, month: Any, day: Any, /) -> Date:
        """`Date(year, month, day)`."""
        self.use(2 * gas.FIXED)
        return Date(year, month, day)

    def date_of(self, value: Any, /) -> Date:
        """`date_of(time or text)`."""
        self.use(3 * gas.FIXED + (len(value) if type(value) is str else 0))
        return dates.date_of(value)

    def date_of_days(self, days: Any, /) -> Date:
        """`date_of_days(days)`."""
        self.use(3 * gas.FIXED)
        return dates.date_of_days(days)

    def time_text(self, time_ns: Any, /) -> str:
        """`time_text(time)`."""
        self.use(6 * gas.FIXED)
        return dates.time_text(time_ns)

    def plus_months(self, value: Date, months: Any, /) -> Date:
        """`date.plus_months(months)`."""
        self.use(3 * gas.FIXED)
        return value.plus_months(months)

    def int_from_bytes(self, data: Any, order: Any, /, *, signed: Any = False) -> int:
        """`int.from_bytes(data, "big")`."""
        if type(data) is not bytes:
            raise TypeError("a number is read from bytes")
        _check_order(order)
        _check_signed(signed)
        if len(data) > MAX_INTEGER_BYTES + 1:
            raise OverflowError("above 4096 bits")
        self.use(len(data))
        return check_integer(int.from_bytes(data, order, signed=signed))

    def to_bytes(self, value: int, length: Any = 1, order: Any = "big", /, *, signed: Any = False) -> bytes:
        """`value.to_bytes(length, "big")`. Raises OverflowError when it does not fit."""
        if type(length) not in NUMBERS:
            raise TypeError("a length is a number")
        _check_order(order)
        _check_signed(signed)
        if length < 0:
            raise ValueError("a negative length")
        check_length(length, gas.MAX_TEXT)
        self.use(length)
        return value.to_bytes(length, order, signed=signed)

    def bytes_fromhex(self, text: Any, /) -> bytes:
        """`bytes.fromhex(text)`: two digits for each byte, without blanks."""
        if type(text) is not str:
            raise TypeError("bytes are read from a text")
        self.use(gas.VISIT + len(text))
        if not text.isascii() or any(letter in text for letter in " \t\n\r\x0b\x0c"):
            raise ValueError("no digits of bytes")
        return bytes.fromhex(text)
