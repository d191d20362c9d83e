"""From Python's syntax to the nodes of declarations: constants, functions, classes and types."""

import ast
from typing import Final

from huitong.types import Code

from .findings import Table
from .folding import fold
from .names import BLANKS, SDK_NAMES
from .nodes import Kind, Role
from .source_expressions import Expressions
from .source_statements import Statements
from .source_types import Types, is_annotated

_SHAPED: Final = {"Record": Kind.RECORD, "Event": Kind.EVENT, "Error": Kind.ERROR}
_ROLES: Final = {"call": Role.CALL, "view": Role.VIEW, "init": Role.INIT}


def storage_names(module: ast.Module) -> set[str]:
    """Names of annotated fields of all classes that derive from Contract."""
    return {
        statement.target.id
        for item in module.body
        if isinstance(item, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id == "Contract" for b in item.bases)
        for statement in item.body
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name)
    }


def docstring(body: list[ast.stmt]) -> str:
    """Text at the start of a body, each line without blanks around it: our own rule, the same on every Python."""
    first = body[0] if body else None
    if not isinstance(first, ast.Expr) or not isinstance(first.value, ast.Constant):
        return ""
    text = first.value.value
    return "\n".join(line.strip(BLANKS) for line in text.strip(BLANKS).split("\n")) if isinstance(text, str) else ""


