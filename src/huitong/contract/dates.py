"""Dates of the calendar, from block time or from texts: the Gregorian calendar in UTC, years 1 to 9999. Pure."""

from typing import Any, Final, NoReturn, overload

from .formats import fill, parse_format

_DAY_NS: Final = 24 * 60 * 60 * 10**9
_SECOND_NS: Final = 10**9
_ERA_DAYS: Final = 146_097
_EPOCH: Final = 719_468
"""Days from 1 March of the year 0 to 1 January 1970."""
_FIRST: Final = -719_162
_LAST: Final = 2_932_896
_MONTHS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_TEXT: Final = 10


def _days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01. The year is counted from March, so that the odd day of February stands at its end."""
    shifted = year - (month <= 2)
    era, of_era = divmod(shifted, 400)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * _ERA_DAYS + of_era * 365 + of_era // 4 - of_era // 100 + of_year - _EPOCH


def _civil_of(days: int) -> tuple[int, int, int]:
    """Year, month, day: the way back."""
    era, of_era = divmod(days + _EPOCH, _ERA_DAYS)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def _month_days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTHS[month - 1] + (month == 2 and leap)


def _whole(*numbers: Any) -> None:
    if any(type(number) is not int for number in numbers):
        raise TypeError("a whole number is needed")


class Date:
    """A day, never changed: `Date(2026, 11, 25)`. Raises TypeError, ValueError for days that are not.

    year, month, day; weekday: 1 (Monday) to 7; days: since 1970-01-01. `date + 30`, `date - 30`, `date - other` in
    days; dates have an order, and their text is 2026-11-25.
    """

    __slots__ = ("day", "days", "month", "year")
    year: int
    month: int
    day: int
    days: int

    def __init__(self, year: int, month: int, day: int) -> None:
        _whole(year, month, day)
        if not (1 <= year <= 9999 and 1 <= month <= 12) or not 1 <= day <= _month_days(year, month):
            raise ValueError("no day of the calendar")
        for name, value in zip(("year", "month", "day"), (year, month, day), strict=True):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "days", _days_of(year, month, day))

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise AttributeError(f"a date has no {name} to set")

    @property
    def weekday(self) -> int:
        """1 for Monday to 7 for Sunday."""
        return (self.days + 3) % 7 + 1

    def __add__(self, days: int) -> "Date":
        _whole(days)
        return date_of_days(self.days + days)

    @overload
    def __sub__(self, other: int) -> "Date": ...
    @overload
    def __sub__(self, other: "Date") -> int: ...
    def __sub__(self, other: Any) -> Any:
        if type(other) is Date:
            return self.days - other.days
        _whole(other)
        return date_of_days(self.days - other)

    def plus_months(self, months: int) -> "Date":
        """Return the same day that many months later; the last of the month when it has no such day."""
        _whole(months)
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        if not 1 <= year <= 9999:
            raise ValueError("no day of the calendar")
        return Date(year, month + 1, min(self.day, _month_days(year, month + 1)))

    def _days(self, other: Any) -> int:
        if type(other) is not Date:
            raise TypeError("no date")
        return other.days

    def __eq__(self, other: object) -> bool:
        return type(other) is Date and self.days == other.days

    def __hash__(self) -> int:
        return hash(self.days)

    def __lt__(self, other: "Date") -> bool:
        return self.days < self._days(other)

    def __le__(self, other: "Date") -> bool:
        return self.days <= self._days(other)

    def __gt__(self, other: "Date") -> bool:
        return self.days > self._days(other)

    def __ge__(self, other: "Date") -> bool:
        return self.days >= self._days(other)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    def __format__(self, spec: str) -> str:
        parsed = parse_format(spec)
        if parsed is None or parsed.letter or parsed.zero or parsed.grouped:
            raise ValueError("no format of dates")
        return fill(str(self), parsed, number=False)

    def __repr__(self) -> str:
        return f"Date({self.year}, {self.month}, {self.day})"


def date_of_days(days: int) -> Date:
    """Return the day that many days after 1970-01-01. Raises ValueError outside of the years 1 to 9999."""
    _whole(days)
    if not _FIRST <= days <= _LAST:
        raise ValueError("no day of the calendar")
    return Date(*_civil_of(days))


def date_of(value: int | str) -> Date:
    """Return the day of a time in nanoseconds (such as `ctx.time`, in UTC), or of a text such as "2026-11-25"."""
    if type(value) is not str:
        _whole(value)
        return date_of_days(int(value) // _DAY_NS)
    parts = value.split("-")
    shape = [len(part) for part in parts] == [4, 2, 2] and all(part.isascii() and part.isdigit() for part in parts)
    if len(value) != _TEXT or not shape:
        raise ValueError("no date such as 2026-11-25")
    return Date(*[int(part) for part in parts])


def time_text(time_ns: int) -> str:
    """Return a time in nanoseconds as a text of whole seconds in UTC: 2026-11-25T00:01:49Z."""
    _whole(time_ns)
    seconds = time_ns % _DAY_NS // _SECOND_NS
    return f"{date_of(time_ns)}T{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}Z"
