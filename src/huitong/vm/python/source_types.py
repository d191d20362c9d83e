"""From type hints to the nodes of types."""

import ast
from typing import Final

from huitong.types import Code
from huitong.types.limits import MAX_SYNTAX_NODES

from .findings import Table
from .nodes import Kind

_OTHERS: Final = frozenset(("float", "complex", "set", "frozenset", "object", "list", "dict", "tuple", "Fixed", "Date"))
"""Names of types that contracts cannot hold, or not without what they hold."""


def is_annotated(value: ast.expr) -> bool:
    """True for `Annotated[...]`."""
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id == "Annotated"


class Types:
    """Translator of types. aliases: names that the file gives to `Annotated[...]` types."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.aliases: dict[str, ast.expr] = {}

    def type_of(self, hint: ast.expr) -> int:
        """Translate the type of a field, parameter or result."""
        self.table.line = hint.lineno
        if isinstance(hint, ast.Name):
            if hint.id in self.aliases and len(self.table.nodes) <= MAX_SYNTAX_NODES:
                return self._alias(hint.id)
            if hint.id in _OTHERS:
                return self._bad_type(hint)
            return self.table.add(Kind.TYPE_NAME, (self.table.name(hint, hint.id),))
        if isinstance(hint, ast.Constant) and hint.value is None:
            return self.table.add(Kind.TYPE_NAME, ("None",))
        if isinstance(hint, ast.BinOp) and isinstance(hint.op, ast.BitOr):
            if isinstance(hint.right, ast.Constant) and hint.right.value is None:
                return self.table.add(Kind.TYPE_OPTIONAL, (), (self.type_of(hint.left),))
        elif isinstance(hint, ast.Subscript) and isinstance(hint.value, ast.Name):
            return self._generic(hint.value.id, hint)
        return self._bad_type(hint)

    def _alias(self, name: str) -> int:
        """Translate what a name stands for; within it the name is not known."""
        meaning = self.aliases.pop(name)
        index = self.type_of(meaning)
        self.aliases[name] = meaning
        return index

    def table_value(self, hint: ast.expr) -> int:
        """Translate the value type of a Map, which may be a Map again."""
        if isinstance(hint, ast.Subscript) and isinstance(hint.value, ast.Name) and hint.value.id == "Map":
            inside = hint.slice
            if isinstance(inside, ast.Tuple) and len(inside.elts) == 2:
                kinds = (self.type_of(inside.elts[0]), self.table_value(inside.elts[1]))
                return self.table.add(Kind.TYPE_MAP, (), kinds)
        return self.type_of(hint)

    def _generic(self, name: str, hint: ast.Subscript) -> int:
        parts = hint.slice.elts if isinstance(hint.slice, ast.Tuple) else [hint.slice]
        if name == "Map":
            return self.table.refuse(
                hint,
                Code.FIELD_DECLARATION_INVALID,
                "a Map is no value",
                "declare it in the contract: field: Map[K, V], where V may be a Map",
            )
        if name == "list" and len(parts) == 1:
            return self.table.add(Kind.TYPE_LIST, (), (self.type_of(parts[0]),))
        if name == "tuple" and parts:
            return self.table.add(Kind.TYPE_TUPLE, (), tuple(self.type_of(part) for part in parts))
        if len(parts) == 2 and name == "Annotated":
            return self._annotated(hint, parts[0], parts[1])
        if len(parts) == 2 and name == "dict" and isinstance(parts[0], ast.Name) and parts[0].id == "str":
            return self.table.add(Kind.TYPE_DICT, (), (self.type_of(parts[1]),))
        return self._bad_type(hint)

    def _annotated(self, hint: ast.expr, inner: ast.expr, mark: ast.expr) -> int:
        """`Annotated[Fixed, Scale(2)]` and `Annotated[list[T], Most(10)]`."""
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and len(mark.args) == 1:
            number = mark.args[0]
            whole = isinstance(number, ast.Constant) and type(number.value) is int and not mark.keywords
            if whole and mark.func.id == "Most":
                value = number.value if isinstance(number, ast.Constant) else 0
                return self.table.add(Kind.TYPE_BOUNDED, (value,), (self.type_of(inner),))
            if whole and mark.func.id == "Scale" and isinstance(inner, ast.Name) and inner.id == "Fixed":
                value = number.value if isinstance(number, ast.Constant) else 0
                return self.table.add(Kind.TYPE_FIXED, (value,))
        return self._bad_type(hint)

    def _bad_type(self, hint: ast.expr) -> int:
        return self.table.refuse(
            hint,
            Code.FIELD_DECLARATION_INVALID,
            "this type",
            "use int, str, bytes, bool, U8 to I256, list[T], tuple[T, L], dict[str, T], T | None, a Record declared "
            "above, Annotated[Fixed, Scale(2)] or Annotated[list[T], Most(10)]",
        )
