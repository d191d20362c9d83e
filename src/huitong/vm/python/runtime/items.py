"""Attributes, subscripts, slices, unpacking, loops: what reads and changes parts of values."""

from typing import Any

from huitong.contract.context import Member, Sender
from huitong.contract.dates import Date
from huitong.contract.faults import CallFailed, MissingPart
from huitong.contract.fixed import Fixed
from huitong.contract.shapes import Record, Shaped
from huitong.vm.python import gas

from .arithmetic import Arithmetic, check_length
from .meter import Meter
from .values import NUMBERS, SEQUENCES, Values

_FIXED: dict[type, frozenset[str]] = {
    Sender: frozenset(("address", "org", "roles")),
    Member: frozenset(("address", "name", "org", "roles", "active")),
    CallFailed: frozenset(("code", "error")),
    Fixed: frozenset(("units", "scale")),
    Date: frozenset(("year", "month", "day", "days", "weekday")),
}
_INDEXED = frozenset((list, tuple, str, bytes))
_SPARSE = 1024
_SPARSE_ENTRY = 200
"""Bytes of a dictionary, and of each of its entries, that only deletions can leave behind."""


def compact(table: dict[str, Any]) -> None:
    """Make a dictionary anew when most of it is places of deleted entries, which each walk would visit unpaid.

    Nothing of a contract walks over a dictionary while it changes, so nobody can tell.
    """
    if table.__sizeof__() > _SPARSE + _SPARSE_ENTRY * len(table):
        entries = list(table.items())
        table.clear()
        table.update(entries)


class Items:
    """Parts of values."""

    def __init__(self, meter: Meter, values: Values, arithmetic: Arithmetic) -> None:
        self.use = meter.use
        self.values = values
        self.arithmetic = arithmetic

    def get_attribute(self, value: Any, name: str) -> Any:
        """`value.name`: fields of records, events and errors, and of what `ctx` gives."""
        kind = type(value)
        if isinstance(value, Shaped):
            if name in kind.kinds_:
                return value.__dict__[name]
        elif name in _FIXED.get(kind, ()):
            return getattr(value, name)
        raise MissingPart("no such field")

    def set_attribute(self, new: Any, value: Any, name: str) -> None:
        """`value.name = new`: fields of records."""
        if not isinstance(value, Record) or name not in type(value).kinds_:
            raise MissingPart("no such field")
        self.use(gas.VISIT)
        self.values.visit(new)
        setattr(value, name, new)

    def get_item(self, value: Any, key: Any) -> Any:
        """`value[key]`."""
        kind = type(value)
        if kind is list and type(key) is int:
            return value[key]
        if kind is dict:
            return value[self.check_key(key)]
        if kind in _INDEXED:
            if type(key) not in NUMBERS:
                raise TypeError("an index is a number")
            return value[key]
        read = getattr(kind, "read_", None)
        if read is None:
            raise TypeError("has no parts")
        return read(value, key)

    def check_key(self, key: Any) -> str:
        """Return a key of a dictionary. Raises TypeError for anything but text."""
        if type(key) is not str:
            raise TypeError("keys of a dict are texts")
        self.use(len(key) >> 3)
        return key

    def set_item(self, new: Any, value: Any, key: Any) -> None:
        """`value[key] = new`."""
        kind = type(value)
        if kind is dict:
            self.use(gas.ENTRY_OF_DICT)
            check_length(len(value), gas.MAX_ITEMS)
            value[self.check_key(key)] = new
        elif kind is list:
            if type(key) not in NUMBERS:
                raise TypeError("an index is a number")
            value[key] = new
        else:
            write = getattr(kind, "write_", None)
            if write is None:
                raise TypeError("has no parts that change")
            write(value, key, new)

    def delete_item(self, value: Any, key: Any) -> None:
        """`del value[key]`."""
        kind = type(value)
        if kind is dict:
            del value[self.check_key(key)]
            compact(value)
        elif kind is list:
            if type(key) not in NUMBERS:
                raise TypeError("an index is a number")
            self.use(len(value) >> 2)
            del value[key]
        else:
            remove = getattr(kind, "remove_", None)
            if remove is None:
                raise TypeError("has no parts that change")
            remove(value, key)

    def get_slice(self, value: Any, start: Any, stop: Any, step: Any) -> Any:
        """`value[start:stop:step]`."""
        if type(value) not in _INDEXED or any(
            part is not None and type(part) not in NUMBERS for part in (start, stop, step)
        ):
            raise TypeError("cannot be sliced")
        part = slice(start, stop, step)
        self.arithmetic.charge_copy(value, len(range(*part.indices(len(value)))))
        return value[part]

    def iterate(self, value: Any) -> Any:
        """What a loop runs over. A dictionary is copied, so that changing it within the loop is harmless."""
        kind = type(value)
        if kind in _INDEXED or kind is range:
            return value
        return self.whole(value)

    def whole(self, value: Any) -> list[Any]:
        """Return a list of the elements, paid by their number before it is made."""
        kind = type(value)
        if kind not in _INDEXED and kind is not range and kind is not dict:
            raise TypeError("has no elements")
        length = len(value)
        check_length(length, gas.MAX_ITEMS)
        self.use(length * (gas.VISIT if kind is range else gas.ELEMENT))
        return list(value)

    def unpack(self, value: Any, count: int) -> Any:
        """`a, b = value`."""
        if type(value) not in SEQUENCES:
            raise TypeError("only lists and tuples can be unpacked")
        if len(value) != count:
            raise ValueError("another number of elements")
        return value

    def rows(self, value: Any, count: int) -> list[Any]:
        """What a comprehension with several targets runs over: elements that can be unpacked."""
        found = self.whole(value)
        self.use(len(found) * (gas.VISIT + gas.ELEMENT * count))
        return [tuple(self.unpack(row, count)) for row in found]

    def make_dict(self, *parts: Any) -> dict[str, Any]:
        """`{k: v, ...}` from k, v, k, v, ..."""
        self.use(gas.ENTRY_OF_DICT * (len(parts) >> 1))
        made: dict[str, Any] = {}
        for index in range(0, len(parts), 2):
            made[self.check_key(parts[index])] = parts[index + 1]
        return made

    def dict_of_pairs(self, pairs: list[tuple[Any, Any]]) -> dict[str, Any]:
        """`{k: v for ...}`; the turns have paid."""
        check_length(len(pairs), gas.MAX_ITEMS)
        return {self.check_key(key): value for key, value in pairs}

    def bounded(self, made: list[Any]) -> list[Any]:
        """`[... for ...]`; the turns have paid."""
        check_length(len(made), gas.MAX_ITEMS)
        return made
