"""Static costs: what each node of a tree costs where it stands, in one pass over the table."""

from . import gas
from .nodes import Kind
from .tree import Node, Tree

_DECLARING = frozenset((Kind.MODULE, Kind.FUNCTION, Kind.CONTRACT, Kind.RECORD, Kind.EVENT, Kind.ERROR, Kind.INTERFACE))

_PER_CHILD = {
    Kind.LIST: gas.ELEMENT,
    Kind.TUPLE: gas.ELEMENT,
    Kind.TEXT: gas.VISIT,
    Kind.COMPARE: gas.STATIC[Kind.COMPARE],
}


def static_costs(tree: Tree) -> list[int]:
    """Units by node index. A loop counts without its body, a comprehension with its first source alone: turns pay.

    A lambda counts without its body: each call pays.
    """
    costs: list[int] = []
    for node in tree.nodes:
        costs.append(_cost(tree, node, costs))
    return costs


def _cost(tree: Tree, node: Node, costs: list[int]) -> int:
    own = tree.language.static.get(node.kind, 0)
    children = node.children
    if node.kind in _DECLARING:
        return 0
    if _is_native(tree, node):
        return gas.NATIVE + sum(costs[child] for child in children)
    if node.kind is Kind.LAMBDA:
        return own
    if node.kind is Kind.WHILE:
        return own + costs[children[0]]
    if node.kind is Kind.FOR:
        return own + costs[children[1]]
    if node.kind in (Kind.LIST_COMPREHENSION, Kind.DICT_COMPREHENSION):
        first = next(child for child in children if tree.nodes[child].kind is Kind.CLAUSE)
        return own + costs[tree.nodes[first].children[1]]
    own += _PER_CHILD.get(node.kind, 0) * len(children)
    return own + sum(costs[child] for child in children)


def _is_native(tree: Tree, node: Node) -> bool:
    """True for `not x`, `x is None` and `ctx.name`."""
    if node.kind is Kind.UNARY:
        return bool(node.scalars[0] == "not")
    if node.kind is Kind.COMPARE:
        return all(symbol in ("is", "is not") for symbol in node.scalars)
    if node.kind is Kind.ATTRIBUTE:
        child = tree.nodes[node.children[0]]
        return bool(child.kind is Kind.NAME and child.scalars[0] == "ctx")
    return False


def clause_turn(tree: Tree, node: Node, costs: list[int], place: int) -> int:
    """Units of one turn of a clause of a comprehension: its tests, then the next clause's source or the element."""
    clauses = [child for child in node.children if tree.nodes[child].kind is Kind.CLAUSE]
    clause = tree.nodes[clauses[place]]
    units = gas.TURN + sum(costs[test] for test in clause.children[2:])
    if place + 1 < len(clauses):
        return units + costs[tree.nodes[clauses[place + 1]].children[1]]
    units += 2 * gas.ELEMENT + sum(costs[child] for child in node.children if tree.nodes[child].kind is not Kind.CLAUSE)
    return units + (gas.ENTRY_OF_DICT + gas.PIECE if node.kind is Kind.DICT_COMPREHENSION else 0)
