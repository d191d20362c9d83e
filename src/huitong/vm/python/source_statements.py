"""From Python's syntax to the nodes of statements. Runs in the author's tools, never on a node."""

import ast
from collections.abc import Callable
from typing import Any

from huitong.types import Code

from .findings import Table
from .nodes import Kind
from .source_expressions import Expressions


class Statements:
    """Translator of statements."""

    def __init__(self, table: Table, expressions: Expressions) -> None:
        self.table = table
        self.expressions = expressions
        self._by_class: dict[type[ast.AST], Callable[[Any], int | None]] = {
            ast.Expr: self._expression,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.AugAssign: self._augment,
            ast.Return: lambda node: self.table.add(Kind.RETURN, (), (self.expressions.optional(node.value),)),
            ast.If: self._if,
            ast.While: self._while,
            ast.For: self._for,
            ast.Break: lambda _: self.table.add(Kind.BREAK),
            ast.Continue: lambda _: self.table.add(Kind.CONTINUE),
            ast.Pass: lambda _: self.table.add(Kind.PASS),
            ast.Raise: self._raise,
            ast.Assert: self._assert,
            ast.Try: self._try,
            ast.Match: self._match,
            ast.Delete: lambda node: self.table.add(
                Kind.DELETE, (), tuple(self.expressions.visit(target) for target in node.targets)
            ),
        }

    def block(self, body: list[ast.stmt]) -> int:
        """Translate a block; one that holds nothing but texts and declarations of types becomes `pass`."""
        found = [index for index in map(self._visit, body) if index is not None]
        return self.table.add(Kind.BLOCK, (), tuple(found or [self.table.add(Kind.PASS)]))

    def _visit(self, node: ast.stmt) -> int | None:
        self.table.line = node.lineno
        found = self._by_class.get(type(node))
        if found is None:
            self.expressions.refused(node)
            return None
        index = found(node)
        if index is not None:
            self.table.lines[index] = node.lineno
        return index

    def _expression(self, node: ast.Expr) -> int | None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str | type(...)):
            return None
        return self.table.add(Kind.EXPRESSION, (), (self.expressions.visit(node.value),))

    def _assign(self, node: ast.Assign) -> int:
        value = self.expressions.visit(node.value)
        return self.table.add(Kind.ASSIGN, (), (value, *[self._target(target) for target in node.targets]))

    def _target(self, node: ast.expr) -> int:
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript | ast.Tuple | ast.List):
            shape = ast.Tuple(node.elts, node.ctx) if isinstance(node, ast.List) else node
            return self.expressions.visit(ast.copy_location(shape, node))
        return self.expressions.refused(node)

    def _annotated(self, node: ast.AnnAssign) -> int | None:
        if node.value is None:
            return None
        value = self.expressions.visit(node.value)
        return self.table.add(Kind.ASSIGN, (), (value, self._target(node.target)))

    def _augment(self, node: ast.AugAssign) -> int:
        symbol = self.expressions.operator(node)
        if symbol is None:
            return self.expressions.refused(node, type(node.op).__name__)
        target = self._target(node.target)
        return self.table.add(Kind.AUGMENT, (symbol,), (target, self.expressions.visit(node.value)))

    def _if(self, node: ast.If) -> int:
        children: list[int] = []
        rest: list[ast.stmt] = [node]
        while len(rest) == 1 and isinstance(rest[0], ast.If):
            branch = rest[0]
            children += (self.expressions.visit(branch.test), self.block(branch.body))
            rest = branch.orelse
        children.append(self.block(rest) if rest else self.table.absent())
        return self.table.add(Kind.IF, (), tuple(children))

    def _no_else(self, node: ast.While | ast.For) -> None:
        if node.orelse:
            self.table.refuse(node.orelse[0], Code.SYNTAX_REFUSED, "else after a loop", "set a flag in the loop")

    def _while(self, node: ast.While) -> int:
        self._no_else(node)
        return self.table.add(Kind.WHILE, (), (self.expressions.visit(node.test), self.block(node.body)))

    def _for(self, node: ast.For) -> int:
        self._no_else(node)
        children = (self._target(node.target), self.expressions.visit(node.iter), self.block(node.body))
        return self.table.add(Kind.FOR, (), children)

    def _raise(self, node: ast.Raise) -> int:
        if node.cause is not None:
            self.table.refuse(node, Code.SYNTAX_REFUSED, "raise ... from ...", "raise the error alone")
        return self.table.add(Kind.RAISE, (), (self.expressions.optional(node.exc),))

    def _assert(self, node: ast.Assert) -> int:
        text = ""
        if isinstance(node.msg, ast.Constant) and isinstance(node.msg.value, str):
            text = node.msg.value
        elif node.msg is not None:
            self.table.refuse(node.msg, Code.SYNTAX_REFUSED, "a message that is no plain text", "write a plain text")
        return self.table.add(Kind.ASSERT, (text,), (self.expressions.visit(node.test),))

    def _try(self, node: ast.Try) -> int:
        if node.finalbody:
            self.table.refuse(node.finalbody[0], Code.SYNTAX_REFUSED, "finally", "a failed call is undone as a whole")
        children = [self.block(node.body), *[self._handler(handler) for handler in node.handlers]]
        children.append(self.block(node.orelse) if node.orelse else self.table.absent())
        return self.table.add(Kind.TRY, (), tuple(children))

    def _handler(self, node: ast.ExceptHandler) -> int:
        parts = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = [self.table.name(part, part.id) for part in parts if isinstance(part, ast.Name)]
        if len(names) != len(parts) or not names:
            self.table.refuse(node, Code.SYNTAX_REFUSED, "an except without names of errors", "name the errors")
            names = ["Exception"]
        bound = self.table.name(node, node.name) if node.name else ""
        return self.table.add(Kind.HANDLER, (bound, *names), (self.block(node.body),))

    def _match(self, node: ast.Match) -> int:
        """`match name:` with literals becomes if and elif."""
        if not isinstance(node.subject, ast.Name):
            return self.expressions.refused(node)
        children: list[int] = []
        for place, case in enumerate(node.cases):
            self.table.line = case.pattern.lineno
            test = self._pattern(node.subject, case.pattern)
            if test is None and case.guard is None:
                if place + 1 < len(node.cases):
                    return self.expressions.refused(node)
                last = self.block(case.body)
                return self.table.add(Kind.IF, (), (*children, last)) if children else self.expressions.refused(node)
            if test is None:
                test = self.expressions.optional(case.guard)
            elif case.guard is not None:
                test = self.table.add(Kind.BOOLEAN, ("and",), (test, self.expressions.visit(case.guard)))
            children += (test, self.block(case.body))
        return self.table.add(Kind.IF, (), (*children, self.table.absent()))

    def _pattern(self, subject: ast.Name, pattern: ast.pattern) -> int | None:
        """Test of one pattern; None for `_`."""
        if isinstance(pattern, ast.MatchAs) and pattern.pattern is None and pattern.name is None:
            return None
        options = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
        tests = [self._option(subject, option) for option in options]
        return tests[0] if len(tests) == 1 else self.table.add(Kind.BOOLEAN, ("or",), tuple(tests))

    def _option(self, subject: ast.Name, pattern: ast.pattern) -> int:
        if isinstance(pattern, ast.MatchSingleton) and pattern.value is None:
            parts = (self.expressions.visit(subject), self.table.add(Kind.LITERAL, (None,)))
            return self.table.add(Kind.COMPARE, ("is",), parts)
        if isinstance(pattern, ast.MatchValue) and not isinstance(pattern.value, ast.Attribute):
            parts = (self.expressions.visit(subject), self.expressions.visit(pattern.value))
            return self.table.add(Kind.COMPARE, ("==",), parts)
        return self.table.refuse(
            pattern, Code.SYNTAX_REFUSED, "this pattern", "match literals, None and _, or use if and elif"
        )
