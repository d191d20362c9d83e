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
    "Date": (),
    "Fixed": (),
    "abs": (),
    "all": (),
    "any": (),
    "bool": (),
    "bytes": (),
    "bytes_fromhex": (),
    "date_of": (),
    "date_of_days": (),
    "dict": (),
    "divmod": (),
    "enumerate": ("start",),
    "from_units": (),
    "int": (),
    "int_from_bytes": ("signed",),
    "isinstance": (),
    "len": (),
    "list": (),
    "max": ("key", "default"),
    "min": ("key", "default"),
    "range": (),
    "require": (),
    "reversed": (),
    "sorted": ("key", "reverse"),
    "str": (),
    "sum": (),
    "time_text": (),
    "tuple": (),
    "zip": ("strict",),
}
"""Functions that a contract may call by name, with the keywords that they take."""

OF_CLASSES: Final = {("int", "from_bytes"): "int_from_bytes", ("bytes", "fromhex"): "bytes_fromhex"}
"""Functions that Python finds at a class: their names in the tree."""

KEYED: Final = ("sorted", "min", "max")
"""Functions whose `key` is a function of the file, or a lambda."""

TYPE_TESTS: Final = ("int", "str", "bytes", "bool", "list", "dict", "tuple", "Fixed", "Date")
"""Types that `isinstance` asks for, beside the classes of the file."""

READERS: Final = frozenset(
    (
        "len", "list", "tuple", "dict", "sorted", "min", "max", "sum", "any", "all", "enumerate", "zip", "reversed",
        "isinstance", "bool",
    )
)  # fmt: skip
READ_METHODS: Final = frozenset(("get", "keys", "values", "items", "index", "count", "copy"))
"""Functions and methods that may be given a list or dict that is a constant of the file: they only read it."""

SDK_NAMES: Final = frozenset(
    [
        "Contract",
        "Error",
        "Event",
        "Interface",
        "Map",
        "Record",
        "Value",
        "Annotated",
        "Date",
        "Fixed",
        "Most",
        "Rounding",
        "Scale",
        "date_of",
        "date_of_days",
        "from_units",
        "time_text",
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

CONTEXT_CALLS: Final = ("contract", "hash", "member", "verify")
"""Methods of `ctx`."""

MAP_METHODS: Final[dict[str, tuple[str, ...]]] = {
    "get": (),
    "items": ("start", "stop", "limit", "reverse"),
}
VALUE_METHODS: Final[dict[str, tuple[str, ...]]] = {"get": (), "set": (), "delete": (), "exists": ()}

BLANKS: Final = " \t\n\r\x0b\x0c"
"""What counts as blank in texts: that of ASCII alone."""

BOTH_METHODS: Final = (
    "upper", "lower", "strip", "lstrip", "rstrip", "split", "join", "replace", "startswith", "endswith", "find",
    "index", "count", "isdigit", "isalpha", "isalnum", "removeprefix", "removesuffix", "zfill",
)  # fmt: skip
"""Methods of texts and of bytes alike."""
TEXT_METHODS: Final = (*BOTH_METHODS, "encode")
NUMBER_METHODS: Final = ("to_bytes",)
FIXED_METHODS: Final = ("times", "divided_by", "rounded")
DATE_METHODS: Final = ("plus_months",)
DATA_METHODS: Final = (*BOTH_METHODS, "hex", "decode")
TUPLE_METHODS: Final = ("index", "count")
LIST_METHODS: Final = (
    "append", "extend", "insert", "pop", "reverse", "index", "count", "sort", "copy", "clear", "remove",
)  # fmt: skip
DICT_METHODS: Final = ("get", "keys", "values", "items", "pop", "copy", "setdefault", "clear", "update")
EVENT_METHODS: Final = ("emit",)
VALUE_METHODS_BY_NAME: Final = frozenset(
    (
        *TEXT_METHODS,
        *DATA_METHODS,
        *LIST_METHODS,
        *TUPLE_METHODS,
        *DICT_METHODS,
        *EVENT_METHODS,
        *NUMBER_METHODS,
        *FIXED_METHODS,
        *DATE_METHODS,
    )
)  # fmt: skip
"""Methods of values; those of interfaces come on top."""

CONTEXT_FIELDS: Final = frozenset(
    (
        "address", "org", "roles", "name", "active", "code", "error", "units", "scale", "year", "month", "day", "days",
        "weekday",
    )
)  # fmt: skip
"""Attributes of the sender, of members, failed calls, fixed-point numbers and dates; declared classes add theirs."""

WITHOUT_ARGUMENTS: Final = frozenset(("encode", "decode", "hex"))
"""Methods whose arguments in Python (encodings, separators) the language has not."""

KEYWORDS_OF_METHODS: Final = frozenset(("start", "stop", "limit", "reverse", "signed"))


def is_identifier(name: Any) -> bool:
    """True for a name that a contract may use: ASCII letters, digits, "_"; no "__"; no keyword; at most 64 bytes."""
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME_BYTES or not name.isascii():
        return False
    if name[0].isdigit() or not name.replace("_", "a").isalnum():
        return False
    return "__" not in name and name not in KEYWORDS
