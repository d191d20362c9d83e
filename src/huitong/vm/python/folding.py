"""Constants of a file are plain values in the tree: `DAY = 24 * 3600` is folded by the author's tools."""

import ast
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from huitong.types.limits import MAX_INTEGER_BITS

_MAX_TEXT: Final = 4096


class Folded(NamedTuple):
    """A plain value; apart from None, which says that there is none."""

    value: Any


def fold(node: ast.expr, constants: Mapping[str, object]) -> Folded | None:
    """Return the plain value of an expression of literals and earlier constants, None when it has none."""
    if isinstance(node, ast.Constant):
        return Folded(node.value) if node.value is None or type(node.value) in (int, str, bytes, bool) else None
    if isinstance(node, ast.Name):
        return Folded(constants[node.id]) if node.id in constants else None
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = fold(node.operand, constants)
        return _bounded(-inner.value) if inner is not None and type(inner.value) is int else None
    return _fold_binary(node, constants) if isinstance(node, ast.BinOp) else None


_NUMBERS: Final[dict[type[ast.operator], Callable[[int, int], int | None]]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b if b else None,
    ast.Mod: lambda a, b: a % b if b else None,
    ast.BitAnd: lambda a, b: a & b,
    ast.BitOr: lambda a, b: a | b,
    ast.BitXor: lambda a, b: a ^ b,
    ast.LShift: lambda a, b: a << b if 0 <= b <= MAX_INTEGER_BITS else None,
    ast.RShift: lambda a, b: a >> b if 0 <= b <= MAX_INTEGER_BITS else None,
    ast.Pow: lambda a, b: a**b if b >= 0 and a.bit_length() * b <= 2 * MAX_INTEGER_BITS else None,
}


def _fold_binary(node: ast.BinOp, constants: Mapping[str, object]) -> Folded | None:
    left, right = fold(node.left, constants), fold(node.right, constants)
    if left is None or right is None:
        return None
    a, b = left.value, right.value
    if type(a) is type(b) and type(a) in (str, bytes) and isinstance(node.op, ast.Add):
        return Folded(a + b) if len(a) + len(b) <= _MAX_TEXT else None
    act = _NUMBERS.get(type(node.op))
    if act is None or type(a) is not int or type(b) is not int:
        return None
    found = act(a, b)
    return None if found is None else _bounded(found)


def _bounded(value: int) -> Folded | None:
    return Folded(value) if value.bit_length() <= MAX_INTEGER_BITS else None
