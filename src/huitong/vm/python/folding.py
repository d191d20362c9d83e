"""Constants of a file are plain values in the tree: `DAY = 24 * 3600` is folded by the author's tools."""

import ast
from collections.abc import Mapping
from typing import Any, NamedTuple

from huitong.types.limits import MAX_INTEGER_BITS


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


def _fold_binary(node: ast.BinOp, constants: Mapping[str, object]) -> Folded | None:
    left, right = fold(node.left, constants), fold(node.right, constants)
    if left is None or right is None or type(left.value) is not int or type(right.value) is not int:
        return None
    a, b = left.value, right.value
    if isinstance(node.op, ast.Add):
        return _bounded(a + b)
    if isinstance(node.op, ast.Sub):
        return _bounded(a - b)
    if isinstance(node.op, ast.Mult):
        return _bounded(a * b)
    if isinstance(node.op, ast.FloorDiv):
        return _bounded(a // b) if b else None
    if isinstance(node.op, ast.Pow) and b >= 0 and a.bit_length() * b <= 2 * MAX_INTEGER_BITS:
        return _bounded(a**b)
    return None


def _bounded(value: int) -> Folded | None:
    return Folded(value) if value.bit_length() <= MAX_INTEGER_BITS else None
