"""Kinds of nodes of the normalised tree, and the shape that each must have. Numbers are never reused.

The page docs/spec/contract-tree.md lists them. They are ours: what Python's own parser calls its nodes, and how many
it makes, changes between releases; these do not.
"""

from enum import IntEnum, IntFlag
from typing import Final, NamedTuple

LANGUAGE_VERSION: Final = 1


class Kind(IntEnum):
    """Number that stands first in a node."""

    ABSENT = 0
    # declarations
    MODULE = 1
    CONSTANT = 2
    FUNCTION = 3
    PARAMETER = 4
    RECORD = 5
    EVENT = 6
    ERROR = 7
    FIELD = 8
    CONTRACT = 9
    STORAGE_MAP = 10
    STORAGE_VALUE = 11
    INTERFACE = 12
    SIGNATURE = 13
    # types
    TYPE_NAME = 20
    TYPE_LIST = 21
    TYPE_DICT = 22
    TYPE_OPTIONAL = 23
    TYPE_TUPLE = 24
    TYPE_BOUNDED = 25
    TYPE_FIXED = 26
    TYPE_MAP = 27
    # statements
    BLOCK = 30
    EXPRESSION = 31
    ASSIGN = 32
    AUGMENT = 33
    RETURN = 34
    IF = 35
    WHILE = 36
    FOR = 37
    BREAK = 38
    CONTINUE = 39
    PASS = 40
    RAISE = 41
    ASSERT = 42
    TRY = 43
    HANDLER = 44
    DELETE = 45
    # expressions
    LITERAL = 60
    NAME = 61
    STORAGE = 62
    ATTRIBUTE = 63
    SUBSCRIPT = 64
    SLICE = 65
    BINARY = 66
    UNARY = 67
    BOOLEAN = 68
    COMPARE = 69
    CONDITION = 70
    CALL = 71
    CALL_SELF = 72
    CALL_METHOD = 73
    LIST = 74
    TUPLE = 75
    DICT = 76
    LIST_COMPREHENSION = 77
    DICT_COMPREHENSION = 78
    CLAUSE = 79
    TEXT = 80
    FORMAT = 81
    LAMBDA = 82


class Role(IntEnum):
    """What a function of the contract class is to the outside."""

    HELPER = 0
    CALL = 1
    VIEW = 2
    INIT = 3


class Group(IntFlag):
    """Places where a kind of node may stand."""

    ABSENT = 1
    ROOT = 2
    DECLARATION = 4
    MEMBER = 8
    PARAMETER = 16
    FIELD = 32
    SIGNATURE = 64
    TYPE = 128
    BLOCK = 256
    STATEMENT = 512
    HANDLER = 1024
    EXPRESSION = 2048
    LITERAL = 4096
    TARGET = 8192
    CLAUSE = 16384


class Shape(NamedTuple):
    """Shape of a kind.

    scalars: one letter each: n a name, k a name or empty text, t any text, b 0 or 1, r a role, o an operator's text,
    v a literal value, y a type's name; a last letter in upper case stands for any number of them. Children: `head`,
    then any number of rounds of `rounds` (at least `least`), then `tail`.
    """

    group: Group
    scalars: str
    head: tuple[Group, ...] = ()
    rounds: tuple[Group, ...] = ()
    tail: tuple[Group, ...] = ()
    least: int = 0


_E = Group.EXPRESSION
_T = Group.TYPE
_B = Group.BLOCK
_S = Group.STATEMENT
_NO = Group.ABSENT
_DECLARES = Group.DECLARATION

