"""From Python's syntax to the nodes of expressions. Runs in the author's tools, never on a node."""

import ast
from collections.abc import Callable
from typing import Any, Final

from huitong.contract.formats import parse_format
from huitong.types import Code
from huitong.types.limits import MAX_INTEGER_BITS

from .findings import Table
from .names import KEYED, OF_CLASSES
from .nodes import Kind

_BINARY: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**", ast.LShift: "<<",
    ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
}  # fmt: skip
_UNARY: Final[dict[type[ast.unaryop], str]] = {ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.Not: "not"}
_COMPARE: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip

INSTEAD: Final[dict[str, str]] = {
    "Lambda": "write a function at the level of the file; lambdas are for key= of sorted, min and max",
    "Set": "use a dict with True as value, or a list",
    "SetComp": "use a dict with True as value, or a list",
    "GeneratorExp": "use a list: [... for ... in ...]",
    "Starred": "write the elements out, or add lists with +",
    "NamedExpr": "assign in a statement of its own",
    "Await": "contracts run in one go, without await",
    "Yield": "return a list",
    "Div": "use // for whole numbers; there are no floats",
    "MatMult": "there are no matrices",
    "float": "use whole numbers of a smaller unit",
    "complex": "use whole numbers",
    "FunctionDef": "write functions at the level of the file or as methods of the contract",
    "ClassDef": "write classes at the level of the file",
    "AsyncFunctionDef": "contracts run in one go, without async",
    "With": "there is nothing to open or close in a contract",
    "Match": "match a name against literals, or use if and elif",
    "Global": "keep state in Map or Value fields",
    "Nonlocal": "pass and return values",
    "Import": "everything a contract may use comes with from huitong.contract import ...",
    "ImportFrom": "import at the level of the file, from huitong.contract alone",
}


def whole(value: Any) -> int | None:
    """Return an integer of at most 4096 bits, None for anything else."""
    return value if type(value) is int and value.bit_length() <= MAX_INTEGER_BITS else None


