"""Methods of lists, tuples and dictionaries."""

from collections.abc import Callable
from typing import Any

from huitong.vm.python import gas
from huitong.vm.python.names import DICT_METHODS, LIST_METHODS, TUPLE_METHODS

from .arithmetic import Arithmetic, check_length
from .items import Items, compact
from .meter import Meter
from .values import NUMBERS, ORDERED, SEQUENCES, Values

_NONE: Any = object()


def _pair(row: Any) -> tuple[Any, Any]:
    if type(row) not in (list, tuple, str, bytes):
        raise TypeError("no pair")
    if len(row) != 2:
        raise ValueError("a pair has two parts")
    return row[0], row[1]


class Collections:
    """Methods of list, tuple and dict, by name."""

    def __init__(self, meter: Meter, values: Values, arithmetic: Arithmetic, items: Items) -> None:
        self.meter = meter
        self.use = meter.use
        self.values = values
        self.arithmetic = arithmetic
        self.items_of = items

    def methods(self) -> dict[tuple[type, str], Callable[..., Any]]:
        """Table by type and name."""
        table: dict[tuple[type, str], Callable[..., Any]] = {
            (list, name): getattr(self, f"list_{name}") for name in LIST_METHODS
        }
        table |= {(tuple, name): getattr(self, f"list_{name}") for name in TUPLE_METHODS}
        return table | {(dict, name): getattr(self, f"dict_{name}") for name in DICT_METHODS}

    def list_append(self, target: list[Any], value: Any, /) -> None:
        """Add at the end."""
        check_length(len(target) + 1, gas.MAX_ITEMS)
        target.append(value)

    def list_extend(self, target: list[Any], more: Any, /) -> None:
        """Add all elements."""
        added = self.items_of.whole(more)
        check_length(len(target) + len(added), gas.MAX_ITEMS)
        self.use(len(target) * gas.ELEMENT)
        target.extend(added)

    def list_insert(self, target: list[Any], place: Any, value: Any, /) -> None:
        """Add before a place."""
        if type(place) not in NUMBERS:
            raise TypeError("an index is a number")
        check_length(len(target) + 1, gas.MAX_ITEMS)
        self.use(len(target) >> 2)
        target.insert(max(min(place, len(target)), -len(target)), value)

    def list_pop(self, target: list[Any], place: Any = -1, /) -> Any:
        """Take out the last element, or that at a place."""
        if type(place) not in NUMBERS:
            raise TypeError("an index is a number")
        if not -len(target) <= place < len(target):
            raise IndexError("outside of the list")
        if place != -1:
            self.use(len(target) >> 2)
        return target.pop(place)

    def list_reverse(self, target: list[Any], /) -> None:
        """Turn around."""
        self.use(len(target) >> 1)
        target.reverse()

    def list_index(self, target: list[Any] | tuple[Any, ...], value: Any, /, *places: Any) -> int:
        """Place of the first equal element, from a place up to another one. Raises ValueError."""
        if any(type(place) not in NUMBERS for place in places):
            raise TypeError("a search begins and ends at numbers")
        self.values.visit(value)
        self.values.visit(target)
        return target.index(value, *places)

    def list_count(self, target: list[Any] | tuple[Any, ...], value: Any, /) -> int:
        """How often an equal element is in the list."""
        self.values.visit(value)
        self.values.visit(target)
        return target.count(value)

    def list_remove(self, target: list[Any], value: Any, /) -> None:
        """Take out the first equal element. Raises ValueError."""
        self.values.visit(value)
        self.values.visit(target)
        target.remove(value)

    def list_copy(self, target: list[Any], /) -> list[Any]:
        """A new list of the same elements."""
        return self.items_of.whole(target)

    def list_clear(self, target: list[Any], /) -> None:
        """Take out all."""
        self.use(len(target) >> 2)
        target.clear()

    def list_sort(self, target: list[Any], /, *, reverse: Any = False) -> None:
        """Sort numbers, texts or bytes in place."""
        target[:] = self.sorted_(target, reverse=reverse)

    def sorted_(self, values: Any, /, *, key: Any = None, reverse: Any = False) -> list[Any]:
        """`sorted`: numbers, texts, bytes, dates, fixed-point numbers, or tuples and lists of them; not mixed."""
        if type(reverse) is not bool:
            raise TypeError("reverse is True or False")
        found = self.items_of.whole(values)
        if key is None:
            self._charge_sort(found)
            return sorted(found, reverse=reverse)
        marks = self.marks(found, key)
        self._charge_sort(marks)
        self.use(len(found) * gas.ELEMENT * 2)
        return [found[place] for place in sorted(range(len(found)), key=marks.__getitem__, reverse=reverse)]

    def marks(self, found: list[Any], key: Callable[[Any], Any]) -> list[Any]:
        """What `key` gives for each element."""
        self.use(len(found) * (gas.ELEMENT + gas.KEY_CALL))
        return [key(value) for value in found]

    def _charge_sort(self, found: list[Any]) -> None:
        longest = self._longest(found)
        rounds = max(len(found).bit_length(), 1)
        self.use(gas.SORT + len(found) * rounds * (4 + (longest >> 5)))

    def _nested(self, found: list[Any]) -> int:
        """The dearest element to visit, as if it were a text of so many letters."""
        dearest = 0
        for value in found:
            before = self.meter.left
            self.values.visit(value)
            dearest = max(dearest, before - self.meter.left)
        return dearest << 4

    def _longest(self, found: list[Any]) -> int:
        self.use(len(found) * gas.ELEMENT * 2)
        kinds = {bool: int}
        if len({kinds.get(type(value), type(value)) for value in found}) > 1:
            raise TypeError("only values of one type have an order")
        if len(found) == 1:
            return 0
        if not found or type(found[0]) in NUMBERS:
            return max((value.bit_length() for value in found), default=0) >> 3
        if type(found[0]) in SEQUENCES or type(found[0]) in ORDERED:
            return self._nested(found)
        if type(found[0]) not in (str, bytes):
            raise TypeError("values of this type have no order")
        return max(map(len, found))

    def dict_get(self, target: dict[str, Any], key: Any, default: Any = None, /) -> Any:
        """Value under a key, or the default."""
        return target.get(self.items_of.check_key(key), default)

    def dict_keys(self, target: dict[str, Any], /) -> list[str]:
        """List of the keys."""
        return self.items_of.whole(target)

    def dict_values(self, target: dict[str, Any], /) -> list[Any]:
        """List of the values."""
        self.use(len(target) * gas.ELEMENT)
        return list(target.values())

    def dict_items(self, target: dict[str, Any], /) -> list[tuple[str, Any]]:
        """List of (key, value)."""
        self.use(len(target) * gas.PIECE)
        return list(target.items())

    def dict_pop(self, target: dict[str, Any], key: Any, default: Any = _NONE, /) -> Any:
        """Take out the value under a key. Raises KeyError when there is neither value nor default."""
        checked = self.items_of.check_key(key)
        value = target.pop(checked) if default is _NONE else target.pop(checked, default)
        compact(target)
        return value

    def dict_copy(self, target: dict[str, Any], /) -> dict[str, Any]:
        """A new dictionary of the same values."""
        self.use(len(target) * gas.ENTRY_OF_DICT)
        return dict(target)

    def dict_setdefault(self, target: dict[str, Any], key: Any, value: Any = None, /) -> Any:
        """Value under a key, which is set first when missing."""
        if not self.values.contains(self.items_of.check_key(key), target):
            self.items_of.set_item(value, target, key)
        return target[key]

    def dict_clear(self, target: dict[str, Any], /) -> None:
        """Take out all."""
        self.use(len(target) >> 2)
        target.clear()

    def dict_update(self, target: dict[str, Any], more: Any = (), /) -> None:
        """Set all entries of another dictionary, or all pairs of a list."""
        if type(more) is not dict:
            self.use(len(more) * gas.ELEMENT * 2 if type(more) in SEQUENCES else 0)
            more = self.items_of.dict_of_pairs([_pair(row) for row in self.items_of.whole(more)])
        check_length(len(target) + len(more), gas.MAX_ITEMS)
        self.use(len(more) * gas.ENTRY_OF_DICT)
        target.update(more)
