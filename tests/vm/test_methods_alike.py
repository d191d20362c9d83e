"""Every public method and attribute of this Python's types: refused by the check, or alike plain and compiled."""

import keyword
from typing import Any

import pytest

from huitong.contract import Frame, Sender, frame
from huitong.types import Code, HuitongError, decode_scanned
from huitong.vm.python import names
from huitong.vm.python.local import LocalContract

VALUES = {
    "str": ("'Ab,c a7'", "''"),
    "bytes": (r"b'Ab,c a7\xff'", "b''"),
    "int": ("300", "-5", "True"),
    "list": ("[2, 1, 2]", "['b', 'a']", "[]"),
    "tuple": ("(2, 1, 2)", "('b', 'a')", "()"),
    "dict": ("{'a': 1, 'b': 2}", "{}"),
    "None": ("None",),
    "Fixed": ("Fixed('1.25')",),
    "Date": ("Date(2025, 11, 25)",),
}
TYPES = {"str": str, "bytes": bytes, "int": int, "list": list, "tuple": tuple, "dict": dict, "None": type(None)}
LETTER, DATA = ("'a'", "','", "' '", "''"), ("b'a'", "b','", "b''")
ONE = (
    *LETTER,
    *DATA,
    "97",
    "2",
    "256",
    "-1",
    "True",
    "None",
    "['a', 'b']",
    "('A', 'a')",
    "(b'A', b'a')",
    "{'a': 3}",
    "[('a', 3)]",
)
ARGUMENTS = (
    "", *ONE,
    "'a', 'x'", "b'a', b'x'", "'a', b'x'", "'', 'x'", "'a', 'x', 1", "b'a', b'x', 1", "'a', 1", "b'a', 1", "'a', None",
    "97, 2", "'a', 1, 3", "b'a', -3, 99", "'a', 1, 2, 3", "1, 5", "2, 1", "2, 1, 3", "None, 1", "(b'A', 'a'), 0",
    "2, 'big'", "9, 'little'", "0, 'big'", "2, 'x'", "-1, 'big'",
)  # fmt: skip
FAULTS = {
    Code.KEY_MISSING: KeyError,
    Code.TYPE_MISMATCH: (TypeError, AttributeError),
    Code.VALUE_INVALID: ValueError,
    Code.INDEX_OUT_OF_RANGE: IndexError,
    Code.OVERFLOW: OverflowError,
}
NEXT = "\n            "
VIEWS = ("keys", "values", "items")
"""Give lists in a contract: the page of the language says so."""
HEAD = """from huitong.contract import Contract, Date, Fixed, call


def show(v):
    if v is None or isinstance(v, (int, str, Fixed, Date)):
        return f"{v}"
    if isinstance(v, bytes):
        return "b" + v.hex()
    if isinstance(v, list):
        return "[" + ", ".join([show(w) for w in v]) + "]"
    if isinstance(v, tuple):
        return "(" + ", ".join([show(w) for w in v]) + ")"
    return "{" + ", ".join([show(w) for w in v.items()]) + "}"


class Case(Contract):
    @call
    def main(self, number: int) -> str:
"""


def public(kind: type | None) -> list[str]:
    """Names of this Python's type, and all methods that the language has for any value."""
    own = [name for name in dir(kind) if not name.startswith("_") and not keyword.iskeyword(name)] if kind else []
    return sorted({*own, *names.VALUE_METHODS_BY_NAME, *names.CONTEXT_FIELDS} - {"emit"})


def contract(lines: list[str]) -> str:
    """A contract that does one of the lines by number, and shows the value and what became of the receiver."""
    body = "".join(f"        if number == {number}:\n            {line}\n" for number, line in enumerate(lines))
    return f"{HEAD}{body}        return ''\n"


def calls(kind: str, name: str, arguments: tuple[str, ...] = ARGUMENTS) -> list[str]:
    """Lines that call a method of each value of a type with each of the arguments."""
    if kind == "dict":  # keys of dictionaries are texts, the page of the language says so
        arguments = tuple(given for given in arguments if name == "update" or given == "" or given[0] == "'")
    made = (f"x.{name}({given})" for given in arguments)
    read = [f"list({one})" if kind == "dict" and name in VIEWS else one for one in made]
    return [f"x = {value}{NEXT}y = {one}{NEXT}return show(y) + show(x)" for value in VALUES[kind] for one in read]


def candidates(kind: str, name: str) -> list[str]:
    """Lines that the check lets pass."""
    lines = [line for line in [f"x = {VALUES[kind][0]}{NEXT}return show(x.{name})"] if allowed([line])]
    bare = calls(kind, name, ("",))
    if not allowed(bare):
        return lines
    return lines + (calls(kind, name) if allowed(calls(kind, name)) else bare)


def allowed(lines: list[str]) -> bool:
    try:
        LocalContract(contract(lines))
    except HuitongError:
        return False
    return True


def plain(source: str) -> Any:
    found: dict[str, Any] = {"__name__": "case"}
    exec(compile(source, "case", "exec", dont_inherit=True), found)
    return found["Case"]()


def compare(lines: list[str]) -> list[str]:
    """What differs between a plain and a compiled run of each line."""
    source = contract(lines)
    compiled, ordinary = LocalContract(source), plain(source)
    differences = []
    for number, line in enumerate(lines):
        answer = compiled.call("main", number)
        try:
            with frame(Frame(sender=Sender(bytes(20), "alpha", ()))):
                value: Any = ordinary.main(number)
        except Exception as fault:  # noqa: BLE001 (compared)
            expected = FAULTS.get(answer.code)
            if expected is None or not isinstance(fault, expected):
                differences.append(f"{line}: plain {fault!r}, compiled {answer.code}")
            continue
        got = decode_scanned(answer.data, Any) if answer.code == 0 else Code(answer.code)
        if got != value:
            differences.append(f"{line}: plain {value!r}, compiled {got!r}")
    return differences


@pytest.mark.parametrize("kind", VALUES)
def test_what_values_have_is_refused_by_the_check_or_alike(kind):
    differences, refused, compared = [], [], 0
    for name in public(TYPES.get(kind)):
        found = candidates(kind, name)
        refused += [] if found else [name]
        compared += len(found)
        differences += compare(found)
    assert differences == []
    assert compared > 100
    assert refused or kind not in ("str", "bytes", "int"), "they have something that contracts have not"


def test_a_difference_would_be_seen():
    assert compare(["return 'É'.lower()"]) != []
    assert compare(["return show((2, 1).index(1))", "return show([1].index(5))"]) == []
