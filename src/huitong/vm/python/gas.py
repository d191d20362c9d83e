"""The gas schedule of the Python engine, version 1: what each act costs. One unit is one EVM gas.

Measure: 50 million units (the most that one transaction may use) must end within one second of processor time and 200
MB of memory on a machine of 2020, whatever the contract does; so a unit buys at most 20 ns and 4 bytes. The fuzzer in
`fuzz` looks for contracts that get more. Once a chain lives on, a change is a new version, never an edit.
"""

from typing import Final

from .nodes import Kind

SCHEDULE_VERSION: Final = 1

FRAME: Final = 500
"""A call of the contract from outside; and for each function, field and constant that it declares:"""
FRAME_NAME: Final = 10
ENTRY: Final = 15
"""Entering a function."""
TURN: Final = 6
"""One turn of a loop or comprehension, beside what stands in it."""

STATIC: Final[dict[Kind, int]] = {
    Kind.EXPRESSION: 0,
    Kind.ASSIGN: 1,
    Kind.AUGMENT: 20,
    Kind.RETURN: 1,
    Kind.IF: 2,
    Kind.WHILE: 2,
    Kind.FOR: 20,
    Kind.BREAK: 0,
    Kind.CONTINUE: 0,
    Kind.PASS: 0,
    Kind.RAISE: 60,
    Kind.ASSERT: 3,
    Kind.TRY: 20,
    Kind.HANDLER: 40,
    Kind.DELETE: 20,
    Kind.LITERAL: 1,
    Kind.NAME: 1,
    Kind.STORAGE: 2,
    Kind.ATTRIBUTE: 20,
    Kind.SUBSCRIPT: 20,
    Kind.SLICE: 125,
    Kind.BINARY: 41,
    Kind.UNARY: 33,
    Kind.BOOLEAN: 3,
    Kind.COMPARE: 9,
    Kind.CONDITION: 2,
    Kind.CALL: 45,
    Kind.CALL_SELF: 15,
    Kind.CALL_METHOD: 90,
    Kind.LIST: 12,
    Kind.TUPLE: 12,
    Kind.DICT: 60,
    Kind.LIST_COMPREHENSION: 60,
    Kind.DICT_COMPREHENSION: 120,
    Kind.CLAUSE: 20,
    Kind.TEXT: 125,
    Kind.FORMAT: 40,
    Kind.LAMBDA: 20,
}
"""Units of each node, charged when the function or the turn that holds it begins, run or not."""

NATIVE: Final = 3
"""`not`, `is` and the values of `ctx`: what the interpreter does without a helper."""
ELEMENT: Final = 4
"""One place in a new list or tuple, or one element passed by."""
ENTRY_OF_DICT: Final = 40
"""One new entry of a dictionary."""
VISIT: Final = 20
"""One value visited in a comparison, check or copy of something nested."""
INSTANCE: Final = 160
"""A new record, event or error; and for each field:"""
INSTANCE_FIELD: Final = 25
PIECE: Final = 30
"""One text or tuple made by what makes several."""
SORT: Final = 150
KEY_CALL: Final = 30
"""One call of a lambda, beside what stands in it."""
FIXED: Final = 130
"""One new fixed-point number or date."""

READ_COLD: Final = 1400
"""A storage key read or written for the first time in a frame; later:"""
READ_WARM: Final = 100
READ_BYTE: Final = 4
"""For each byte of a stored value; and for each byte of one that is a list, dict or record:"""
READ_NESTED_BYTE: Final = 10
WRITE: Final = 2200
WRITE_AGAIN: Final = 500
"""A write of a key that the frame has written and not handed over yet."""
WRITE_BYTE: Final = 25
SCAN: Final = 2100
SCAN_ROW: Final = 800
EVENT: Final = 300
EVENT_BYTE: Final = 8
CALL: Final = 1800
"""A call of another contract or a module, beside what that uses."""
HASH: Final = 60
HASH_WORD: Final = 12
"""For each 32 bytes hashed."""
RETURN_BYTE: Final = 4

DEPLOY_BASE: Final = 32_000
DEPLOY_BYTE: Final = 220
"""For each byte of the tree that is validated, compiled and kept."""
PREVIOUS_BYTE: Final = 100
"""For each byte of the tree that an upgrade replaces: it is compiled once more, and not kept anew."""

MAX_TEXT: Final = 1 << 20
"""Longest text (code points) and bytes in a running contract."""
MAX_ITEMS: Final = 1 << 18
"""Longest list, tuple and dictionary in a running contract."""
MAX_NESTING: Final = 32
"""Deepest nesting of values that are compared, checked or copied."""
MAX_FUNCTION_DEPTH: Final = 64
"""Functions of one contract that may be open at a time within a frame."""
MAX_RANGE: Final = 1 << 62
"""Bounds of `range`."""
MAX_NUMERAL: Final = 1300
"""Longest text that `int` reads."""


def text_units(length: int, *, ascii_only: bool) -> int:
    """Units for making a text: four bytes of memory each."""
    return length >> 2 if ascii_only else length


def deploy_units(code_bytes: int, previous_bytes: int = 0) -> int:
    """Units for the deploy of a tree; for an upgrade the former tree is compiled and compared as well."""
    return DEPLOY_BASE + DEPLOY_BYTE * code_bytes + PREVIOUS_BYTE * previous_bytes
