"""The reference of the language: every example runs, plain and compiled, and gives what the page says."""

import ast
import re
from pathlib import Path

import pytest

from huitong.contract import Frame, frame
from huitong.types import Answer, encode
from huitong.types.limits import MAX_RETURN_BYTES, MAX_SOURCE_BYTES, MAX_SYNTAX_NODES, MAX_VALUE_BYTES
from huitong.vm.python import gas, names
from huitong.vm.python.local import LocalContract, MemoryHost
from huitong.vm.python.source import check_source
from huitong.vm.python.storage import MAX_CONTRACT_KEY_BYTES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "language" / "index.md", ROOT / "docs" / "zh" / "language.md"]
HEADER = f"from huitong.contract import {', '.join(sorted(names.SDK_NAMES - {'Interface'}))}\n\n"
SHOW = """
def show(v):
    if v is None or isinstance(v, (int, str, Fixed, Date)):
        return f"{v}"
    if isinstance(v, bytes):
        return v.hex()
    if isinstance(v, list):
        return "[" + ", ".join([show(w) for w in v]) + "]"
    if isinstance(v, tuple):
        return "(" + ", ".join([show(w) for w in v]) + ")"
    if isinstance(v, dict):
        return "{" + ", ".join([k + ": " + show(w) for k, w in v.items()]) + "}"
    return SHAPES
"""
RESULT = re.compile(r"^(\s*)(.+?)\s+# -> ?(.*)$")


def blocks():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            yield pytest.param(found[1], id=f"{page.parent.name}:{text[: found.start()].count(chr(10)) + 1}")


def show_of(tree):
    """The helper that makes a text of any value; records of the example are shown with their fields."""
    tests = ""
    for item in tree.body:
        if isinstance(item, ast.ClassDef) and item.bases[0].id == "Record":
            fields = [part.target.id for part in item.body if isinstance(part, ast.AnnAssign)]
            inside = " + ', ' + ".join(f"'{field}=' + show(v.{field})" for field in fields)
            tests += f"    if isinstance(v, {item.name}):\n        return '{item.name}(' + {inside} + ')'\n"
    return SHOW.replace("    return SHAPES\n", f"{tests}    return '?'\n")


def is_declaration(item):
    if isinstance(item, ast.ClassDef | ast.FunctionDef):
        return True
    return isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name) and item.targets[0].id.isupper()


def contract_of(block):
    """Make a contract of an example, and the list of what it must give."""
    tree = ast.parse(block)
    lines = block.splitlines()
    declared, fields, body, expected = [], [], [], []
    for item in tree.body:
        own = lines[item.lineno - 1 : item.end_lineno]
        if is_declaration(item):
            declared += [*own, ""]
        elif isinstance(item, ast.AnnAssign) and item.value is None:
            fields += own
        else:
            body += own
    made = []
    for line in body:
        found = RESULT.match(line)
        if found is None:
            made.append(line)
            continue
        indent, expression, result = found.groups()
        expected.append(result.rstrip())
        if result in names.FAULTS:
            made += [f"{indent}try:", f"{indent}    {expression}", f"{indent}    out.append('nothing')"]
            made += [f"{indent}except {result}:", f"{indent}    out.append('{result}')"]
        else:
            made.append(f"{indent}out.append(show({expression}))")
    inside = "\n".join(f"        {line}" for line in ["out = []", *made, "return out"])
    members = "".join(f"    {field}\n" for field in fields)
    text = "\n".join(declared)
    head = f"{HEADER}{text}\n{show_of(tree)}\n\nclass Case(Contract):\n{members}\n"
    return f"{head}    @call\n    def main(self) -> list[str]:\n{inside}\n", expected


class Node(MemoryHost):
    """Answers the check of a signature as a chain without that key."""

    def call(self, target, method, args, gas_limit, *, read_only):
        assert method == "verify"
        return Answer(0, encode(False), 0)


def plain_result(source):
    namespace = {"__name__": "case"}
    exec(compile(source, "case", "exec", dont_inherit=True), namespace)
    with frame(Frame()):
        return namespace["Case"]().main()


@pytest.mark.parametrize("block", list(blocks()))
def test_an_example_gives_what_the_page_says(block):
    if "(Contract)" in block:
        assert check_source(block) == []
        exec(compile(block, "example", "exec", dont_inherit=True), {"__name__": "example"})
        return
    source, expected = contract_of(block)
    assert check_source(source) == []
    assert [line.strip() for line in LocalContract(source, Node()).value("main")] == [line.strip() for line in expected]
    assert plain_result(source) == LocalContract(source, Node()).value("main")


@pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])
def test_the_page_lists_what_the_language_has(page):
    text = page.read_text(encoding="utf-8")
    python = {made: f"{kind}.{name}" for (kind, name), made in names.OF_CLASSES.items()}
    listed = text.partition("<!-- builtins -->\n")[2].partition("\n\n")[0]
    assert re.findall(r"`([^`]+)`", listed) == sorted(python.get(name, name) for name in names.BUILTINS)
    for kind, methods in (
        ("`str`", names.TEXT_METHODS),
        ("`bytes`", names.DATA_METHODS),
        ("`list`", names.LIST_METHODS),
        ("`tuple`", names.TUPLE_METHODS),
        ("`dict`", names.DICT_METHODS),
        ("`int`", names.NUMBER_METHODS),
        ("`Fixed`", names.FIXED_METHODS),
        ("`Date`", names.DATE_METHODS),
    ):
        assert f"| {kind} | {', '.join(f'`{name}`' for name in methods)} |" in text
    for name in (*names.CONTEXT_VALUES, *names.CONTEXT_CALLS):
        assert f"ctx.{name}" in text


@pytest.mark.parametrize("page", PAGES, ids=["en", "zh"])
def test_the_page_has_the_limits_of_the_code(page):
    text = page.read_text(encoding="utf-8")
    for limit in (gas.MAX_TEXT, gas.MAX_ITEMS, MAX_VALUE_BYTES, MAX_RETURN_BYTES, MAX_SOURCE_BYTES, MAX_SYNTAX_NODES):
        assert f"{limit:,}" in text
    assert f"{MAX_CONTRACT_KEY_BYTES}" in text
    assert f"| {gas.MAX_NESTING} |" in text
    assert f"| {gas.MAX_FUNCTION_DEPTH} |" in text


def test_roundings_are_those_of_the_table():
    from huitong.contract import Fixed

    text = PAGES[0].read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (-?\d) \| (-?\d) \| (-?\d) \| (-?\d) \|$", text, re.MULTILINE)
    assert len(rows) == 7
    for rounding, *expected in rows:
        values = [Fixed(value).rounded(0, rounding) for value in ("2.5", "-2.5", "2.4", "2.6")]
        assert [str(value) for value in values] == expected
