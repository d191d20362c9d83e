"""Kinds made of others: bounded values, tuples, fixed-point numbers of a declared scale, tables within tables."""

from dataclasses import dataclass
from typing import Any

from .fixed import Fixed, check_scale, from_units
from .kinds import Kind, wrong

MAX_BOUND = 1 << 20


@dataclass(frozen=True, slots=True)
class Most:
    """In `Annotated[list[T], Most(n)]`: at most n elements (of str: characters; of bytes: bytes; of dict: entries)."""

    count: int

    def __post_init__(self) -> None:
        if type(self.count) is not int or not 0 < self.count <= MAX_BOUND:
            raise ValueError(f"a bound is 1 to {MAX_BOUND}")


@dataclass(frozen=True, slots=True)
class Scale:
    """In `Annotated[Fixed, Scale(2)]`: decimal places, 0 to 38."""

    places: int

    def __post_init__(self) -> None:
        check_scale(self.places)


@dataclass(frozen=True, slots=True)
class Bounded:
    """A str, bytes, list or dict with at most `most` elements; more is an OverflowError."""

    item: Kind
    most: int

    @property
    def name(self) -> str:
        """See Kind."""
        return f"Annotated[{self.item.name}, Most({self.most})]"

    def _check(self, value: Any, where: str) -> Any:
        if len(value) > self.most:
            raise OverflowError(f"{where}: more than {self.most}")
        return value

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        return self._check(self.item.wire(value, where), where)

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        return self._check(self.item.read(value, where, lenient=lenient), where)

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {**self.item.describe(), "most": self.most}


def can_be_bounded(kind: Kind) -> bool:
    """True for kinds that have a length."""
    return kind.name in ("str", "bytes") or kind.name.startswith(("list[", "dict["))


@dataclass(frozen=True, slots=True)
class TupleOf:
    """tuple[first, second, ...]: an array of the encoding."""

    items: tuple[Kind, ...]

    @property
    def name(self) -> str:
        """See Kind."""
        return f"tuple[{', '.join(item.name for item in self.items)}]"

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        if type(value) is not tuple or len(value) != len(self.items):
            raise wrong(where, self.name, value)
        return [item.wire(part, where) for item, part in zip(self.items, value, strict=True)]

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        if type(value) not in (list, tuple) or len(value) != len(self.items):
            raise wrong(where, self.name, value)
        return tuple([item.read(part, where, lenient=lenient) for item, part in zip(self.items, value, strict=True)])

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "tuple", "items": [item.describe() for item in self.items]}


@dataclass(frozen=True, slots=True)
class FixedOf:
    """Fixed with a declared scale: extension 2 of the encoding."""

    scale: int

    @property
    def name(self) -> str:
        """See Kind."""
        return f"Annotated[Fixed, Scale({self.scale})]"

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        if type(value) is not Fixed or value.scale != self.scale:
            raise wrong(where, self.name, value)
        return value

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind. What the encoding gives has units and a scale too."""
        del lenient
        if getattr(type(value), "scale", None) is None or value.scale != self.scale:
            raise wrong(where, self.name, value)
        return value if type(value) is Fixed else from_units(value.units, value.scale)

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "fixed", "scale": self.scale}


@dataclass(frozen=True, slots=True)
class MapOf:
    """The inner table of `Map[K, Map[L, T]]`. It is no value: only its rows are."""

    key: Kind
    value: Kind

    @property
    def name(self) -> str:
        """See Kind."""
        return f"Map[{self.key.name}, {self.value.name}]"

    def wire(self, value: Any, where: str) -> Any:
        """See Kind."""
        raise wrong(where, "a key of the inner table", value)

    def read(self, value: Any, where: str, *, lenient: bool) -> Any:
        """See Kind."""
        del lenient
        raise wrong(where, "a key of the inner table", value)

    def describe(self) -> dict[str, Any]:
        """See Kind."""
        return {"kind": "map", "key": self.key.describe(), "value": self.value.describe()}
