"""What a tree declares: classes, storage fields, methods, interfaces, constants; and its schema."""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from huitong.contract.fixed import MAX_SCALE
from huitong.contract.kinds import KEY_KINDS, SCALARS, DictOf, Kind, ListOf, Optional
from huitong.contract.kinds_made import MAX_BOUND, Bounded, FixedOf, MapOf, TupleOf, can_be_bounded
from huitong.contract.shapes import REQUIRED, Error, Event, Field, Record, RecordKind, Shaped, declare
from huitong.types import Code, Failed
from huitong.types.limits import MAX_ARGUMENTS, MAX_FIELDS

from .constants import constant_of
from .names import CONTEXT_FIELDS, RESERVED, VALUE_METHODS_BY_NAME
from .nodes import Kind as Syntax
from .nodes import Role
from .tree import Node, Tree

_BASES: Final[dict[Syntax, type[Shaped]]] = {Syntax.RECORD: Record, Syntax.EVENT: Event, Syntax.ERROR: Error}
_TAKEN: Final = frozenset(("args", "emit", "with_traceback", "add_note"))
_GENERIC: Final[dict[Syntax, Callable[[Kind], Kind]]] = {
    Syntax.TYPE_LIST: ListOf,
    Syntax.TYPE_DICT: DictOf,
    Syntax.TYPE_OPTIONAL: Optional,
}
MAX_TYPE_DEPTH: Final = 24
MAX_MAP_LEVELS: Final = 4
"""Maps within each other."""


class Parameter(NamedTuple):
    """A parameter of a public method."""

    name: str
    kind: Kind
    default: Any


class Method(NamedTuple):
    """A public method of a contract, or of an interface."""

    name: str
    role: Role
    reentrant: bool
    parameters: tuple[Parameter, ...]
    returns: Kind
    doc: str


class StorageField(NamedTuple):
    """A storage field. key: None for a Value."""

    name: str
    key: Kind | None
    value: Kind


def refused(code: Code, node: int, reason: str, instead: str = "") -> Failed:
    """Return the error for a node that cannot be. node: index into the tree, for finding the line."""
    return Failed(code, node=node, reason=reason, instead=instead)


