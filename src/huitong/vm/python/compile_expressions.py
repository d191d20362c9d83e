"""From nodes of expressions to Python's syntax tree, with helpers in place of operators, attributes and subscripts."""

import ast
from collections.abc import Callable

from huitong.contract.formats import parse_format
from huitong.types import Code

from .compile_calls import CallCompiler
from .compile_parts import load, use
from .constants import can_change
from .costs import clause_turn
from .declared import Declared, refused
from .names import CONTEXT_VALUES, RESERVED
from .nodes import Kind
from .runtime.runtime import OPERATOR_NAMES
from .tree import Node, Tree

_UNARY = {"-": "_neg", "+": "_pos", "~": "_inv"}


class ExpressionCompiler:
    """Expressions of one function. names: its locals, and the targets of the comprehensions around."""

    def __init__(self, tree: Tree, declared: Declared, costs: list[int], names: set[str]) -> None:
        self.tree = tree
        self.declared = declared
        self.costs = costs
        self.names = names
        self.temporaries = 0
        self._sources = 0
        self.calls = CallCompiler(self)
        self._by_kind: dict[Kind, Callable[[int, Node], ast.expr]] = {
            Kind.LITERAL: lambda _, node: ast.Constant(node.scalars[0]),
            Kind.NAME: self._name,
            Kind.STORAGE: self._storage,
            Kind.ATTRIBUTE: self._attribute,
            Kind.SUBSCRIPT: lambda _, node: use("_item", self._base(node.children[0]), self.visit(node.children[1])),
            Kind.SLICE: lambda _, node: use(
                "_slice", self.reading(node.children[0]), *self._optionals(node.children[1:])
            ),
            Kind.BINARY: lambda _, node: use(OPERATOR_NAMES[node.scalars[0]], *self.each(node.children)),
            Kind.UNARY: self._unary,
            Kind.BOOLEAN: self._boolean,
            Kind.COMPARE: self._compare,
            Kind.CONDITION: lambda _, node: ast.IfExp(*self.each(node.children)),
            Kind.CALL: self.calls.call,
            Kind.CALL_SELF: self.calls.call_self,
            Kind.CALL_METHOD: self.calls.call_method,
            Kind.LIST: lambda _, node: ast.List(self.each(node.children), ast.Load()),
            Kind.TUPLE: lambda _, node: ast.Tuple(self.each(node.children), ast.Load()),
            Kind.DICT: lambda _, node: use("_dict", *self.each(node.children)),
            Kind.LIST_COMPREHENSION: self._comprehension,
            Kind.DICT_COMPREHENSION: self._comprehension,
            Kind.TEXT: lambda _, node: use("_text", *self.each(node.children)),
            Kind.FORMAT: self._format,
            Kind.LAMBDA: self._lambda_elsewhere,
        }

    def visit(self, index: int) -> ast.expr:
        """Compile one expression."""
        node = self.tree.nodes[index]
        return self._by_kind[node.kind](index, node)

    def each(self, indices: tuple[int, ...]) -> list[ast.expr]:
        """Compile several, in order."""
        return [self.visit(index) for index in indices]

    def _optionals(self, indices: tuple[int, ...]) -> list[ast.expr]:
        absent = Kind.ABSENT
        return [ast.Constant(None) if self.tree.nodes[i].kind is absent else self.visit(i) for i in indices]

    def temporary(self) -> str:
        """A new name that no contract can write."""
        self.temporaries += 1
        return f"_t{self.temporaries}"

    def bind(self, index: int, name: str) -> str:
        """Check a name that is given a value; return it as compiled."""
        if name in RESERVED or self.declared.is_taken(name):
            raise refused(Code.NAME_REFUSED, index, f"the name {name} is taken", "choose another name")
        return f"c_{name}"

    def _name(self, index: int, node: Node) -> ast.expr:
        name = node.scalars[0]
        if name in self.declared.constants and can_change(self.declared.constants[name]):
            raise refused(
                Code.NAME_REFUSED,
                index,
                f"{name} is a constant that can only be read",
                f"make a copy: list({name}) or dict({name})",
            )
        if name in self.names or name in self.declared.constants:
            return load(f"c_{name}")
        if name in RESERVED or self.declared.is_taken(name):
            raise refused(
                Code.NAME_REFUSED, index, f"{name} is no value here", "functions and classes can only be called"
            )
        raise refused(Code.NAME_REFUSED, index, f"the name {name} is not known", "give it a value first")

    def reading(self, index: int) -> ast.expr:
        """An expression whose value is only read here: a constant of the file may be a list or dict."""
        node = self.tree.nodes[index]
        if node.kind is Kind.NAME and node.scalars[0] in self.declared.constants:
            return load(f"c_{node.scalars[0]}")
        return self.visit(index)

    def _format(self, index: int, node: Node) -> ast.expr:
        if parse_format(node.scalars[0]) is None or not node.scalars[0]:
            raise refused(
                Code.SYNTAX_REFUSED,
                index,
                f"the format {node.scalars[0][:20]!r}",
                "write [<>^][0][width up to 64][,][d, x, X or b]",
            )
        return use("_format", self.visit(node.children[0]), ast.Constant(node.scalars[0]))

    def _lambda_elsewhere(self, index: int, node: Node) -> ast.expr:
        del node
        raise refused(
            Code.SYNTAX_REFUSED,
            index,
            "a lambda that is no key=",
            "write a function at the level of the file",
        )

    def _storage(self, index: int, node: Node) -> ast.expr:
        raise refused(
            Code.ATTRIBUTE_REFUSED,
            index,
            f"self.{node.scalars[0]} is no value by itself",
            "read and write its keys, or call its methods",
        )

    def _base(self, index: int) -> ast.expr:
        """What is subscripted: a Map, or a value."""
        node = self.tree.nodes[index]
        if node.kind is not Kind.STORAGE:
            return self.reading(index)
        field = self.declared.fields.get(node.scalars[0])
        if field is None or field.key is None:
            raise refused(Code.ATTRIBUTE_REFUSED, index, f"self.{node.scalars[0]} has no keys", "use get and set")
        return load(f"f_{field.name}")

    def base(self, index: int) -> ast.expr:
        """What is changed: a Map, or a value."""
        return self._base(index) if self.tree.nodes[index].kind is Kind.STORAGE else self.visit(index)

    def _attribute(self, index: int, node: Node) -> ast.expr:
        name, child = node.scalars[0], self.tree.nodes[node.children[0]]
        if child.kind is Kind.NAME and child.scalars[0] == "ctx":
            if name not in CONTEXT_VALUES:
                raise refused(
                    Code.ATTRIBUTE_REFUSED, index, f"ctx has no {name}", f"it has {', '.join(CONTEXT_VALUES)}"
                )
            return load(f"x_{name}")
        if name not in self.declared.attributes:
            raise refused(Code.ATTRIBUTE_REFUSED, index, f"nothing has a field {name}", "declare it in a Record")
        return use("_get", self.visit(node.children[0]), ast.Constant(name))

    def _unary(self, index: int, node: Node) -> ast.expr:
        del index
        operand = self.visit(node.children[0])
        symbol = node.scalars[0]
        return ast.UnaryOp(ast.Not(), operand) if symbol == "not" else use(_UNARY[symbol], operand)

    def _boolean(self, index: int, node: Node) -> ast.expr:
        del index
        operator = ast.And() if node.scalars[0] == "and" else ast.Or()
        return ast.BoolOp(operator, self.each(node.children))

    def _compare(self, index: int, node: Node) -> ast.expr:
        symbols = node.scalars
        if len(symbols) != len(node.children) - 1:
            raise refused(Code.TREE_MALFORMED, index, "a comparison has another number of operators")
        if len(symbols) > 1 and self._sources:
            raise refused(Code.SYNTAX_REFUSED, index, "a chain of comparisons as source of a comprehension", "use and")
        parts: list[ast.expr] = []
        left = self.visit(node.children[0])
        for place, symbol in enumerate(symbols):
            right = self._right(symbol, node.children[place + 1])
            following = right
            if place + 1 < len(symbols):
                name = self.temporary()
                right = ast.NamedExpr(ast.Name(name, ast.Store()), right)
                following = load(name)
            parts.append(self._compared(symbol, left, right))
            left = following
        return parts[0] if len(parts) == 1 else ast.BoolOp(ast.And(), parts)

    def _right(self, symbol: str, index: int) -> ast.expr:
        if symbol in ("in", "not in"):
            return self._base(index)
        node = self.tree.nodes[index]
        if symbol in ("is", "is not") and (node.kind is not Kind.LITERAL or node.scalars[0] is not None):
            raise refused(Code.SYNTAX_REFUSED, index, f"{symbol} with anything but None", "use == or !=")
        return self.visit(index)

    @staticmethod
    def _compared(symbol: str, left: ast.expr, right: ast.expr) -> ast.expr:
        if symbol in ("is", "is not"):
            return ast.Compare(left, [ast.Is() if symbol == "is" else ast.IsNot()], [right])
        return use(OPERATOR_NAMES[symbol], left, right)

    def target_names(self, index: int) -> list[tuple[int, str]]:
        """Names that a target of names alone binds. Raises HT3002 for other targets."""
        node = self.tree.nodes[index]
        if node.kind is Kind.NAME:
            return [(index, node.scalars[0])]
        if node.kind is not Kind.TUPLE or not node.children:
            raise refused(Code.SYNTAX_REFUSED, index, "this target", "use names")
        return [found for child in node.children for found in self.target_names(child)]

    def _comprehension(self, index: int, node: Node) -> ast.expr:
        del index
        clauses = [child for child in node.children if self.tree.nodes[child].kind is Kind.CLAUSE]
        outer, self.names = self.names, set(self.names)
        generators = [self._clause(node, child, place) for place, child in enumerate(clauses)]
        elements = self.each(tuple(child for child in node.children if child not in clauses))
        self.names = outer
        if node.kind is Kind.LIST_COMPREHENSION:
            return use("_list", ast.ListComp(elements[0], generators))
        return use("_pairs", ast.ListComp(ast.Tuple(elements, ast.Load()), generators))

    def _clause(self, node: Node, index: int, place: int) -> ast.comprehension:
        target, source, *tests = self.tree.nodes[index].children
        self._sources += 1
        values = self.reading(source)
        self._sources -= 1
        bound = self.target_names(target)
        written: list[ast.expr] = [ast.Name(self.bind(where, name), ast.Store()) for where, name in bound]
        self.names |= {name for _, name in bound}
        turn = use("_turn", ast.Constant(clause_turn(self.tree, node, self.costs, place)))
        conditions: list[ast.expr] = [turn, *self.each(tuple(tests))]
        if self.tree.nodes[target].kind is Kind.NAME:
            return ast.comprehension(written[0], use("_each", values), conditions, 0)
        if len(written) != len(self.tree.nodes[target].children):
            raise refused(Code.SYNTAX_REFUSED, target, "nested targets in a comprehension", "use a loop")
        rows = use("_rows", values, ast.Constant(len(written)))
        return ast.comprehension(ast.Tuple(written, ast.Store()), rows, conditions, 0)
