"""Fixed-point numbers: whole units of 10**-scale. Nothing is rounded unless a rounding is named."""

from typing import Any, ClassVar, Final, Literal, NoReturn, TypeAlias

from .formats import fill, group_digits, parse_format

Rounding: TypeAlias = Literal["down", "up", "floor", "ceiling", "half_down", "half_up", "half_even"]
"""down: towards zero; up: away from it; half_down, half_up: what lies just between; half_even: to the even one."""

MAX_SCALE: Final = 38
MAX_BITS: Final = 4096
MAX_DIGITS: Final = 1300
_ROUNDINGS: Final = ("down", "up", "floor", "ceiling", "half_down", "half_up", "half_even")


def check_scale(scale: Any) -> int:
    """Return a number of decimal places, 0 to 38. Raises TypeError, ValueError."""
    if type(scale) is not int:
        raise TypeError("a scale is a number")
    if not 0 <= scale <= MAX_SCALE:
        raise ValueError(f"a scale is 0 to {MAX_SCALE}")
    return scale


def divide_rounded(number: int, divisor: int, rounding: Any) -> int:
    """Return number / divisor as a whole number. Raises ZeroDivisionError, ValueError for an unknown rounding."""
    if rounding not in _ROUNDINGS:
        raise ValueError("an unknown rounding")
    if divisor < 0:
        number, divisor = -number, -divisor
    below, rest = divmod(number, divisor)
    if not rest:
        return below
    away = 0 if number < 0 else 1
    if rounding.startswith("half_") and 2 * rest != divisor:
        return below + (2 * rest > divisor)
    steps = {"floor": 0, "ceiling": 1, "down": 1 - away, "up": away}
    halves = {"half_down": 1 - away, "half_up": away, "half_even": below & 1}
    return below + (steps | halves)[rounding]


def _parsed(text: str, scale: int | None) -> tuple[int, int]:
    """Units and scale of a text such as "-12.50"."""
    digits = text.removeprefix("-")
    whole, point, part = digits.partition(".")
    if len(text) > MAX_DIGITS or not (whole + part).isascii() or not whole.isdigit() or (point and not part.isdigit()):
        raise ValueError("no fixed-point number")
    wanted = len(part) if scale is None else scale
    if part[wanted:].strip("0"):
        raise ValueError("more decimal places than the scale")
    units = int(whole + part[:wanted].ljust(wanted, "0"))
    return (-units if text.startswith("-") else units), check_scale(wanted)


class Fixed:
    """A fixed-point number, never changed: `Fixed("12.50")`, `Fixed("12.5", 2)`, `Fixed(12, 2)`.

    units: the whole number of the smallest unit. scale: decimal places, 0 to 38. `+`, `-` and comparisons take two
    numbers of one scale, `*` a whole number; what can lose digits names its rounding. Raises TypeError, ValueError,
    OverflowError above 4096 bits.
    """

    __slots__ = ("scale", "units")
    encoded_as_decimal_: ClassVar[bool] = True
    """Mark for `huitong.types.encode`, which knows nothing of contracts."""
    scale: int
    units: int

    def __init__(self, value: "str | int", scale: int | None = None) -> None:
        if scale is not None:
            check_scale(scale)
        if type(value) is str:
            units, places = _parsed(value, scale)
        elif type(value) is int:
            places = scale or 0
            units = value * 10**places
        else:
            raise TypeError("a fixed-point number is made from a text or a whole number")
        _fill(self, units, places)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a fixed-point number has no {name} to set")

    def _same(self, other: Any) -> "Fixed":
        if type(other) is not Fixed or other.scale != self.scale:
            raise TypeError("fixed-point numbers of another scale: use rounded(scale, rounding) first")
        return other

    def __add__(self, other: "Fixed") -> "Fixed":
        return from_units(self.units + self._same(other).units, self.scale)

    def __sub__(self, other: "Fixed") -> "Fixed":
        return from_units(self.units - self._same(other).units, self.scale)

    def __mul__(self, count: int) -> "Fixed":
        if type(count) is not int:
            raise TypeError("* takes a whole number: use times(other, rounding)")
        return from_units(self.units * count, self.scale)

    __rmul__ = __mul__

    def __neg__(self) -> "Fixed":
        return from_units(-self.units, self.scale)

    def __abs__(self) -> "Fixed":
        return from_units(abs(self.units), self.scale)

    def __bool__(self) -> bool:
        return self.units != 0

    def __eq__(self, other: object) -> bool:
        return type(other) is Fixed and (self.units, self.scale) == (other.units, other.scale)

    def __hash__(self) -> int:
        return hash((self.units, self.scale))

    def __lt__(self, other: "Fixed") -> bool:
        return self.units < self._same(other).units

    def __le__(self, other: "Fixed") -> bool:
        return self.units <= self._same(other).units

    def __gt__(self, other: "Fixed") -> bool:
        return self.units > self._same(other).units

    def __ge__(self, other: "Fixed") -> bool:
        return self.units >= self._same(other).units

    def times(self, other: "Fixed | int", rounding: Rounding) -> "Fixed":
        """Return the product, in this number's scale."""
        factor = _operand(other)
        return from_units(divide_rounded(self.units * factor.units, 10**factor.scale, rounding), self.scale)

    def divided_by(self, other: "Fixed | int", rounding: Rounding) -> "Fixed":
        """Return the quotient, in this number's scale. Raises ZeroDivisionError."""
        divisor = _operand(other)
        return from_units(divide_rounded(self.units * 10**divisor.scale, divisor.units, rounding), self.scale)

    def rounded(self, scale: int, rounding: Rounding) -> "Fixed":
        """Return the number in another scale."""
        check_scale(scale)
        if scale >= self.scale:
            divide_rounded(0, 1, rounding)
            return from_units(self.units * 10 ** (scale - self.scale), scale)
        return from_units(divide_rounded(self.units, 10 ** (self.scale - scale), rounding), scale)

    def __str__(self) -> str:
        return self._text(grouped=False)

    def _text(self, *, grouped: bool) -> str:
        digits = str(abs(self.units)).rjust(self.scale + 1, "0")
        whole, part = digits[: len(digits) - self.scale], digits[len(digits) - self.scale :]
        sign = "-" if self.units < 0 else ""
        return f"{sign}{group_digits(whole) if grouped else whole}{'.' if part else ''}{part}"

    def __format__(self, spec: str) -> str:
        parsed = parse_format(spec)
        if parsed is None or parsed.letter:
            raise ValueError("no format of fixed-point numbers")
        return fill(self._text(grouped=parsed.grouped), parsed, number=True)

    def __repr__(self) -> str:
        return f"Fixed({str(self)!r})"


def _fill(made: Fixed, units: int, scale: int) -> None:
    if units.bit_length() > MAX_BITS:
        raise OverflowError(f"above {MAX_BITS} bits")
    object.__setattr__(made, "units", units)
    object.__setattr__(made, "scale", scale)


def _operand(value: Any) -> Fixed:
    if type(value) is int:
        return from_units(value, 0)
    if type(value) is not Fixed:
        raise TypeError("a fixed-point or a whole number")
    return value


def from_units(units: int, scale: int) -> Fixed:
    """Return units / 10**scale: `from_units(1250, 2)` is 12.50."""
    if type(units) is not int:
        raise TypeError("units are a whole number")
    made = Fixed.__new__(Fixed)
    _fill(made, units, check_scale(scale))
    return made