class Declared:
    """Declarations of one tree. Raises Failed HT3003-HT3013."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.name = ""
        self.doc = ""
        self.constants: dict[str, Any] = {}
        self.functions: dict[str, int] = {}
        self.shapes: dict[str, type[Shaped]] = {}
        self.interfaces: dict[str, dict[str, Method]] = {}
        self.fields: dict[str, StorageField] = {}
        self.methods: dict[str, Method] = {}
        self.bodies: dict[str, int] = {}
        self._depths: dict[str, int] = {}
        for index in tree.root.children:
            self._declare(index, tree.nodes[index])
        self.attributes = CONTEXT_FIELDS.union(*(shape.kinds_ for shape in self.shapes.values()))
        self.method_names = VALUE_METHODS_BY_NAME.union(*self.interfaces.values())
        if not self.name:
            raise refused(Code.CONTRACT_CLASS_MISSING, len(tree.nodes) - 1, "there is no contract class")

    @property
    def initialiser(self) -> str:
        """Name of the @init method, or empty."""
        return next((method.name for method in self.methods.values() if method.role is Role.INIT), "")

    def _declare(self, index: int, node: Node) -> None:
        name = node.scalars[0]
        if name in RESERVED or self.is_taken(name):
            raise refused(Code.NAME_REFUSED, index, f"the name {name} is taken", "choose another name")
        if node.kind is Syntax.CONSTANT:
            found = constant_of(self.tree, node.children[0])
            if found is None:
                raise refused(
                    Code.LITERAL_REFUSED,
                    index,
                    f"{name} is no plain value",
                    "give a number, a text, bytes, or a tuple, list or dict of such",
                )
            self.constants[name] = found.value
        elif node.kind is Syntax.FUNCTION:
            if node.scalars[2] != Role.HELPER or node.scalars[3]:
                raise refused(Code.METHOD_DECLARATION_INVALID, index, f"{name} stands outside of the contract class")
            self.functions[name] = index
        elif node.kind is Syntax.INTERFACE:
            self.interfaces[name] = dict(self._signatures(node))
        elif node.kind is Syntax.CONTRACT:
            self._contract(index, node)
        else:
            self._shape(index, node)

    def is_taken(self, name: str) -> bool:
        """True when the file declares the name."""
        places = (self.constants, self.functions, self.shapes, self.interfaces)
        return name == self.name or any(name in place for place in places)

    def _shape(self, index: int, node: Node) -> None:
        name, doc = node.scalars
        if len(node.children) > MAX_ARGUMENTS:
            raise refused(Code.RECORD_DECLARATION_INVALID, index, f"more than {MAX_ARGUMENTS} fields")
        fields: list[Field] = []
        for child in node.children:
            field = self.tree.nodes[child]
            if field.scalars[0] in _TAKEN or field.scalars[0].startswith("_") or field.scalars[0].endswith("_"):
                raise refused(Code.RECORD_DECLARATION_INVALID, child, f"a field cannot be named {field.scalars[0]}")
            kind = self.kind(field.children[0])
            default = self._default(child, field.children[1], kind)
            if any(field.scalars[0] == other.name for other in fields):
                raise refused(Code.RECORD_DECLARATION_INVALID, child, f"{field.scalars[0]} is declared twice")
            if fields and default is REQUIRED and fields[-1].default is not REQUIRED:
                raise refused(Code.RECORD_DECLARATION_INVALID, child, "fields without default stand first")
            fields.append(Field(field.scalars[0], kind, default))
        self._depths[name] = 1 + max((self._depth(field.kind) for field in fields), default=0)
        self.shapes[name] = declare(name, _BASES[node.kind], doc, tuple(fields))

    def _default(self, index: int, child: int, kind: Kind | None) -> Any:
        literal = self.tree.nodes[child]
        if literal.kind is Syntax.ABSENT:
            return REQUIRED
        if literal.kind is not Syntax.LITERAL:
            raise refused(Code.LITERAL_REFUSED, index, "a default is no plain value", "give a number or a text")
        value = literal.scalars[0]
        if kind is not None:
            try:
                kind.wire(value, "default")
            except (TypeError, OverflowError):
                raise refused(Code.LITERAL_REFUSED, index, f"a default is no {kind.name}") from None
        return value

    def _depth(self, kind: Kind) -> int:
        if isinstance(kind, RecordKind):
            return self._depths[kind.name]
        if isinstance(kind, ListOf | Optional | Bounded):
            return 1 + self._depth(kind.item)
        if isinstance(kind, TupleOf):
            return 1 + max(self._depth(item) for item in kind.items)
        return 1 + self._depth(kind.value) if isinstance(kind, DictOf) else 1

    def kind(self, index: int) -> Kind:
        """Return the kind of a type node."""
        node = self.tree.nodes[index]
        if node.kind is Syntax.TYPE_NAME:
            return self._named(index, node.scalars[0])
        if node.kind is Syntax.TYPE_FIXED:
            return FixedOf(self._number(index, node, 0, MAX_SCALE))
        if node.kind is Syntax.TYPE_MAP:
            raise refused(
                Code.FIELD_DECLARATION_INVALID, index, "a Map is no value", "declare it as field: Map[K, Map[L, T]]"
            )
        found = self._made(index, node)
        if self._depth(found) > MAX_TYPE_DEPTH:
            raise refused(Code.FIELD_DECLARATION_INVALID, index, f"a type nested more than {MAX_TYPE_DEPTH} deep")
        return found

    def _made(self, index: int, node: Node) -> Kind:
        inner = [self.kind(child) for child in node.children]
        if node.kind is Syntax.TYPE_TUPLE:
            return TupleOf(tuple(inner))
        if node.kind is not Syntax.TYPE_BOUNDED:
            return _GENERIC[node.kind](inner[0])
        if not can_be_bounded(inner[0]):
            raise refused(Code.FIELD_DECLARATION_INVALID, index, f"{inner[0].name} has no length to bound")
        return Bounded(inner[0], self._number(index, node, 1, MAX_BOUND))

    @staticmethod
    def _number(index: int, node: Node, least: int, most: int) -> int:
        number = node.scalars[0]
        if type(number) is not int or not least <= number <= most:
            raise refused(Code.FIELD_DECLARATION_INVALID, index, f"a number from {least} to {most} is needed here")
        return number

    def _named(self, index: int, name: str) -> Kind:
        if name in SCALARS:
            return SCALARS[name]
        shape = self.shapes.get(name)
        if shape is None or not issubclass(shape, Record):
            raise refused(
                Code.FIELD_DECLARATION_INVALID,
                index,
                f"{name} is no type here",
                "declare the Record above its first use",
            )
        if self._depths[name] > MAX_TYPE_DEPTH:
            raise refused(Code.FIELD_DECLARATION_INVALID, index, f"a type nested more than {MAX_TYPE_DEPTH} deep")
        return RecordKind(shape)

    def _signatures(self, node: Node) -> Iterator[tuple[str, Method]]:
        for child in node.children:
            signature = self.tree.nodes[child]
            name, doc, role = signature.scalars
            yield name, self._method(child, name, doc, Role(role), reentrant=False)

    def _contract(self, index: int, node: Node) -> None:
        if self.name:
            raise refused(Code.CONTRACT_CLASS_MISSING, index, "there is more than one contract class")
        self.name, self.doc = node.scalars
        for child in node.children:
            member = self.tree.nodes[child]
            name = member.scalars[0]
            if name in self.fields or name in self.bodies:
                raise refused(Code.NAME_REFUSED, child, f"{name} is declared twice")
            if member.kind is Syntax.FUNCTION:
                self.bodies[name] = child
                self._public(child, member)
            else:
                self.fields[name] = self._field(child, member)
        if len(self.fields) > MAX_FIELDS:
            raise refused(Code.FIELD_DECLARATION_INVALID, index, f"more than {MAX_FIELDS} storage fields")

    def _field(self, index: int, node: Node) -> StorageField:
        name = node.scalars[0]
        if node.kind is Syntax.STORAGE_VALUE:
            return StorageField(name, None, self.kind(node.children[0]))
        table = self._table(index, node, 1)
        return StorageField(name, table.key, table.value)

    def _table(self, index: int, node: Node, level: int) -> MapOf:
        """Kind of a Map, whose values may be tables again."""
        if level > MAX_MAP_LEVELS:
            raise refused(Code.FIELD_DECLARATION_INVALID, index, f"a Map nested more than {MAX_MAP_LEVELS} deep")
        key = self.kind(node.children[0])
        if key.name not in KEY_KINDS:
            raise refused(Code.FIELD_DECLARATION_INVALID, index, "keys of a Map are str, bytes or int")
        place = node.children[1]
        inner = self.tree.nodes[place]
        return MapOf(key, self._table(place, inner, level + 1) if inner.kind is Syntax.TYPE_MAP else self.kind(place))

    def _public(self, index: int, node: Node) -> None:
        name, doc, role, reentrant = node.scalars
        if role == Role.HELPER:
            return
        if name.startswith("_"):
            raise refused(Code.METHOD_DECLARATION_INVALID, index, f"the public method {name} begins with _")
        if role == Role.INIT and self.initialiser:
            raise refused(Code.METHOD_DECLARATION_INVALID, index, "there is more than one @init")
        self.methods[name] = self._method(index, name, doc, Role(role), reentrant=bool(reentrant))

    def _method(self, index: int, name: str, doc: str, role: Role, *, reentrant: bool) -> Method:
        node = self.tree.nodes[index]
        parameters: list[Parameter] = []
        returns: Kind | None = None
        for child in node.children:
            part = self.tree.nodes[child]
            if part.kind is Syntax.PARAMETER:
                if self.tree.nodes[part.children[0]].kind is Syntax.ABSENT:
                    raise refused(Code.METHOD_DECLARATION_INVALID, child, f"{part.scalars[0]} has no type")
                kind = self.kind(part.children[0])
                parameters.append(Parameter(part.scalars[0], kind, self._default(child, part.children[1], kind)))
            elif part.kind not in (Syntax.BLOCK, Syntax.ABSENT):
                returns = self.kind(child)
        if returns is None:
            raise refused(Code.METHOD_DECLARATION_INVALID, index, f"{name} has no type of result")
        return Method(name, role, reentrant, tuple(parameters), returns, doc)
