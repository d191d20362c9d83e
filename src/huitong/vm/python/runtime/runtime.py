"""All helpers of one program around one meter, under the names that compiled code uses."""

from collections.abc import Callable
from typing import Any

from huitong.contract.dates import Date
from huitong.contract.faults import CallFailed, MissingPart
from huitong.contract.fixed import Fixed
from huitong.contract.shapes import Error, Event, Shaped
from huitong.types import Code
from huitong.vm.python import gas

from .arithmetic import Arithmetic
from .builtins import Builtins
from .collections import Collections
from .items import Items
from .meter import Halt, Meter, OutOfGas
from .texts import Texts
from .values import Values

FAULT_CLASSES: dict[str, type[Exception]] = {
    "KeyError": KeyError,
    "TypeError": TypeError,
    "ValueError": ValueError,
    "ZeroDivisionError": ZeroDivisionError,
    "OverflowError": OverflowError,
    "IndexError": IndexError,
    "AssertionError": AssertionError,
}
"""Errors of Python with a fixed code. Nothing else of Python's can be caught."""

TYPES: dict[str, type] = {
    "int": int,
    "str": str,
    "bytes": bytes,
    "bool": bool,
    "list": list,
    "dict": dict,
    "tuple": tuple,
    "Fixed": Fixed,
    "Date": Date,
}
"""What `isinstance` asks for."""

EVERYTHING = (*FAULT_CLASSES.values(), MissingPart, Error, CallFailed)
"""What `except Exception` catches: never the end of gas, memory or stack."""


def _deep() -> None:
    raise Halt(Code.CALL_DEPTH_EXCEEDED, limit=gas.MAX_FUNCTION_DEPTH)


def _outside(event: Event) -> None:
    raise AssertionError(f"{event!r} was emitted outside of a frame")


class Runtime:
    """Helpers of a program. emit: set by the running frame.

    One thread at a time; frames nest, and each sets the meter and puts it back.
    """

    def __init__(self) -> None:
        self.meter = meter = Meter()
        self.values = Values(meter)
        self.arithmetic = Arithmetic(meter)
        self.items = Items(meter, self.values, self.arithmetic)
        self.texts = Texts(meter, self.values, self.arithmetic)
        self.collections = Collections(meter, self.values, self.arithmetic, self.items)
        self.builtins = Builtins(meter, self.values, self.arithmetic, self.items, self.texts, self.collections)
        self.emit: Callable[[Event], None] = _outside
        self.methods = {**self.texts.methods(), **self.collections.methods(), **self.builtins.numbers.methods()}

    def call_method(self, value: Any, name: str, /, *args: Any, **kwargs: Any) -> Any:
        """`value.name(...)`: a table by exact type and name; then what the chain gives; then events."""
        kind = type(value)
        found = self.methods.get((kind, name))
        if found is not None:
            return found(value, *args, **kwargs)
        handles = getattr(kind, "methods_", None)
        if handles is not None:
            return handles(value, name)(*args, **kwargs)
        if name == "emit" and isinstance(value, Event) and not args and not kwargs:
            return self.emit(value)
        raise MissingPart("no such method")

    def maker(self, shape: type[Shaped]) -> Callable[..., Shaped]:
        """Return the function that makes instances of a declared class."""
        units = gas.INSTANCE + gas.INSTANCE_FIELD * len(shape.fields_)
        use, visit = self.meter.use, self.values.visit

        def make(*args: Any, **kwargs: Any) -> Shaped:
            use(units)
            for value in args:
                visit(value)
            for value in kwargs.values():
                visit(value)
            return shape(*args, **kwargs)

        return make

    def namespace(self) -> dict[str, Any]:
        """Names that compiled code uses; contracts' own names carry other prefixes."""
        values, arithmetic, items = self.values, self.arithmetic, self.items
        names: dict[str, Any] = {
            "__builtins__": {},
            "_M": self.meter,
            "_Out": OutOfGas,
            "_Halt": Halt,
            "_turn": self.meter.turn,
            "_text": self.texts.concatenate,
            "_format": self.texts.format,
            "_method": self.call_method,
            "_error": self.builtins.error,
            "_get": items.get_attribute,
            "_put": items.set_attribute,
            "_item": items.get_item,
            "_store": items.set_item,
            "_drop": items.delete_item,
            "_slice": items.get_slice,
            "_each": items.iterate,
            "_rows": items.rows,
            "_unpack": items.unpack,
            "_dict": items.make_dict,
            "_pairs": items.dict_of_pairs,
            "_list": items.bounded,
            "_AssertionError": AssertionError,
            "_deep": _deep,
            "_iadd": arithmetic.add_in_place,
            "_neg": arithmetic.negative,
            "_pos": arithmetic.positive,
            "_inv": arithmetic.invert,
        }
        operators = dict(zip(OPERATOR_NAMES.values(), self._operators(values, arithmetic), strict=True))
        functions = {f"b_{name}": function for name, function in self.builtins.functions().items()}
        tests = {f"t_{name}": kind for name, kind in TYPES.items()}
        faults = {f"e_{name}": fault for name, fault in FAULT_CLASSES.items()}
        more = {"e_Error": Error, "e_CallFailed": CallFailed, "e_Exception": EVERYTHING}
        return names | operators | functions | tests | faults | more

    @staticmethod
    def _operators(values: Values, arithmetic: Arithmetic) -> list[Callable[..., Any]]:
        return [
            arithmetic.add,
            arithmetic.subtract,
            arithmetic.multiply,
            arithmetic.divide,
            arithmetic.modulo,
            arithmetic.power,
            arithmetic.shift_left,
            arithmetic.shift_right,
            arithmetic.bit_and,
            arithmetic.bit_or,
            arithmetic.bit_xor,
            values.equal,
            values.unequal,
            values.less,
            values.less_equal,
            values.greater,
            values.greater_equal,
            values.contains,
            values.absent,
        ]


OPERATOR_NAMES: dict[str, str] = {
    "+": "_add",
    "-": "_sub",
    "*": "_mul",
    "//": "_div",
    "%": "_mod",
    "**": "_pow",
    "<<": "_shl",
    ">>": "_shr",
    "&": "_and",
    "|": "_or",
    "^": "_xor",
    "==": "_eq",
    "!=": "_ne",
    "<": "_lt",
    "<=": "_le",
    ">": "_gt",
    ">=": "_ge",
    "in": "_in",
    "not in": "_out",
}
