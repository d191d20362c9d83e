"""From nodes of expressions to Python's syntax tree, with helpers in place of operators, attributes and subscripts."""

import ast
from collections.abc import Callable

from huitong.types import Code

from .costs import clause_turn
from .declared import Declared, refused
from .names import (
    BUILTINS,
    CONTEXT_CALLS,
    CONTEXT_VALUES,
    KEYWORDS_OF_METHODS,
    MAP_METHODS,
    RESERVED,
    VALUE_METHODS,
)
from .nodes import Kind
from .runtime.runtime import OPERATOR_NAMES
from .tree import Node, Tree

_UNARY = {"-": "_neg", "+": "_pos", "~": "_inv"}


def load(name: str) -> ast.expr:
    """A name that is read."""
    return ast.Name(name, ast.Load())


def use(helper: str, *arguments: ast.expr) -> ast.Call:
    """A call of a helper."""
    return ast.Call(load(helper), list(arguments), [])


class ExpressionCompiler:
    """Expressions of one function. names: its locals, and the targets of the comprehensions around."""

    def __init__(self, tree: Tree, declared: Declared, costs: list[int], names: set[str]) -> None:
        self.tree = tree
        self.declared = declared
        self.costs = costs
        self.names = names
        self.temporaries = 0
        self._sources = 0
        self._by_kind: dict[Kind, Callable[[int, Node], ast.expr]] = {
            Kind.LITERAL: lambda _, node: ast.Constant(node.scalars[0]),
            Kind.NAME: self._name,
            Kind.STORAGE: self._storage,
            Kind.ATTRIBUTE: self._attribute,
            Kind.SUBSCRIPT: lambda _, node: use("_item", self._base(node.children[0]), self.visit(node.children[1])),
            Kind.SLICE: lambda _, node: use("_slice", *self._optionals(node.children)),
            Kind.BINARY: lambda _, node: use(OPERATOR_NAMES[node.scalars[0]], *self.each(node.children)),
            Kind.UNARY: self._unary,
            Kind.BOOLEAN: self._boolean,
            Kind.COMPARE: self._compare,
            Kind.CONDITION: lambda _, node: ast.IfExp(*self.each(node.children)),
            Kind.CALL: self._call,
            Kind.CALL_SELF: self._call_self,
            Kind.CALL_METHOD: self._call_method,
            Kind.LIST: lambda _, node: ast.List(self.each(node.children), ast.Load()),
            Kind.TUPLE: lambda _, node: ast.Tuple(self.each(node.children), ast.Load()),
            Kind.DICT: lambda _, node: use("_dict", *self.each(node.children)),
            Kind.LIST_COMPREHENSION: self._comprehension,
            Kind.DICT_COMPREHENSION: self._comprehension,
            Kind.TEXT: lambda _, node: use("_text", *self.each(node.children)),
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
        if name in self.names or name in self.declared.constants:
            return load(f"c_{name}")
        if name in RESERVED or self.declared.is_taken(name):
            raise refused(
                Code.NAME_REFUSED, index, f"{name} is no value here", "functions and classes can only be called"
            )
        raise refused(Code.NAME_REFUSED, index, f"the name {name} is not known", "give it a value first")

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
            return self.visit(index)
        field = self.declared.fields.get(node.scalars[0])
        if field is None or field.key is None:
            raise refused(Code.ATTRIBUTE_REFUSED, index, f"self.{node.scalars[0]} has no keys", "use get and set")
        return load(f"f_{field.name}")

    def base(self, index: int) -> ast.expr:
        """What is subscripted: a Map, or a value."""
        return self._base(index)

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

    def _with_keywords(
        self, index: int, function: str, names: tuple[str, ...], arguments: tuple[int, ...], prefix: str
    ) -> ast.Call:
        """A call with the last arguments by keyword."""
        if len(names) > len(arguments) or len(set(names)) != len(names):
            raise refused(Code.TREE_MALFORMED, index, "keywords without arguments, or twice")
        values = self.each(arguments)
        plain = len(values) - len(names)
        keywords = [ast.keyword(f"{prefix}{name}", value) for name, value in zip(names, values[plain:], strict=True)]
        return ast.Call(load(function), values[:plain], keywords)

    def _call(self, index: int, node: Node) -> ast.expr:
        name, keywords = node.scalars[0], node.scalars[1:]
        if name in self.declared.functions:
            return self._with_keywords(index, f"c_{name}", keywords, node.children, "c_")
        if name in self.declared.shapes:
            return self._with_keywords(index, f"c_{name}", keywords, node.children, "")
        if name not in BUILTINS:
            raise refused(Code.NAME_REFUSED, index, f"there is no function {name}", "declare it in this file")
        if any(keyword not in BUILTINS[name] for keyword in keywords):
            raise refused(Code.SYNTAX_REFUSED, index, f"{name} does not take this keyword", "pass the value by place")
        return self._with_keywords(index, f"b_{name}", keywords, node.children, "")

    def _call_self(self, index: int, node: Node) -> ast.expr:
        name = node.scalars[0]
        if name not in self.declared.bodies:
            raise refused(Code.NAME_REFUSED, index, f"the contract has no method {name}", "declare it in the class")
        return self._with_keywords(index, f"m_{name}", node.scalars[1:], node.children, "c_")

    def _call_method(self, index: int, node: Node) -> ast.expr:
        name, keywords = node.scalars[0], node.scalars[1:]
        child = self.tree.nodes[node.children[0]]
        if any(keyword not in KEYWORDS_OF_METHODS for keyword in keywords):
            raise refused(Code.SYNTAX_REFUSED, index, f"{name} does not take this keyword", "pass the value by place")
        if child.kind is Kind.NAME and child.scalars[0] == "ctx":
            return self._call_context(index, node)
        receiver = self._receiver(index, name, child, node.children[0])
        made = self._with_keywords(index, "_method", keywords, node.children[1:], "")
        return ast.Call(made.func, [receiver, ast.Constant(name), *made.args], made.keywords)

    def _receiver(self, index: int, name: str, child: Node, place: int) -> ast.expr:
        if child.kind is not Kind.STORAGE:
            if name not in self.declared.method_names:
                raise refused(Code.ATTRIBUTE_REFUSED, index, f"no value has a method {name}", "write a function")
            return self.visit(place)
        field = self.declared.fields.get(child.scalars[0])
        if field is None or name not in (VALUE_METHODS if field.key is None else MAP_METHODS):
            raise refused(Code.ATTRIBUTE_REFUSED, index, f"self.{child.scalars[0]} has no method {name}")
        return load(f"f_{field.name}")

    def _call_context(self, index: int, node: Node) -> ast.expr:
        name, arguments = node.scalars[0], node.children[1:]
        if name not in CONTEXT_CALLS or len(node.scalars) > 1:
            raise refused(Code.ATTRIBUTE_REFUSED, index, f"ctx has no such method {name}")
        if name != "contract":
            return use(f"x_{name}", *self.each(arguments))
        interface = self.tree.nodes[arguments[1]] if len(arguments) == 2 else node
        if interface.kind is not Kind.NAME or interface.scalars[0] not in self.declared.interfaces:
            raise refused(
                Code.SYNTAX_REFUSED, index, "ctx.contract takes a name or address, and a Protocol of this file"
            )
        return use("x_contract", self.visit(arguments[0]), load(f"i_{interface.scalars[0]}"))

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
        values = self.visit(source)
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
