"""Functions that contracts call by name."""

import sys
from collections.abc import Callable
from typing import Any

from huitong.contract.shapes import Error
from huitong.vm.python import gas

from .arithmetic import Arithmetic, check_integer, check_length
from .collections import Collections
from .items import Items
from .meter import Meter
from .numbers import Numbers
from .texts import Texts
from .values import NUMBERS, Values

_NONE: Any = object()
_BASES = (2, 8, 10, 16)


class Builtins:
    """The builtins of the language."""

    def __init__(
        self, meter: Meter, values: Values, arithmetic: Arithmetic, items: Items, texts: Texts, collections: Collections
    ) -> None:
        self.use = meter.use
        self.values = values
        self.arithmetic = arithmetic
        self.items = items
        self.texts = texts
        self.collections = collections
        self.numbers = Numbers(meter)

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Table by name; the names are those of `names.BUILTINS`."""
        return {
            **self.numbers.functions(),
            "abs": self.arithmetic.absolute,
            "all": self.all_,
            "any": self.any_,
            "bool": self.bool_,
            "bytes": self.bytes_,
            "dict": self.dict_,
            "divmod": self.arithmetic.divmod_,
            "enumerate": self.enumerate_,
            "int": self.int_,
            "isinstance": self.isinstance_,
            "len": self.len_,
            "list": self.list_,
            "max": self.max_,
            "min": self.min_,
            "range": self.range_,
            "require": self.require,
            "reversed": self.reversed_,
            "sorted": self.collections.sorted_,
            "str": self.str_,
            "sum": self.sum_,
            "tuple": self.tuple_,
            "zip": self.zip_,
        }

    def all_(self, values: Any, /) -> bool:
        """True when all elements are true."""
        return all(self.items.whole(values))

    def any_(self, values: Any, /) -> bool:
        """True when an element is true."""
        return any(self.items.whole(values))

    def bool_(self, value: Any = False, /) -> bool:
        """Truth of a value."""
        return bool(value)

    def bytes_(self, value: Any = b"", /) -> bytes:
        """Bytes from bytes, from a list of numbers 0 to 255, or so many zeros."""
        kind = type(value)
        if kind is bytes:
            return bytes(value)
        if kind is int:
            check_length(value, gas.MAX_TEXT)
            self.use(max(value, 0) >> 2)
            return bytes(value)
        if kind is not list:
            raise TypeError("bytes are made from bytes, a list of numbers, or a number")
        self.use(len(value) * gas.ELEMENT)
        if any(type(element) is not int for element in value):
            raise TypeError("a byte is a number")
        if any(not 0 <= element < 256 for element in value):
            raise ValueError("a byte is 0 to 255")
        return bytes(value)

    def dict_(self, value: Any = None, /) -> dict[str, Any]:
        """An empty dictionary, or a copy."""
        self.use(gas.INSTANCE)
        if value is None:
            return {}
        if type(value) is not dict:
            raise TypeError("dict copies a dict")
        return self.collections.dict_copy(value)

    def enumerate_(self, values: Any, /, start: Any = 0) -> list[tuple[int, Any]]:
        """List of (number, element)."""
        if type(start) is not int or not -gas.MAX_RANGE < start < gas.MAX_RANGE:
            raise TypeError("the first number is a number")
        found = self.items.whole(values)
        self.use(len(found) * gas.PIECE)
        return list(enumerate(found, start))

    def int_(self, value: Any = 0, base: Any = 10, /) -> int:
        """A number from a number, or from a text of ASCII digits."""
        if type(value) in NUMBERS and base == 10:
            return int(value)
        if type(value) is not str or type(base) is not int or base not in _BASES:
            raise TypeError("int reads numbers and texts, of base 2, 8, 10 or 16")
        if len(value) > gas.MAX_NUMERAL or not value.isascii():
            raise ValueError("no number")
        self.use(len(value) + (len(value) * len(value) >> 9))
        return check_integer(int(value, base))

    def isinstance_(self, value: Any, kinds: tuple[type, ...], /) -> bool:
        """True when a value is of one of the types, which the compiler has chosen."""
        return isinstance(value, kinds)

    def len_(self, value: Any, /) -> int:
        """Number of elements."""
        if type(value) not in (str, bytes, list, tuple, dict, range):
            raise TypeError("has no length")
        return len(value)

    def list_(self, values: Any = (), /) -> list[Any]:
        """A new list of the elements."""
        return self.items.whole(values)

    def tuple_(self, values: Any = (), /) -> tuple[Any, ...]:
        """A tuple of the elements."""
        found = self.items.whole(values)
        self.use(len(found) * gas.ELEMENT)
        return tuple(found)

    def _extreme(self, values: tuple[Any, ...], better: Callable[[Any, Any], bool], key: Any, default: Any) -> Any:
        if len(values) != 1 and (not values or default is not _NONE):
            raise TypeError("a default goes with one list")
        found = self.items.whole(values[0]) if len(values) == 1 else list(values)
        if not found:
            if default is not _NONE:
                return default
            raise ValueError("there are no elements")
        marks = found if key is None else self.collections.marks(found, key)
        if len(found) == 1:
            return found[0]
        self.use(2 * len(found) * gas.VISIT)
        best = 0
        for place in range(1, len(found)):
            if better(marks[place], marks[best]):
                best = place
        return found[best]

    def max_(self, *values: Any, key: Any = None, default: Any = _NONE) -> Any:
        """The greatest of a list, or of the arguments."""
        return self._extreme(values, self.values.greater, key, default)

    def min_(self, *values: Any, key: Any = None, default: Any = _NONE) -> Any:
        """The least of a list, or of the arguments."""
        return self._extreme(values, self.values.less, key, default)

    def range_(self, *bounds: Any) -> range:
        """Whole numbers from, to (without it), by."""
        if not 1 <= len(bounds) <= 3 or any(type(bound) not in NUMBERS for bound in bounds):
            raise TypeError("range takes one to three numbers")
        if any(not -gas.MAX_RANGE < bound < gas.MAX_RANGE for bound in bounds):
            raise OverflowError("too large a range")
        self.use(2 * gas.VISIT)
        return range(*bounds)

    def require(self, condition: Any, error: Any, /) -> None:
        """Raise the error unless the condition is true."""
        if not condition:
            raise self.error(error)

    def error(self, value: Any) -> Error:
        """Return what `raise` raises: a copy of a declared error, so that none is raised twice.

        Python links each raised error to the one that is handled, and walks along these links at each raise: a
        contract that keeps errors could make that chain as long as it likes.
        """
        if not isinstance(value, Error):
            raise TypeError("only declared errors can be raised")
        kind = type(value)
        self.use(gas.INSTANCE_FIELD * len(kind.fields_))
        copy = kind.__new__(kind)
        for field in kind.fields_:
            object.__setattr__(copy, field.name, getattr(value, field.name))
        handled = sys.exception()
        if handled is not None:
            handled.__context__ = None
        return copy

    def reversed_(self, values: Any, /) -> list[Any]:
        """List of the elements from the last to the first."""
        if type(values) is dict:
            raise TypeError("a dict is not turned around")
        return self.items.whole(values)[::-1]

    def str_(self, value: Any = "", /) -> str:
        """Text of a text, number, truth value or None."""
        return self.texts.text_of(value)

    def sum_(self, values: Any, start: Any = 0, /) -> Any:
        """Sum of numbers."""
        if type(start) not in NUMBERS:
            raise TypeError("sums are of numbers")
        found = self.items.whole(values)
        self.use(len(found) * gas.VISIT)
        total: Any = start
        for value in found:
            if type(value) not in NUMBERS:
                raise TypeError("sums are of numbers")
            total = self.arithmetic.add(total, value)
        return total

    def zip_(self, *values: Any, strict: Any = False) -> list[tuple[Any, ...]]:
        """List of tuples of the elements at the same place."""
        if type(strict) is not bool:
            raise TypeError("strict is True or False")
        found = [self.items.whole(value) for value in values]
        shortest = min(map(len, found), default=0)
        if strict and any(len(value) != shortest for value in found):
            raise ValueError("of different lengths")
        self.use(shortest * (gas.PIECE + gas.ELEMENT * len(found)))
        return list(zip(*found, strict=False))