class Expressions:
    """Translator of expressions. storage: names of the fields of the contract class."""

    def __init__(self, table: Table, storage: set[str]) -> None:
        self.table = table
        self.storage = storage
        self._by_class: dict[type[ast.AST], Callable[[Any], int]] = {
            ast.Constant: self._constant,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Subscript: self._subscript,
            ast.BinOp: self._binary,
            ast.UnaryOp: self._unary,
            ast.BoolOp: self._boolean,
            ast.Compare: self._compare,
            ast.IfExp: self._condition,
            ast.Call: self._call,
            ast.List: lambda node: self._sequence(Kind.LIST, node),
            ast.Tuple: lambda node: self._sequence(Kind.TUPLE, node),
            ast.Dict: self._dict,
            ast.ListComp: self._list_comprehension,
            ast.DictComp: self._dict_comprehension,
            ast.JoinedStr: self._text,
        }

    def visit(self, node: ast.expr) -> int:
        """Translate one expression, return its index."""
        self.table.line = node.lineno
        found = self._by_class.get(type(node))
        return self.refused(node) if found is None else found(node)

    def refused(self, node: ast.AST, name: str = "") -> int:
        """Refuse a kind of syntax, with what to write instead."""
        what = name or type(node).__name__
        return self.table.refuse(
            node, Code.SYNTAX_REFUSED, f"{what} is not in the language of contracts", INSTEAD.get(what, "")
        )

    def optional(self, node: ast.expr | None) -> int:
        """Translate an expression that may be missing."""
        return self.table.absent() if node is None else self.visit(node)

    def _constant(self, node: ast.Constant) -> int:
        value = node.value
        if type(value) is int and whole(value) is None:
            return self.table.refuse(node, Code.LITERAL_REFUSED, "a number above 4096 bits", "use smaller numbers")
        if value is not None and type(value) not in (int, str, bytes, bool):
            name = type(value).__name__
            return self.table.refuse(node, Code.LITERAL_REFUSED, f"a literal {name}", INSTEAD.get(name, ""))
        return self.table.add(Kind.LITERAL, (value,))

    def _name(self, node: ast.Name) -> int:
        return self.table.add(Kind.NAME, (self.table.name(node, node.id),))

    def _is_self(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == "self"

    def _attribute(self, node: ast.Attribute) -> int:
        name = self.table.name(node, node.attr)
        if self._is_self(node.value):
            if name not in self.storage:
                return self.table.refuse(
                    node, Code.ATTRIBUTE_REFUSED, f"self.{name} is no storage field", "declare it in the class"
                )
            return self.table.add(Kind.STORAGE, (name,))
        return self.table.add(Kind.ATTRIBUTE, (name,), (self.visit(node.value),))

    def _subscript(self, node: ast.Subscript) -> int:
        base = self.visit(node.value)
        if isinstance(node.slice, ast.Slice):
            parts = (node.slice.lower, node.slice.upper, node.slice.step)
            return self.table.add(Kind.SLICE, (), (base, *[self.optional(part) for part in parts]))
        return self.table.add(Kind.SUBSCRIPT, (), (base, self.visit(node.slice)))

    def _binary(self, node: ast.BinOp) -> int:
        symbol = _BINARY.get(type(node.op))
        if symbol is None:
            return self.refused(node, type(node.op).__name__)
        return self.table.add(Kind.BINARY, (symbol,), (self.visit(node.left), self.visit(node.right)))

    def operator(self, node: ast.AugAssign) -> str | None:
        """Return the symbol of `x += y`, None when it is not in the language."""
        return _BINARY.get(type(node.op))

    def _unary(self, node: ast.UnaryOp) -> int:
        operand = node.operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and whole(operand.value) is not None:
            return self.table.add(Kind.LITERAL, (-int(operand.value),))  # type: ignore[arg-type]  # whole() says int
        return self.table.add(Kind.UNARY, (_UNARY[type(node.op)],), (self.visit(operand),))

    def _boolean(self, node: ast.BoolOp) -> int:
        symbol = "and" if isinstance(node.op, ast.And) else "or"
        return self.table.add(Kind.BOOLEAN, (symbol,), tuple(self.visit(value) for value in node.values))

    def _compare(self, node: ast.Compare) -> int:
        symbols = tuple(_COMPARE[type(operator)] for operator in node.ops)
        children = tuple(self.visit(part) for part in (node.left, *node.comparators))
        return self.table.add(Kind.COMPARE, symbols, children)

    def _condition(self, node: ast.IfExp) -> int:
        return self.table.add(Kind.CONDITION, (), tuple(map(self.visit, (node.test, node.body, node.orelse))))

    def _sequence(self, kind: Kind, node: ast.List | ast.Tuple) -> int:
        return self.table.add(kind, (), tuple(self.visit(element) for element in node.elts))

    def _dict(self, node: ast.Dict) -> int:
        children: list[int] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                return self.table.refuse(value, Code.SYNTAX_REFUSED, "** in a dict", "assign the entries one by one")
            children += (self.visit(key), self.visit(value))
        return self.table.add(Kind.DICT, (), tuple(children))

    def _clauses(self, generators: list[ast.comprehension]) -> tuple[int, ...]:
        found: list[int] = []
        for clause in generators:
            target, source = self.visit(clause.target), self.visit(clause.iter)
            if clause.is_async:
                self.refused(clause.iter, "Await")
            found.append(self.table.add(Kind.CLAUSE, (), (target, source, *[self.visit(test) for test in clause.ifs])))
        return tuple(found)

    def _list_comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> int:
        return self.table.add(Kind.LIST_COMPREHENSION, (), (self.visit(node.elt), *self._clauses(node.generators)))

    def _dict_comprehension(self, node: ast.DictComp) -> int:
        return self.table.add(
            Kind.DICT_COMPREHENSION, (), (self.visit(node.key), self.visit(node.value), *self._clauses(node.generators))
        )

    def _text(self, node: ast.JoinedStr) -> int:
        """Neighbouring plain parts become one, empty ones go: how Python cuts them changes between releases."""
        parts: list[int] = []
        plain = ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                plain += str(part.value)
                continue
            if plain:
                parts.append(self.table.add(Kind.LITERAL, (plain,)))
                plain = ""
            parts.append(self._formatted(part))
        if plain:
            parts.append(self.table.add(Kind.LITERAL, (plain,)))
        return self.table.add(Kind.TEXT, (), tuple(parts))

    def _formatted(self, part: ast.expr) -> int:
        if not isinstance(part, ast.FormattedValue):
            return self.refused(part)
        if part.conversion != -1:
            self.table.refuse(part, Code.SYNTAX_REFUSED, "!r, !s or !a in an f-string", "leave it out")
        value = self.visit(part.value)
        spec = _plain_format(part.format_spec)
        if spec == "":
            return value
        if spec is None or parse_format(spec) is None:
            return self.table.refuse(
                part,
                Code.SYNTAX_REFUSED,
                "this format in an f-string",
                "write [<>^][0][width up to 64][,][d, x, X or b]",
            )
        return self.table.add(Kind.FORMAT, (spec,), (value,))

    def _call(self, node: ast.Call) -> int:
        function = node.func
        keywords = tuple(self.table.name(node, word.arg) for word in node.keywords if word.arg is not None)
        if len(keywords) != len(node.keywords):
            return self.table.refuse(node, Code.SYNTAX_REFUSED, "** in a call", "write the arguments out")
        if isinstance(function, ast.Name):
            name = self.table.name(function, function.id)
            if name in OF_CLASSES.values():
                self.table.refuse(function, Code.NAME_REFUSED, f"there is no function {name}", "write it as in Python")
            return self.table.add(Kind.CALL, (name, *keywords), self._arguments(node))
        if not isinstance(function, ast.Attribute):
            return self.table.refuse(node, Code.SYNTAX_REFUSED, "a call of a value", "call functions by their names")
        name = self.table.name(function, function.attr)
        if isinstance(function.value, ast.Name) and (function.value.id, name) in OF_CLASSES:
            made = OF_CLASSES[function.value.id, name]
            return self.table.add(Kind.CALL, (made, *keywords), self._arguments(node))
        if self._is_self(function.value):
            return self.table.add(Kind.CALL_SELF, (name, *keywords), self._arguments(node))
        receiver = self.visit(function.value)
        return self.table.add(Kind.CALL_METHOD, (name, *keywords), (receiver, *self._arguments(node)))

    def _arguments(self, node: ast.Call) -> tuple[int, ...]:
        found: list[int] = []
        lone = len(node.args) == 1 and not node.keywords
        keyed = isinstance(node.func, ast.Name) and node.func.id in KEYED
        keys = [word.value for word in node.keywords if keyed and word.arg == "key"]
        for value in (*node.args, *[word.value for word in node.keywords]):
            if lone and isinstance(value, ast.GeneratorExp):
                self.table.line = value.lineno
                found.append(self._list_comprehension(value))
            elif value in keys and isinstance(value, ast.Lambda):
                found.append(self._lambda(value))
            else:
                found.append(self.visit(value))
        return tuple(found)

    def _lambda(self, node: ast.Lambda) -> int:
        spec = node.args
        given = spec.args
        others = (spec.posonlyargs, spec.kwonlyargs, spec.vararg, spec.kwarg, spec.defaults)
        if len(given) != 1 or any(others):
            return self.table.refuse(
                node, Code.SYNTAX_REFUSED, "a lambda that has not one parameter", "write lambda value: ..."
            )
        name = self.table.name(given[0], given[0].arg)
        return self.table.add(Kind.LAMBDA, (name,), (self.visit(node.body),))


def _plain_format(spec: ast.expr | None) -> str | None:
    """Text of a format, None when it is computed."""
    parts = spec.values if isinstance(spec, ast.JoinedStr) else []
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    return "".join(texts) if len(texts) == len(parts) else None
