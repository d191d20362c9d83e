"""Names of the language: identifiers, builtins, methods by type, and who may bind what.

All tables are our own: no list of the running Python is asked.
"""

from typing import Any, Final

from huitong.types.limits import MAX_NAME_BYTES

KEYWORDS: Final = frozenset(
    [
        "False",
        "None",
        "True",
        "and",
        "as",
        "assert",
        "async",
        "await",
        "break",
        "class",
        "continue",
        "def",
        "del",
        "elif",
        "else",
        "except",
        "finally",
        "for",
        "from",
        "global",
        "if",
        "import",
        "in",
        "is",
        "lambda",
        "nonlocal",
        "not",
        "or",
        "pass",
        "raise",
        "return",
        "try",
        "while",
        "with",
        "yield",
    ]
)
"""Reserved words; fixed here, so that a newer Python with more of them reads the same contracts."""

FAULTS: Final = (
    "KeyError",
    "TypeError",
    "ValueError",
    "ZeroDivisionError",
    "OverflowError",
    "IndexError",
    "AssertionError",
)
"""Errors of Python that a contract may catch; each has a fixed code."""

SDK_ERRORS: Final = ("Error", "CallFailed", "Exception")
"""Further names in `except`: any declared error; a failed call of another contract; everything that can be caught."""

CATCHABLE: Final = frozenset((*FAULTS, *SDK_ERRORS))

BUILTINS: Final[dict[str, tuple[str, ...]]] = {
    "abs": (),
    "all": (),
    "any": (),
    "bool": (),
    "bytes": (),
    "dict": (),
    "divmod": (),
    "enumerate": ("start",),
    "int": (),
    "len": (),
    "list": (),
    "max": (),
    "min": (),
    "range": (),
    "require": (),
    "reversed": (),
    "sorted": ("reverse",),
    "str": (),
    "sum": (),
    "tuple": (),
    "zip": ("strict",),
}
"""Functions that a contract may call by name, with the keywords that they take."""

SDK_NAMES: Final = frozenset(
    [
        "Contract",
        "Error",
        "Event",
        "Interface",
        "Map",
        "Record",
        "Value",
        "CallFailed",
        "Member",
        "Protocol",
        "call",
        "ctx",
        "init",
        "reentrant",
        "require",
        "view",
        "U8",
        "U16",
        "U32",
        "U64",
        "U128",
        "U256",
        "I8",
        "I16",
        "I32",
        "I64",
        "I128",
        "I256",
    ]
)
"""What `huitong.contract` exports to contracts."""

SCALAR_TYPES: Final = frozenset(
    [
        "int",
        "str",
        "bytes",
        "bool",
        "None",
        "U8",
        "U16",
        "U32",
        "U64",
        "U128",
        "U256",
        "I8",
        "I16",
        "I32",
        "I64",
        "I128",
        "I256",
    ]
)

RESERVED: Final = frozenset((*BUILTINS, *SDK_NAMES, *CATCHABLE, "self", "ctx", "list", "dict", "tuple"))
"""Names that a contract cannot bind."""

CONTEXT_VALUES: Final = ("chain_id", "height", "self", "sender", "time")
"""Attributes of `ctx`."""

CONTEXT_CALLS: Final = ("contract", "hash", "member")
"""Methods of `ctx`."""

MAP_METHODS: Final[dict[str, tuple[str, ...]]] = {
    "get": (),
    "items": ("start", "stop", "limit", "reverse"),
}
VALUE_METHODS: Final[dict[str, tuple[str, ...]]] = {"get": (), "set": (), "delete": (), "exists": ()}

BLANKS: Final = " \t\n\r\x0b\x0c"
"""What counts as blank in texts: that of ASCII alone."""

TEXT_METHODS: Final = (
    "upper", "lower", "strip", "lstrip", "rstrip", "split", "join", "replace", "startswith", "endswith", "find",
    "count", "isdigit", "isalpha", "isalnum", "encode", "removeprefix", "removesuffix", "zfill",
)  # fmt: skip
DATA_METHODS: Final = ("hex", "decode", "startswith", "endswith", "find")
LIST_METHODS: Final = (
    "append", "extend", "insert", "pop", "reverse", "index", "count", "sort", "copy", "clear", "remove",
)  # fmt: skip
DICT_METHODS: Final = ("get", "keys", "values", "items", "pop", "copy", "setdefault", "clear", "update")
EVENT_METHODS: Final = ("emit",)
VALUE_METHODS_BY_NAME: Final = frozenset((*TEXT_METHODS, *DATA_METHODS, *LIST_METHODS, *DICT_METHODS, *EVENT_METHODS))
"""Methods of values; those of interfaces come on top."""

CONTEXT_FIELDS: Final = frozenset(("address", "org", "roles", "name", "active", "code", "error"))
"""Attributes of the sender, of members and of failed calls; those of declared classes come on top."""

KEYWORDS_OF_METHODS: Final = frozenset(("start", "stop", "limit", "reverse"))


def is_identifier(name: Any) -> bool:
    """True for a name that a contract may use: ASCII letters, digits, "_"; no "__"; no keyword; at most 64 bytes."""
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_BYTES or not name.isascii():
        return False
    if name[0].isdigit() or not name.replace("_", "a").isalnum():
        return False
    return "__" not in name and name not in KEYWORDS