SHAPES: Final[dict[Kind, Shape]] = {
    Kind.ABSENT: Shape(Group.ABSENT, ""),
    Kind.MODULE: Shape(Group.ROOT, "t", rounds=(_DECLARES,), least=1),
    Kind.CONSTANT: Shape(_DECLARES, "n", head=(_E,)),
    Kind.FUNCTION: Shape(_DECLARES | Group.MEMBER, "ntrb", rounds=(Group.PARAMETER,), tail=(_T | _NO, _B)),
    Kind.PARAMETER: Shape(Group.PARAMETER, "n", head=(_T | _NO, _E | _NO)),
    Kind.RECORD: Shape(_DECLARES, "nt", rounds=(Group.FIELD,)),
    Kind.EVENT: Shape(_DECLARES, "nt", rounds=(Group.FIELD,)),
    Kind.ERROR: Shape(_DECLARES, "nt", rounds=(Group.FIELD,)),
    Kind.FIELD: Shape(Group.FIELD, "n", head=(_T, _E | _NO)),
    Kind.CONTRACT: Shape(_DECLARES, "nt", rounds=(Group.MEMBER,)),
    Kind.STORAGE_MAP: Shape(Group.MEMBER, "n", head=(_T, _T)),
    Kind.STORAGE_VALUE: Shape(Group.MEMBER, "n", head=(_T,)),
    Kind.INTERFACE: Shape(_DECLARES, "nt", rounds=(Group.SIGNATURE,), least=1),
    Kind.SIGNATURE: Shape(Group.SIGNATURE, "ntr", rounds=(Group.PARAMETER,), tail=(_T | _NO,)),
    Kind.TYPE_NAME: Shape(_T, "y"),
    Kind.TYPE_LIST: Shape(_T, "", head=(_T,)),
    Kind.TYPE_DICT: Shape(_T, "", head=(_T,)),
    Kind.TYPE_OPTIONAL: Shape(_T, "", head=(_T,)),
    Kind.TYPE_TUPLE: Shape(_T, "", rounds=(_T,), least=1),
    Kind.TYPE_BOUNDED: Shape(_T, "v", head=(_T,)),
    Kind.TYPE_FIXED: Shape(_T, "v"),
    Kind.TYPE_MAP: Shape(_T, "", head=(_T, _T)),
    Kind.BLOCK: Shape(_B, "", rounds=(_S,), least=1),
    Kind.EXPRESSION: Shape(_S, "", head=(_E,)),
    Kind.ASSIGN: Shape(_S, "", head=(_E,), rounds=(Group.TARGET,), least=1),
    Kind.AUGMENT: Shape(_S, "o", head=(Group.TARGET, _E)),
    Kind.RETURN: Shape(_S, "", head=(_E | _NO,)),
    Kind.IF: Shape(_S, "", rounds=(_E, _B), tail=(_B | _NO,), least=1),
    Kind.WHILE: Shape(_S, "", head=(_E, _B)),
    Kind.FOR: Shape(_S, "", head=(Group.TARGET, _E, _B)),
    Kind.BREAK: Shape(_S, ""),
    Kind.CONTINUE: Shape(_S, ""),
    Kind.PASS: Shape(_S, ""),
    Kind.RAISE: Shape(_S, "", head=(_E | _NO,)),
    Kind.ASSERT: Shape(_S, "t", head=(_E,)),
    Kind.TRY: Shape(_S, "", head=(_B,), rounds=(Group.HANDLER,), tail=(_B | _NO,), least=1),
    Kind.HANDLER: Shape(Group.HANDLER, "knN", head=(_B,)),
    Kind.DELETE: Shape(_S, "", rounds=(Group.TARGET,), least=1),
    Kind.LITERAL: Shape(_E | Group.LITERAL, "v"),
    Kind.NAME: Shape(_E | Group.TARGET, "n"),
    Kind.STORAGE: Shape(_E, "n"),
    Kind.ATTRIBUTE: Shape(_E | Group.TARGET, "n", head=(_E,)),
    Kind.SUBSCRIPT: Shape(_E | Group.TARGET, "", head=(_E, _E)),
    Kind.SLICE: Shape(_E, "", head=(_E, _E | _NO, _E | _NO, _E | _NO)),
    Kind.BINARY: Shape(_E, "o", head=(_E, _E)),
    Kind.UNARY: Shape(_E, "o", head=(_E,)),
    Kind.BOOLEAN: Shape(_E, "o", head=(_E,), rounds=(_E,), least=1),
    Kind.COMPARE: Shape(_E, "oO", head=(_E,), rounds=(_E,), least=1),
    Kind.CONDITION: Shape(_E, "", head=(_E, _E, _E)),
    Kind.CALL: Shape(_E, "nN", rounds=(_E,)),
    Kind.CALL_SELF: Shape(_E, "nN", rounds=(_E,)),
    Kind.CALL_METHOD: Shape(_E, "nN", head=(_E,), rounds=(_E,)),
    Kind.LIST: Shape(_E, "", rounds=(_E,)),
    Kind.TUPLE: Shape(_E | Group.TARGET, "", rounds=(_E,)),
    Kind.DICT: Shape(_E, "", rounds=(_E, _E)),
    Kind.LIST_COMPREHENSION: Shape(_E, "", head=(_E,), rounds=(Group.CLAUSE,), least=1),
    Kind.DICT_COMPREHENSION: Shape(_E, "", head=(_E, _E), rounds=(Group.CLAUSE,), least=1),
    Kind.CLAUSE: Shape(Group.CLAUSE, "", head=(Group.TARGET, _E), rounds=(_E,)),
    Kind.TEXT: Shape(_E, "", rounds=(_E,)),
    Kind.FORMAT: Shape(_E, "t", head=(_E,)),
    Kind.LAMBDA: Shape(_E, "n", head=(_E,)),
}

BINARY_OPERATORS: Final = ("+", "-", "*", "//", "%", "**", "<<", ">>", "&", "|", "^")
UNARY_OPERATORS: Final = ("-", "+", "~", "not")
BOOLEAN_OPERATORS: Final = ("and", "or")
COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not")

OPERATORS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.BINARY: BINARY_OPERATORS,
    Kind.AUGMENT: BINARY_OPERATORS,
    Kind.UNARY: UNARY_OPERATORS,
    Kind.BOOLEAN: BOOLEAN_OPERATORS,
    Kind.COMPARE: COMPARISONS,
}
