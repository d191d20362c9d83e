"""From calls to Python's syntax tree: functions, classes, methods, `ctx`, and what `key=` takes."""

import ast
from typing import TYPE_CHECKING

from huitong.types import Code

from . import gas
from .compile_parts import load, use
from .declared import refused
from .names import (
    CONTEXT_CALLS,
    KEYED,
    KEYWORDS_OF_METHODS,
    MAP_METHODS,
    READ_METHODS,
    READERS,
    TYPE_TESTS,
    VALUE_METHODS,
    WITHOUT_ARGUMENTS,
)
from .nodes import Kind
from .tree import Node

if TYPE_CHECKING:
    from .compile_expressions import ExpressionCompiler


class CallCompiler:
    """Calls within one function. expressions: its other expressions."""

    def __init__(self, expressions: "ExpressionCompiler") -> None:
        self.expressions = expressions
        self.tree = expressions.tree
        self.declared = expressions.declared
        self.costs = expressions.costs

    def _key_function(self, index: int) -> ast.expr:
        """What `key=` takes: a function of the file, or a lambda, whose body is paid at each call."""
        node = self.tree.nodes[index]
        if node.kind is Kind.NAME and node.scalars[0] in self.declared.functions:
            return load(f"c_{node.scalars[0]}")
        if node.kind is not Kind.LAMBDA:
            raise refused(Code.SYNTAX_REFUSED, index, "this key", "name a function of the file, or write a lambda")
        parameter = self.expressions.bind(index, node.scalars[0])
        outer, self.expressions.names = self.expressions.names, self.expressions.names | {node.scalars[0]}
        body = self.expressions.visit(node.children[0])
        self.expressions.names = outer
        paid = use("_turn", ast.Constant(gas.KEY_CALL + self.costs[node.children[0]]))
        arguments = ast.arguments([], [ast.arg(parameter)], None, [], [], None, [])
        return ast.Lambda(arguments, ast.BoolOp(ast.And(), [paid, body]))

    def _type_test(self, index: int, node: Node) -> ast.expr:
        """`isinstance(value, Type)` or `isinstance(value, (Type, Other))`."""
        if len(node.children) != 2 or len(node.scalars) != 1:
            raise refused(Code.SYNTAX_REFUSED, index, "isinstance takes a value and a type")
        kinds = self.tree.nodes[node.children[1]]
        tests = self.tree.below(kinds) if kinds.kind is Kind.TUPLE else (kinds,)
        names: list[ast.expr] = []
        for test in tests:
            name = test.scalars[0] if test.kind is Kind.NAME else ""
            if name not in TYPE_TESTS and name not in self.declared.shapes:
                known = ", ".join(TYPE_TESTS)
                raise refused(Code.SYNTAX_REFUSED, index, "this type in isinstance", f"use {known} or a class above")
            names.append(load(f"{'t' if name in TYPE_TESTS else 'k'}_{name}"))
        return use("b_isinstance", self.expressions.reading(node.children[0]), ast.Tuple(names, ast.Load()))

    def _with_keywords(
        self, index: int, function: str, names: tuple[str, ...], arguments: tuple[int, ...], prefix: str
    ) -> ast.Call:
        """A call with the last arguments by keyword."""
        if len(names) > len(arguments) or len(set(names)) != len(names):
            raise refused(Code.TREE_MALFORMED, index, "keywords without arguments, or twice")
        plain = len(arguments) - len(names)
        values = self._values(function, names, arguments, plain)
        keywords = [ast.keyword(f"{prefix}{name}", value) for name, value in zip(names, values[plain:], strict=True)]
        return ast.Call(load(function), values[:plain], keywords)

    def _values(self, function: str, names: tuple[str, ...], arguments: tuple[int, ...], plain: int) -> list[ast.expr]:
        """Arguments: of what only reads, of what takes a function as key, and of all others."""
        name = function.removeprefix("b_")
        visit = self.expressions.reading if name in READERS and function != name else self.expressions.visit
        found = [visit(child) for child in arguments[:plain]]
        for keyword, child in zip(names, arguments[plain:], strict=True):
            keyed = keyword == "key" and name in KEYED and function != name
            found.append(self._key_function(child) if keyed else self.expressions.visit(child))
        return found

    def call(self, index: int, node: Node) -> ast.expr:
        """A call of a function of the file, a declared class, or a builtin."""
        name, keywords = node.scalars[0], node.scalars[1:]
        if name in self.declared.functions:
            return self._with_keywords(index, f"c_{name}", keywords, node.children, "c_")
        if name in self.declared.shapes:
            return self._with_keywords(index, f"c_{name}", keywords, node.children, "")
        builtins = self.tree.language.builtins
        if name not in builtins:
            raise refused(Code.NAME_REFUSED, index, f"there is no function {name}", "declare it in this file")
        if any(keyword not in builtins[name] for keyword in keywords):
            raise refused(Code.SYNTAX_REFUSED, index, f"{name} does not take this keyword", "pass the value by place")
        if name == "isinstance":
            return self._type_test(index, node)
        return self._with_keywords(index, f"b_{name}", keywords, node.children, "")

    def call_self(self, index: int, node: Node) -> ast.expr:
        """A call of a method of the contract itself."""
        name = node.scalars[0]
        if name not in self.declared.bodies:
            raise refused(Code.NAME_REFUSED, index, f"the contract has no method {name}", "declare it in the class")
        return self._with_keywords(index, f"m_{name}", node.scalars[1:], node.children, "c_")

    def call_method(self, index: int, node: Node) -> ast.expr:
        """A call of a method of a value, a storage field, or `ctx`."""
        name, keywords = node.scalars[0], node.scalars[1:]
        child = self.tree.nodes[node.children[0]]
        if any(keyword not in KEYWORDS_OF_METHODS for keyword in keywords):
            raise refused(Code.SYNTAX_REFUSED, index, f"{name} does not take this keyword", "pass the value by place")
        if child.kind is Kind.NAME and child.scalars[0] == "ctx":
            return self._call_context(index, node)
        if name in WITHOUT_ARGUMENTS and len(node.children) > 1 and not self._of_interface(name):
            raise refused(Code.SYNTAX_REFUSED, index, f"{name} takes no arguments here", "leave them out")
        receiver = self._receiver(index, name, child, node.children[0])
        made = self._with_keywords(index, "_method", keywords, node.children[1:], "")
        return ast.Call(made.func, [receiver, ast.Constant(name), *made.args], made.keywords)

    def _of_interface(self, name: str) -> bool:
        return any(name in methods for methods in self.declared.interfaces.values())

    def _receiver(self, index: int, name: str, child: Node, place: int) -> ast.expr:
        if child.kind is not Kind.STORAGE:
            if name not in self.declared.method_names:
                raise refused(Code.ATTRIBUTE_REFUSED, index, f"no value has a method {name}", "write a function")
            return self.expressions.reading(place) if name in READ_METHODS else self.expressions.visit(place)
        field = self.declared.fields.get(child.scalars[0])
        if field is None or name not in (VALUE_METHODS if field.key is None else MAP_METHODS):
            raise refused(Code.ATTRIBUTE_REFUSED, index, f"self.{child.scalars[0]} has no method {name}")
        return load(f"f_{field.name}")

    def _call_context(self, index: int, node: Node) -> ast.expr:
        name, arguments = node.scalars[0], node.children[1:]
        if name not in CONTEXT_CALLS or len(node.scalars) > 1:
            raise refused(Code.ATTRIBUTE_REFUSED, index, f"ctx has no such method {name}")
        if name != "contract":
            return use(f"x_{name}", *self.expressions.each(arguments))
        interface = self.tree.nodes[arguments[1]] if len(arguments) == 2 else node
        if interface.kind is not Kind.NAME or interface.scalars[0] not in self.declared.interfaces:
            raise refused(
                Code.SYNTAX_REFUSED, index, "ctx.contract takes a name or address, and a Protocol of this file"
            )
        return use("x_contract", self.expressions.visit(arguments[0]), load(f"i_{interface.scalars[0]}"))
