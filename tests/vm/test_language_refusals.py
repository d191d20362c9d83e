"""Each reason to refuse has an example that is refused for it, what to write instead, and a page that says so."""

import importlib.util
from pathlib import Path

import pytest

from huitong.types import Code, HuitongError
from huitong.vm.python.findings import Finding
from huitong.vm.python.refusals import REFUSALS, example_of, refusal_of
from huitong.vm.python.source import check_source, compile_source

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "language" / "refused"
SHOWN = [entry for entry in REFUSALS if entry.bad]


@pytest.mark.parametrize("entry", SHOWN, ids=[entry.topic for entry in SHOWN])
def test_an_example_is_refused_for_its_reason_and_its_better_form_is_taken(entry):
    findings = check_source(example_of(entry.bad))
    assert [refusal_of(finding).topic for finding in findings[:1]] == [entry.topic], findings
    assert findings[0].code == entry.code
    assert findings[0].line >= 1
    assert check_source(example_of(entry.good)) == []


def test_each_reason_has_a_name_and_each_code_a_last_one():
    assert len({entry.topic for entry in REFUSALS}) == len(REFUSALS)
    codes = {code for code in Code if 3000 <= code < 4000}
    lasting = {entry.code for entry in REFUSALS if not entry.marks}
    raised = {entry.code for entry in REFUSALS}
    assert lasting == raised
    assert raised <= codes
    assert refusal_of(Finding(1, 1, Code.SYNTAX_REFUSED, "something new", "")).topic == "syntax"


def test_the_pages_are_what_the_tool_writes():
    spec = importlib.util.spec_from_file_location("refusal_pages", ROOT / "tools" / "refusal_pages.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")} == tool.pages()


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n"])
def test_a_file_without_anything_has_no_contract_class(text):
    (found,) = check_source(text)
    assert (found.code, found.reason) == (Code.CONTRACT_CLASS_MISSING, "there is no contract class")
    with pytest.raises(HuitongError) as caught:
        compile_source(text)
    assert caught.value.code == Code.CONTRACT_CLASS_MISSING