class Declarations:
    """Translator of a file."""

    def __init__(self, table: Table, module: ast.Module) -> None:
        self.table = table
        self.module = module
        self.expressions = Expressions(table, storage_names(module))
        self.statements = Statements(table, self.expressions)
        self.types = Types(table)
        self.constants: dict[str, object] = {}

    def translate(self) -> int:
        """Translate the file, return the index of the module."""
        found: list[int] = []
        for item in self.module.body:
            self.table.line = item.lineno
            index = self._item(item)
            if index is not None:
                self.table.lines[index] = item.lineno
                found.append(index)
        return self.table.add(Kind.MODULE, (docstring(self.module.body),), tuple(found))

    def _item(self, item: ast.stmt) -> int | None:
        if isinstance(item, ast.ImportFrom | ast.Import):
            self._import(item)
            return None
        if isinstance(item, ast.FunctionDef):
            return self._function(item, method=False)
        if isinstance(item, ast.ClassDef):
            return self._class(item)
        if isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
            return self._named_value(item.targets[0], item.value)
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and item.value is not None:
            return self._named_value(item.target, item.value)
        if isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant) and isinstance(item.value.value, str):
            return None
        self.expressions.refused(item)
        return None

    def _import(self, item: ast.ImportFrom | ast.Import) -> None:
        instead = "everything a contract may use comes with from huitong.contract import ..."
        if isinstance(item, ast.Import) or item.module != "huitong.contract" or item.level:
            self.table.refuse(item, Code.IMPORT_REFUSED, "this import", instead)
            return
        for alias in item.names:
            if alias.asname is not None or alias.name not in SDK_NAMES:
                self.table.refuse(item, Code.IMPORT_REFUSED, f"the import of {alias.name[:60]!r}", instead)

    def _named_value(self, target: ast.Name, value: ast.expr) -> int | None:
        """A constant; or a name for a type, which stands for it wherever it is used and is not in the tree."""
        if is_annotated(value):
            self.types.aliases[self.table.name(target, target.id)] = value
            return None
        return self._constant(target, value)

    def _folded(self, value: ast.expr) -> int:
        """A constant's value: tuples, lists and dicts are folded part by part."""
        folded = fold(value, self.constants)
        if folded is not None and type(folded.value) is not tuple:
            return self.table.add(Kind.LITERAL, (folded.value,))
        if isinstance(value, ast.Tuple | ast.List):
            kind = Kind.TUPLE if isinstance(value, ast.Tuple) else Kind.LIST
            return self.table.add(kind, (), tuple(self._folded(part) for part in value.elts))
        if isinstance(value, ast.Dict) and None not in value.keys:
            pairs = zip(value.keys, value.values, strict=True)
            parts = [self._folded(part) for pair in pairs for part in pair if part is not None]
            return self.table.add(Kind.DICT, (), tuple(parts))
        return self.expressions.visit(value)

    def _constant(self, target: ast.Name, value: ast.expr) -> int:
        name = self.table.name(target, target.id)
        folded = fold(value, self.constants)
        if folded is None:
            return self.table.add(Kind.CONSTANT, (name,), (self._folded(value),))
        self.constants[name] = folded.value
        return self.table.add(Kind.CONSTANT, (name,), (self.table.add(Kind.LITERAL, (folded.value,)),))

    def _class(self, item: ast.ClassDef) -> int:
        base = item.bases[0].id if len(item.bases) == 1 and isinstance(item.bases[0], ast.Name) else ""
        if item.keywords or item.decorator_list or base not in (*_SHAPED, "Contract", "Protocol"):
            return self.table.refuse(
                item,
                Code.SYNTAX_REFUSED,
                "this kind of class",
                "derive from Contract, Record, Event, Error or Protocol",
            )
        name = self.table.name(item, item.name)
        body = [part for part in item.body if not _is_text(part)]
        scalars = (name, docstring(item.body))
        if base in _SHAPED:
            children = [self._field(part) for part in body if not isinstance(part, ast.Pass)]
            return self.table.add(_SHAPED[base], scalars, tuple(children))
        if base == "Protocol":
            return self.table.add(Kind.INTERFACE, scalars, tuple(self._signature(part) for part in body))
        members = [self._member(part) for part in body if not isinstance(part, ast.Pass)]
        return self.table.add(Kind.CONTRACT, scalars, tuple(members))

    def _field(self, part: ast.stmt) -> int:
        self.table.line = part.lineno
        if not isinstance(part, ast.AnnAssign) or not isinstance(part.target, ast.Name):
            return self.table.refuse(
                part, Code.RECORD_DECLARATION_INVALID, "no field with a type", "write name: type or name: type = value"
            )
        name = self.table.name(part.target, part.target.id)
        kind = self.types.type_of(part.annotation)
        return self.table.add(Kind.FIELD, (name,), (kind, self._default(part.value)))

    def _default(self, value: ast.expr | None) -> int:
        if value is None:
            return self.table.absent()
        folded = fold(value, self.constants)
        if folded is None:
            return self.table.refuse(
                value,
                Code.LITERAL_REFUSED,
                "a default that is no plain value",
                "give a number, text, bytes, bool, None",
            )
        return self.table.add(Kind.LITERAL, (folded.value,))

    def _member(self, part: ast.stmt) -> int:
        self.table.line = part.lineno
        if isinstance(part, ast.FunctionDef):
            return self._function(part, method=True)
        if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name) and part.value is None:
            return self._storage(part.target, part.annotation)
        return self.table.refuse(
            part,
            Code.FIELD_DECLARATION_INVALID,
            "neither method nor storage field",
            "write name: Map[K, V] or Value[T]",
        )

    def _storage(self, target: ast.Name, hint: ast.expr) -> int:
        name = self.table.name(target, target.id)
        if isinstance(hint, ast.Subscript) and isinstance(hint.value, ast.Name):
            inside = hint.slice
            if hint.value.id == "Map" and isinstance(inside, ast.Tuple) and len(inside.elts) == 2:
                kinds = (self.types.type_of(inside.elts[0]), self.types.table_value(inside.elts[1]))
                return self.table.add(Kind.STORAGE_MAP, (name,), kinds)
            if hint.value.id == "Value":
                return self.table.add(Kind.STORAGE_VALUE, (name,), (self.types.type_of(inside),))
        return self.table.refuse(
            hint, Code.FIELD_DECLARATION_INVALID, f"the type of self.{name}", "write Map[K, V] or Value[T]"
        )

    def _roles(self, item: ast.FunctionDef) -> tuple[Role, int]:
        names = [part.id if isinstance(part, ast.Name) else "" for part in item.decorator_list]
        roles = [_ROLES[name] for name in names if name in _ROLES]
        if len(roles) > 1 or any(name not in (*_ROLES, "reentrant") for name in names):
            self.table.refuse(
                item,
                Code.METHOD_DECLARATION_INVALID,
                "these decorators",
                "use one of @call, @view, @init, and @reentrant",
            )
        return (roles[0] if roles else Role.HELPER), int("reentrant" in names)

    def _function(self, item: ast.FunctionDef, *, method: bool) -> int:
        role, reentrant = self._roles(item)
        name = self.table.name(item, item.name)
        parameters = self._parameters(item, method=method, typed=role is not Role.HELPER)
        returns = self._returns(item, typed=role is not Role.HELPER)
        body = self.statements.block(item.body)
        doc = docstring(item.body) if role is not Role.HELPER else ""
        return self.table.add(Kind.FUNCTION, (name, doc, int(role), reentrant), (*parameters, returns, body))

    def _returns(self, item: ast.FunctionDef, *, typed: bool) -> int:
        if not typed:
            return self.table.absent()
        if item.returns is None:
            return self.table.refuse(
                item, Code.METHOD_DECLARATION_INVALID, f"{item.name} has no type of result", "write -> None or a type"
            )
        return self.types.type_of(item.returns)

    def _parameters(self, item: ast.FunctionDef, *, method: bool, typed: bool) -> list[int]:
        spec = item.args
        given = list(spec.args)
        if spec.posonlyargs or spec.kwonlyargs or spec.vararg or spec.kwarg:
            self.table.refuse(item, Code.METHOD_DECLARATION_INVALID, "*, / or ** in parameters", "name all parameters")
        if method and (not given or given.pop(0).arg != "self"):
            self.table.refuse(item, Code.METHOD_DECLARATION_INVALID, "a method without self", "add self")
        missing = len(given) - len(spec.defaults)
        defaults: list[ast.expr | None] = [*[None] * missing, *spec.defaults]
        found: list[int] = []
        for parameter, default in zip(given, defaults[-len(given) :] if given else [], strict=True):
            found.append(self._parameter(parameter, default, typed=typed))
        return found

    def _parameter(self, parameter: ast.arg, default: ast.expr | None, *, typed: bool) -> int:
        self.table.line = parameter.lineno
        name = self.table.name(parameter, parameter.arg)
        if not typed:
            kind = self.table.absent()
        elif parameter.annotation is None:
            kind = self.table.refuse(
                parameter, Code.METHOD_DECLARATION_INVALID, f"{name} has no type", f"write {name}: type"
            )
        else:
            kind = self.types.type_of(parameter.annotation)
        return self.table.add(Kind.PARAMETER, (name,), (kind, self._default(default)))

    def _signature(self, part: ast.stmt) -> int:
        self.table.line = part.lineno
        if not isinstance(part, ast.FunctionDef):
            return self.table.refuse(
                part, Code.METHOD_DECLARATION_INVALID, "no method", "write def name(self, ...) -> type: ..."
            )
        role, _ = self._roles(part)
        parameters = self._parameters(part, method=True, typed=True)
        scalars = (self.table.name(part, part.name), docstring(part.body), int(role))
        return self.table.add(Kind.SIGNATURE, scalars, (*parameters, self._returns(part, typed=True)))


def _is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
