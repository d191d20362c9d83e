"""From nodes of statements to Python's syntax tree; loops charge gas at each turn, functions when entered."""

import ast
from collections.abc import Callable

from huitong.contract.shapes import Error
from huitong.types import Code

from . import gas
from .compile_expressions import ExpressionCompiler
from .compile_parts import load, use
from .declared import Declared, refused
from .names import CATCHABLE
from .nodes import Kind
from .runtime.runtime import OPERATOR_NAMES
from .tree import Node, Tree

MAX_OPEN_BLOCKS = 8
"""Loops and try statements within each other: CPython has a limit of its own, which changes between releases."""
MAX_BRANCHES = 64
"""Branches of one if, with those of the ifs around it."""


def charge(units: int) -> list[ast.stmt]:
    """`_M.left -= units; if _M.left < 0: raise _Out`."""
    left = ast.Attribute(load("_M"), "left", ast.Load())
    spend = ast.AugAssign(ast.Attribute(load("_M"), "left", ast.Store()), ast.Sub(), ast.Constant(units))
    empty = ast.Compare(left, [ast.Lt()], [ast.Constant(0)])
    return [spend, ast.If(empty, [ast.Raise(load("_Out"), None)], [])]


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value)


class StatementCompiler:
    """Statements of one function. `names`: its parameters, to which all names that it binds are added first."""

    def __init__(self, tree: Tree, declared: Declared, costs: list[int], names: set[str]) -> None:
        self.tree = tree
        self.declared = declared
        self.costs = costs
        self.names = names
        self.expressions = ExpressionCompiler(tree, declared, costs, names)
        self._loops = 0
        self._open = 0
        self._handlers = 0
        self._branches = 0
        self._by_kind: dict[Kind, Callable[[int, Node], list[ast.stmt]]] = {
            Kind.EXPRESSION: lambda _, node: [ast.Expr(self.expressions.visit(node.children[0]))],
            Kind.ASSIGN: self._assignment,
            Kind.AUGMENT: self._augment,
            Kind.RETURN: self._return,
            Kind.IF: self._if,
            Kind.WHILE: self._while,
            Kind.FOR: self._for,
            Kind.BREAK: lambda index, _: [self._leave(index, ast.Break())],
            Kind.CONTINUE: lambda index, _: [self._leave(index, ast.Continue())],
            Kind.PASS: lambda *_: [ast.Pass()],
            Kind.RAISE: self._raise,
            Kind.ASSERT: self._assert,
            Kind.TRY: self._try,
            Kind.DELETE: self._delete,
        }

    def block(self, index: int) -> list[ast.stmt]:
        """Compile a block; the line of each statement is its place in the tree, plus one."""
        compiled: list[ast.stmt] = []
        for child in self.tree.nodes[index].children:
            node = self.tree.nodes[child]
            made = self._by_kind[node.kind](child, node)
            for statement in made:
                statement.lineno = statement.end_lineno = child + 1
                statement.col_offset = statement.end_col_offset = 0
            compiled += made
        return compiled

    def gather(self, index: int) -> None:
        """Add the names that a block binds to the locals of the function."""
        waiting = [index]
        while waiting:
            node = self.tree.nodes[waiting.pop()]
            if node.kind is Kind.HANDLER and node.scalars[0]:
                self.names.add(node.scalars[0])
            targets = {Kind.ASSIGN: node.children[1:], Kind.AUGMENT: node.children[:1], Kind.FOR: node.children[:1]}
            for target in targets.get(node.kind, ()):
                self._gather_target(target)
            waiting += [
                child
                for child in node.children
                if node.kind in (Kind.BLOCK, Kind.IF, Kind.WHILE, Kind.FOR, Kind.TRY, Kind.HANDLER)
                and self.tree.nodes[child].kind in _HOLDING
            ]

    def _gather_target(self, index: int) -> None:
        node = self.tree.nodes[index]
        if node.kind is Kind.NAME:
            self.expressions.bind(index, node.scalars[0])
            self.names.add(node.scalars[0])
        elif node.kind is Kind.TUPLE:
            for child in node.children:
                self._gather_target(child)

    def _assignment(self, index: int, node: Node) -> list[ast.stmt]:
        del index
        value = self.expressions.visit(node.children[0])
        if len(node.children) == 2:
            return self._put(node.children[1], value)
        name = self.expressions.temporary()
        compiled = [_assign(name, value)]
        for target in node.children[1:]:
            compiled += self._put(target, load(name))
        return compiled

    def _put(self, index: int, value: ast.expr) -> list[ast.stmt]:
        """Store a value into a target; the value is evaluated before the parts of the target, as in Python."""
        node = self.tree.nodes[index]
        visit = self.expressions.visit
        if node.kind is Kind.NAME:
            return [_assign(self.expressions.bind(index, node.scalars[0]), value)]
        if node.kind is Kind.ATTRIBUTE:
            return [ast.Expr(use("_put", value, visit(node.children[0]), ast.Constant(node.scalars[0])))]
        if node.kind is Kind.SUBSCRIPT:
            base = self.expressions.base(node.children[0])
            return [ast.Expr(use("_store", value, base, visit(node.children[1])))]
        if not node.children:
            raise refused(Code.SYNTAX_REFUSED, index, "an empty target", "use names")
        names = [self.expressions.temporary() for _ in node.children]
        targets: list[ast.expr] = [ast.Name(name, ast.Store()) for name in names]
        unpacked = use("_unpack", value, ast.Constant(len(names)))
        compiled: list[ast.stmt] = [ast.Assign([ast.Tuple(targets, ast.Store())], unpacked)]
        for child, name in zip(node.children, names, strict=True):
            compiled += self._put(child, load(name))
        return compiled

    def _augment(self, index: int, node: Node) -> list[ast.stmt]:
        symbol = node.scalars[0]
        helper = "_iadd" if symbol == "+" else OPERATOR_NAMES[symbol]
        target = self.tree.nodes[node.children[0]]
        visit = self.expressions.visit
        if target.kind is Kind.NAME:
            name = self.expressions.bind(node.children[0], target.scalars[0])
            return [_assign(name, use(helper, visit(node.children[0]), visit(node.children[1])))]
        if target.kind is Kind.TUPLE:
            raise refused(Code.SYNTAX_REFUSED, index, "a tuple as target of an operation", "assign one by one")
        first = self.expressions.temporary()
        compiled = [_assign(first, self.expressions.base(target.children[0]))]
        if target.kind is Kind.ATTRIBUTE:
            name_of = ast.Constant(target.scalars[0])
            new = use(helper, use("_get", load(first), name_of), visit(node.children[1]))
            return [*compiled, ast.Expr(use("_put", new, load(first), name_of))]
        second = self.expressions.temporary()
        compiled.append(_assign(second, visit(target.children[1])))
        new = use(helper, use("_item", load(first), load(second)), visit(node.children[1]))
        return [*compiled, ast.Expr(use("_store", new, load(first), load(second)))]

    def _return(self, index: int, node: Node) -> list[ast.stmt]:
        del index
        child = node.children[0]
        absent = self.tree.nodes[child].kind is Kind.ABSENT
        return [ast.Return(None if absent else self.expressions.visit(child))]

    def _if(self, index: int, node: Node) -> list[ast.stmt]:
        """Branches behind the first nest in Python's tree, so their number counts as depth."""
        *branches, last = node.children
        outer = self._branches
        if outer + len(branches) > 2 * MAX_BRANCHES:
            raise refused(
                Code.CONTRACT_TOO_LARGE, index, f"more than {MAX_BRANCHES} branches", "use a dict or functions"
            )
        compiled: list[tuple[ast.expr, list[ast.stmt]]] = []
        for test, body in zip(branches[::2], branches[1::2], strict=True):
            compiled.append((self.expressions.visit(test), self.block(body)))
            self._branches += 2
        rest = [] if self.tree.nodes[last].kind is Kind.ABSENT else self.block(last)
        self._branches = outer
        for test_of, body_of in reversed(compiled):
            rest = [ast.If(test_of, body_of, rest)]
        return rest

    def _enter(self, index: int) -> None:
        self._open += 1
        if self._open > MAX_OPEN_BLOCKS:
            raise refused(Code.CONTRACT_TOO_DEEP, index, "too many loops within each other", "use functions")

    def _turns(self, index: int, body: int, units: int) -> list[ast.stmt]:
        self._enter(index)
        self._loops += 1
        compiled = [*charge(gas.TURN + units + self.costs[body]), *self.block(body)]
        self._loops -= 1
        self._open -= 1
        return compiled

    def _while(self, index: int, node: Node) -> list[ast.stmt]:
        test, body = node.children
        condition = self.expressions.visit(test)
        return [ast.While(condition, self._turns(index, body, self.costs[test]), [])]

    def _for(self, index: int, node: Node) -> list[ast.stmt]:
        target, source, body = node.children
        values = use("_each", self.expressions.reading(source))
        self.expressions.target_names(target)
        shape = self.tree.nodes[target]
        if shape.kind is Kind.NAME:
            name, unpack = self.expressions.bind(target, shape.scalars[0]), list[ast.stmt]()
        else:
            name = self.expressions.temporary()
            unpack = self._put(target, load(name))
        turns = self._turns(index, body, gas.VISIT * len(shape.children))
        return [ast.For(ast.Name(name, ast.Store()), values, [*turns[:2], *unpack, *turns[2:]], [])]

    def _leave(self, index: int, statement: ast.stmt) -> ast.stmt:
        if not self._loops:
            raise refused(Code.SYNTAX_REFUSED, index, "break or continue outside of a loop")
        return statement

    def _raise(self, index: int, node: Node) -> list[ast.stmt]:
        child = node.children[0]
        if self.tree.nodes[child].kind is not Kind.ABSENT:
            return [ast.Raise(use("_error", self.expressions.visit(child)), None)]
        if not self._handlers:
            raise refused(Code.SYNTAX_REFUSED, index, "raise without an error", "name an error")
        return [ast.Raise(None, None)]

    def _assert(self, index: int, node: Node) -> list[ast.stmt]:
        del index
        test = ast.UnaryOp(ast.Not(), self.expressions.visit(node.children[0]))
        failed = ast.Call(load("_AssertionError"), [ast.Constant(node.scalars[0])], [])
        return [ast.If(test, [ast.Raise(failed, None)], [])]

    def _try(self, index: int, node: Node) -> list[ast.stmt]:
        body, *handlers, other = node.children
        self._enter(index)
        guarded = self.block(body)
        compiled = [self._handler(child, self.tree.nodes[child]) for child in handlers]
        absent = self.tree.nodes[other].kind is Kind.ABSENT
        rest = [] if absent else self.block(other)
        self._open -= 1
        return [ast.Try(guarded, compiled, rest, [])]

    def _handler(self, index: int, node: Node) -> ast.ExceptHandler:
        bound, *names = node.scalars
        for name in names:
            shape = self.declared.shapes.get(name)
            if name not in CATCHABLE and (shape is None or not issubclass(shape, Error)):
                raise refused(Code.NAME_REFUSED, index, f"{name} is no error that can be caught", "declare an Error")
            if bound and name in CATCHABLE and name != "CallFailed":
                raise refused(Code.NAME_REFUSED, index, f"{name} has no fields to look at", "write it without as")
        kinds: list[ast.expr] = [load(f"{'e' if name in CATCHABLE else 'k'}_{name}") for name in names]
        if "Exception" in names:
            kinds = [load("e_Exception")]
        kind = kinds[0] if len(kinds) == 1 else ast.Tuple(kinds, ast.Load())
        self._handlers += 1
        body = self.block(node.children[0])
        self._handlers -= 1
        return ast.ExceptHandler(kind, self.expressions.bind(index, bound) if bound else None, body)

    def _delete(self, index: int, node: Node) -> list[ast.stmt]:
        compiled: list[ast.stmt] = []
        for child in node.children:
            target = self.tree.nodes[child]
            if target.kind is not Kind.SUBSCRIPT:
                raise refused(Code.SYNTAX_REFUSED, index, "del of anything but a key", "write del value[key]")
            base = self.expressions.base(target.children[0])
            compiled.append(ast.Expr(use("_drop", base, self.expressions.visit(target.children[1]))))
        return compiled


_HOLDING = frozenset((Kind.BLOCK, Kind.IF, Kind.WHILE, Kind.FOR, Kind.TRY, Kind.HANDLER, Kind.ASSIGN, Kind.AUGMENT))
