"""`reverts`: a call must be refused, and how."""

from types import TracebackType
from typing import Any, Self

from huitong.contract import Error
from huitong.types import Code, HuitongError

from .outcome import DivergenceError


class reverts:  # noqa: N801 - reads as a word: with reverts(NotYourMeter, meter="m-1"):
    """The block must end with this error. Afterwards `error` is it.

    expected: an error class of a contract, an instance of one (all fields count), a code (`Code.KEY_MISSING`, 5001 or
    "HT5001"; HT5000 is any error of a contract), or another exception class. fields: of the error, those that count.
    Raises AssertionError.
    """

    def __init__(self, expected: type[Exception] | Error | int | str, /, **fields: Any) -> None:
        self.error: Any = None
        self._expected = _wanted(expected)
        self._fields = fields

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> bool:
        __tracebackhide__ = True
        if error is None:
            raise AssertionError(f"nothing was refused; expected {self._words()}")
        if isinstance(error, DivergenceError) or not isinstance(error, Exception):
            return False
        if not self._matches(error):
            raise AssertionError(f"refused otherwise: {_shown(error)}; expected {self._words()}") from error
        self.error = error
        return True

    def _matches(self, error: Exception) -> bool:
        expected = self._expected
        if isinstance(expected, Code):
            code = Code.REFUSED_BY_CONTRACT if isinstance(error, Error) else getattr(error, "code", None)
            found = code == expected
        elif isinstance(expected, type):
            found = isinstance(error, expected)
        else:
            found = expected == error
        return found and all(_field(error, name, self) == value for name, value in self._fields.items())

    def _words(self) -> str:
        if isinstance(self._expected, Code):
            name = f"HT{int(self._expected)} {self._expected.name}"
        else:
            name = self._expected.__name__ if isinstance(self._expected, type) else repr(self._expected)
        fields = ", ".join(f"{key}={value!r}" for key, value in self._fields.items())
        return f"{name} with {fields}" if fields else name


def _wanted(expected: type[Exception] | Error | int | str) -> type[Exception] | Error | Code:
    if isinstance(expected, str):
        digits = expected.removeprefix("HT")
        return Code(int(digits)) if digits.isdigit() else Code[expected]
    return Code(expected) if isinstance(expected, int) else expected


def _field(error: Exception, name: str, absent: object) -> Any:
    if isinstance(error, HuitongError):
        return error.data.get(name, absent)
    return getattr(error, name, absent)


def _shown(error: Exception) -> str:
    return str(error) if isinstance(error, HuitongError) else repr(error)
