"""Visiting, comparing and searching values. Nothing is compared before all of it was visited and paid."""

from collections.abc import Iterable
from typing import Any

from huitong.contract.dates import Date
from huitong.contract.fixed import Fixed
from huitong.contract.shapes import Shaped
from huitong.vm.python import gas

from .meter import Meter, OutOfGas

INTEGERS = (int, bool)
NUMBERS = frozenset(INTEGERS)
SEQUENCES = frozenset((list, tuple))
ORDERED = frozenset((Fixed, Date))
_SMALL = 1 << 64
_LONG_NEEDLE = 128
_SHORT_TEXT = 2500
"""In shorter texts CPython compares the part at each place; in longer ones its work is linear."""


class Values:
    """Equality, order and membership."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.use = meter.use

    def visit(self, value: Any, level: int = 0) -> None:
        """Charge for a value and all inside it. Raises OverflowError when it is nested too deep (or holds itself)."""
        kind = type(value)
        units = gas.VISIT
        if kind is str or kind is bytes:
            units += len(value) >> 3
        elif kind is int:
            units += value.bit_length() >> 6 if not -_SMALL < value < _SMALL else 0
        elif kind is not bool and value is not None:
            self._made(value, kind, level)
            return
        meter = self.meter
        meter.left = left = meter.left - units
        if left < 0:
            raise OutOfGas

    def _made(self, value: Any, kind: type, level: int) -> None:
        """Visit what is made of others."""
        self.use(gas.VISIT)
        if kind is list or kind is tuple:
            self._inside(value, level)
        elif kind is dict:
            self._inside(value, level)
            self._inside(value.values(), level)
        elif isinstance(value, Shaped):
            self.use(gas.VISIT // 2 + gas.INSTANCE_FIELD * len(kind.fields_))  # type: ignore[attr-defined]  # the class of a Shaped
            self._inside(value.__dict__.values(), level)
        elif kind is Fixed:
            self.use(value.units.bit_length() >> 6)

    def _inside(self, values: Iterable[Any], level: int) -> None:
        if level >= gas.MAX_NESTING:
            raise OverflowError("nested too deep")
        level += 1
        for value in values:
            self.visit(value, level)

    def equal(self, left: Any, right: Any) -> bool:
        """`==`."""
        kind = type(left)
        if kind is int and type(right) is int:
            return bool(left == right)
        if (kind is str or kind is bytes) and type(right) is kind:
            self.use(gas.VISIT + (min(len(left), len(right)) >> 6))
        elif kind not in NUMBERS or type(right) not in NUMBERS:
            self.visit(left)
            self.visit(right)
        return bool(left == right)

    def unequal(self, left: Any, right: Any) -> bool:
        """`!=`."""
        return not self.equal(left, right)

    def _ordered(self, left: Any, right: Any) -> None:
        kind = type(left)
        if kind in NUMBERS and type(right) in NUMBERS:
            return
        if kind is not type(right):
            raise TypeError("only values of one type have an order")
        if kind is str or kind is bytes:
            self.use(gas.VISIT + (min(len(left), len(right)) >> 6))
        elif kind in SEQUENCES or kind in ORDERED:
            self.use(3 * gas.VISIT)
            self.visit(left)
            self.visit(right)
        else:
            raise TypeError("values of this type have no order")

    def less(self, left: Any, right: Any) -> bool:
        """`<`."""
        if type(left) is not int or type(right) is not int:
            self._ordered(left, right)
        return bool(left < right)

    def less_equal(self, left: Any, right: Any) -> bool:
        """`<=`."""
        if type(left) is not int or type(right) is not int:
            self._ordered(left, right)
        return bool(left <= right)

    def greater(self, left: Any, right: Any) -> bool:
        """`>`."""
        if type(left) is not int or type(right) is not int:
            self._ordered(left, right)
        return bool(left > right)

    def greater_equal(self, left: Any, right: Any) -> bool:
        """`>=`."""
        if type(left) is not int or type(right) is not int:
            self._ordered(left, right)
        return bool(left >= right)

    def charge_search(self, text: str | bytes, part: str | bytes) -> None:
        """Charge for looking for a part in a text: at worst each place compares the part once."""
        steps = len(text) >> (1 if len(part) > 1 else 3)
        width = len(part) if len(text) < _SHORT_TEXT else min(len(part), _LONG_NEEDLE)
        self.use(steps + (len(text) * width >> 5) + (len(part) >> 2) + 1)

    def contains(self, item: Any, container: Any) -> bool:
        """`in`."""
        kind = type(container)
        if kind is str or kind is bytes:
            if kind is bytes and type(item) in NUMBERS:
                item = bytes((item,))  # as Python does; ValueError outside of 0 to 255
            if type(item) is not kind:
                raise TypeError("only a text is in a text")
            self.charge_search(container, item)
            return item in container
        if kind in SEQUENCES:
            self.visit(item)
            self.visit(container)
            return item in container
        if kind is dict:
            return self._is_key(item) and item in container
        if kind is range:
            return type(item) in NUMBERS and item in container
        return self._stored(item, container)

    def _stored(self, item: Any, container: Any) -> bool:
        search = getattr(type(container), "has_key_", None)
        if search is None:
            raise TypeError("nothing is in a value of this type")
        return bool(search(container, item))

    def _is_key(self, item: Any) -> bool:
        if type(item) is str:
            self.use(len(item) >> 3)
            return True
        if type(item) is list or type(item) is dict or isinstance(item, Shaped):
            raise TypeError("no key")
        if type(item) is tuple:
            self.visit(item)
            hash(item)  # raises TypeError for a list or dict in it, as Python does
        return False

    def absent(self, item: Any, container: Any) -> bool:
        """`not in`."""
        return not self.contains(item, container)
