"""Types of fields and arguments, made from type hints: checks, and conversion to and from values of the encoding.

Values of the encoding: None, bool, int, str, bytes, list, dict with text keys; a record is a dict of its fields.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

MAX_INTEGER_BITS = 4096
_SMALL = 1 << 63


class Kind(Protocol):
    """A type. `wire` checks a value and returns a fresh one for the encoding; `read` does the way back.

    Both raise WrongType, naming `where`; integers out of range raise OverflowError.
    """

    @property
    def name(self) -> str:
        """Name as it is written in a contract."""
        ...

    def wire(self, value: Any, where: str) -> Any:
        """Check a value of the contract, return the encodable one."""
        ...

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """Check an encodable value, return the contract's. lenient: unknown fields of records are left out."""
        ...

    def describe(self) -> dict[str, Any]:
        """Entry of the schema."""
        ...


def wrong(where: str, expected: str, value: Any) -> TypeError:
    """Return the error for a value of another type."""
    from .faults import WrongType

    return WrongType(where, expected, type(value).__name__)


@dataclass(frozen=True, slots=True)
class Scalar:
    """str, bytes, bool or None: the value is its own encodable form."""

    name: str
    python: type

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        if type(value) is not self.python:
            raise wrong(where, self.name, value)
        return value

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        del lenient
        if type(value) is not self.python:
            raise wrong(where, self.name, value)
        return value

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": self.name}


@dataclass(frozen=True, slots=True)
class Integer:
    """int, of 4096 bits, or of a declared width. A bool is no integer. bits: 0 when no width is declared."""

    name: str = "int"
    bits: int = 0
    signed: bool = True

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        if type(value) is not int:
            raise wrong(where, self.name, value)
        if (self.bits or not -_SMALL < value < _SMALL) and not self._fits(value):
            raise OverflowError(f"{where}: out of the range of {self.name}")
        return value

    def _fits(self, value: int) -> bool:
        if not self.bits:
            return value.bit_length() <= MAX_INTEGER_BITS
        if not self.signed:
            return 0 <= value < 1 << self.bits
        return -(1 << (self.bits - 1)) <= value < 1 << (self.bits - 1)

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        del lenient
        return self.wire(value, where)

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "int", "bits": self.bits, "signed": self.signed}


@dataclass(frozen=True, slots=True)
class ListOf:
    """list[item]."""

    item: Kind

    @property
    def name(self) -> str:
        """See Kind."""
        return f"list[{self.item.name}]"

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        if type(value) is not list:
            raise wrong(where, self.name, value)
        item = self.item.wire
        return [item(element, where) for element in value]

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        if type(value) is not list and type(value) is not tuple:
            raise wrong(where, self.name, value)
        item = self.item.read
        return [item(element, where, lenient=lenient) for element in value]

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "list", "item": self.item.describe()}


@dataclass(frozen=True, slots=True)
class DictOf:
    """dict[str, value]. Both ways give the keys in their order, as the encoding does."""

    value: Kind

    @property
    def name(self) -> str:
        """See Kind."""
        return f"dict[str, {self.value.name}]"

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        return self._each(value, where, lambda element: self.value.wire(element, where))

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        return self._each(value, where, lambda element: self.value.read(element, where, lenient=lenient))

    def _each(self, value: Any, where: str, change: Callable[[Any], Any]) -> dict[str, Any]:
        if type(value) is not dict or any(type(key) is not str for key in value):
            raise wrong(where, self.name, value)
        return {key: change(value[key]) for key in sorted(value)}

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "dict", "value": self.value.describe()}


@dataclass(frozen=True, slots=True)
class Optional:
    """item | None."""

    item: Kind

    @property
    def name(self) -> str:
        """See Kind."""
        return f"{self.item.name} | None"

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        return None if value is None else self.item.wire(value, where)

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        return None if value is None else self.item.read(value, where, lenient=lenient)

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "optional", "item": self.item.describe()}


TEXT = Scalar("str", str)
DATA = Scalar("bytes", bytes)
BOOLEAN = Scalar("bool", bool)
NOTHING = Scalar("None", type(None))
INTEGER = Integer()

SCALARS: dict[str, Kind] = {
    "str": TEXT,
    "bytes": DATA,
    "bool": BOOLEAN,
    "None": NOTHING,
    "int": INTEGER,
    **{f"U{bits}": Integer(f"U{bits}", bits, signed=False) for bits in (8, 16, 32, 64, 128, 256)},
    **{f"I{bits}": Integer(f"I{bits}", bits, signed=True) for bits in (8, 16, 32, 64, 128, 256)},
}
"""Kinds by the names that contracts use for them."""

KEY_KINDS = ("str", "bytes", "int", *(f"{sign}{bits}" for sign in "UI" for bits in (8, 16, 32, 64, 128, 256)))
"""Names of the kinds that may be keys of a Map."""
