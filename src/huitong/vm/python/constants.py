"""Values of the constants that a file declares: plain ones, and tuples, lists and dicts of them.

A list or dict that is a constant can only be read (the compiler sees to it), and what stands in it cannot change
either: so nothing outlives a call, and no call sees what another one did.
"""

from typing import Any, NamedTuple

from .nodes import Kind
from .tree import Node, Tree


class Constant(NamedTuple):
    """A plain value; apart from None, which says that there is none."""

    value: Any


def constant_of(tree: Tree, index: int) -> Constant | None:
    """Return the value of the expression of a constant, None when it is none."""
    node = tree.nodes[index]
    if node.kind is Kind.LIST:
        parts = _frozen_parts(tree, node)
        return None if parts is None else Constant(parts)
    if node.kind is Kind.DICT:
        parts = _frozen_parts(tree, node)
        if parts is None or any(type(key) is not str for key in parts[::2]):
            return None
        return Constant(dict(zip(parts[::2], parts[1::2], strict=True)))
    return _frozen(tree, node)


def _frozen(tree: Tree, node: Node) -> Constant | None:
    """Value of a node that cannot change: a literal, or a tuple of such."""
    if node.kind is Kind.LITERAL:
        return Constant(node.scalars[0])
    if node.kind is not Kind.TUPLE:
        return None
    parts = _frozen_parts(tree, node)
    return None if parts is None else Constant(tuple(parts))


def _frozen_parts(tree: Tree, node: Node) -> list[Any] | None:
    found = [_frozen(tree, child) for child in tree.below(node)]
    return None if any(part is None for part in found) else [part.value for part in found if part is not None]


def can_change(value: Any) -> bool:
    """True for a constant that may only be read."""
    return type(value) in (list, dict)
