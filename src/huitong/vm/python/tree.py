"""The normalised tree: what is deployed. Nodes in post-order, each [kind, scalars, indices of children].

Bytes: encode([language version, [node, ...]]), the root last. All checks run over the flat table, without recursion.
Specification: docs/spec/contract-tree.md.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from huitong.types import Code, Failed, HuitongError, decode, encode
from huitong.types.limits import MAX_CODE_BYTES, MAX_INTEGER_BITS, MAX_SOURCE_BYTES, MAX_SYNTAX_DEPTH, MAX_SYNTAX_NODES

from .languages import FIRST, LANGUAGES, Language, Languages
from .names import is_identifier
from .nodes import OPERATORS, Group, Kind, Role, Shape


class Node(NamedTuple):
    """One node. scalars: names, operators, literal values. children: indices into the table."""

    kind: Kind
    scalars: tuple[Any, ...]
    children: tuple[int, ...]


class Tree(NamedTuple):
    """A validated table; the last node is the module. language: the version that the tree names."""

    nodes: tuple[Node, ...]
    language: Language = FIRST

    @property
    def root(self) -> Node:
        """The module."""
        return self.nodes[-1]

    def below(self, node: Node) -> tuple[Node, ...]:
        """Children of a node."""
        return tuple(self.nodes[index] for index in node.children)


def _malformed(reason: str, index: int = -1) -> Failed:
    where = f"node {index}: {reason}" if index >= 0 else reason
    return Failed(Code.TREE_MALFORMED, reason=where)


def encode_tree(nodes: list[Node], language: Language = FIRST) -> bytes:
    """Encode nodes that are already in post-order. Raises HT3011, HT3012, HT3010 as `decode_tree` would."""
    raw = encode([language.version, [[int(node.kind), list(node.scalars), list(node.children)] for node in nodes]])
    decode_tree(raw, {language.version: language})
    return raw


def decode_tree(raw: bytes, languages: Languages = LANGUAGES) -> Tree:
    """Decode and check the form of a tree: shapes, post-order, limits. What names mean is checked when compiled.

    Raises Failed HT3010 (form), HT3011 (size), HT3012 (depth).
    """
    if len(raw) > MAX_CODE_BYTES:
        raise Failed(Code.CONTRACT_TOO_LARGE, what="tree", limit=f"{MAX_CODE_BYTES} bytes")
    try:
        document: Any = decode(raw, Any, max_bytes=MAX_CODE_BYTES)
    except HuitongError as error:
        raise _malformed(f"the bytes are no canonical encoding (HT{int(error.code)})") from None
    language, rows = _rows(document, languages)
    nodes = tuple(_node(row, index, language.shapes) for index, row in enumerate(rows))
    _check_order(nodes, language.shapes)
    return Tree(nodes, language)


def _rows(document: Any, languages: Languages) -> tuple[Language, list[Any]]:
    if not isinstance(document, list) or len(document) != 2 or not isinstance(document[1], list):
        raise _malformed("not [language version, nodes]")
    version, rows = document
    if type(version) is not int or version not in languages:
        raise _malformed("this language version is not known")
    if not rows:
        raise _malformed("there are no nodes")
    if len(rows) > MAX_SYNTAX_NODES:
        raise Failed(Code.CONTRACT_TOO_LARGE, what="tree", limit=f"{MAX_SYNTAX_NODES} nodes")
    return languages[version], rows


def _node(row: Any, index: int, shapes: Mapping[Kind, Shape]) -> Node:
    if not isinstance(row, list) or len(row) != 3 or not isinstance(row[1], list) or not isinstance(row[2], list):
        raise _malformed("not [kind, scalars, children]", index)
    number, scalars, children = row
    if type(number) is not int or number not in shapes:
        raise _malformed("unknown kind", index)
    kind = Kind(number)
    _check_scalars(kind, shapes[kind], scalars, index)
    if not all(type(child) is int and 0 <= child < index for child in children):
        raise _malformed("a child is no earlier node", index)
    return Node(kind, tuple(scalars), tuple(children))


def _check_scalars(kind: Kind, shape: Shape, scalars: list[Any], index: int) -> None:
    letters = shape.scalars
    if letters and letters[-1].isupper():
        fixed = letters[:-1]
        letters = fixed + letters[-1].lower() * (len(scalars) - len(fixed))
    if len(letters) != len(scalars):
        raise _malformed("wrong number of scalars", index)
    for letter, scalar in zip(letters, scalars, strict=True):
        if not _scalar_is_good(kind, letter, scalar):
            raise _malformed("a scalar is not of its kind", index)


def _scalar_is_good(kind: Kind, letter: str, scalar: Any) -> bool:
    if letter == "n":
        return is_identifier(scalar)
    if letter in "ky":
        return scalar == ("" if letter == "k" else "None") or is_identifier(scalar)
    if letter == "t":
        return isinstance(scalar, str) and len(scalar.encode()) <= MAX_SOURCE_BYTES
    if letter == "o":
        return isinstance(scalar, str) and scalar in OPERATORS[kind]
    if letter == "v":
        return _literal_is_good(scalar)
    if letter == "b":
        return type(scalar) is int and scalar in (0, 1)
    return type(scalar) is int and 0 <= scalar <= max(Role)


def _literal_is_good(value: Any) -> bool:
    if type(value) is int:
        return value.bit_length() <= MAX_INTEGER_BITS
    return value is None or type(value) in (str, bytes, bool)


def _check_order(nodes: tuple[Node, ...], shapes: Mapping[Kind, Shape]) -> None:
    """Children stand directly before their parent, each node has one parent: one tree has one encoding."""
    waiting: list[int] = []
    depths: list[int] = []
    for index, node in enumerate(nodes):
        count = len(node.children)
        mine = waiting[len(waiting) - count :]
        if tuple(mine) != node.children:
            raise _malformed("the table is not in post-order", index)
        del waiting[len(waiting) - count :]
        waiting.append(index)
        _check_children(nodes, node, index, shapes)
        depth = 1 + max((depths[child] for child in node.children), default=0)
        if depth > MAX_SYNTAX_DEPTH:
            raise Failed(Code.CONTRACT_TOO_DEEP, limit=MAX_SYNTAX_DEPTH)
        depths.append(depth)
    if len(waiting) != 1 or nodes[-1].kind is not Kind.MODULE:
        raise _malformed("the last node is not the module, or not above all others")


def _check_children(nodes: tuple[Node, ...], node: Node, index: int, shapes: Mapping[Kind, Shape]) -> None:
    shape = shapes[node.kind]
    middle = len(node.children) - len(shape.head) - len(shape.tail)
    size = len(shape.rounds)
    rounds = middle // size if size else 0
    if middle != rounds * size or rounds < shape.least:
        raise _malformed("wrong number of children", index)
    places = shape.head + shape.rounds * rounds + shape.tail
    for place, child in zip(places, node.children, strict=True):
        found: Group = shapes[nodes[child].kind].group
        if not found & place:
            raise _malformed("a child of the wrong kind", index)
