"""Every code is explained in both languages, and what a text names is given where the error is raised."""

import ast
import string
from pathlib import Path

import pytest

from huitong.types import Code, HuitongError, Range
from huitong.types.catalogue import LANGUAGES, Entry, Who, explain

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("src/huitong/**/*.py"), *ROOT.glob("apps/*/src/**/*.py")])
OURS = {Code.POOL_FULL, Code.ENVELOPE_GAS_EXCEEDED, Code.NOT_EXECUTABLE, Code.BLOCK_FULL}
"""Refusals for want of room or by a fault of the platform."""
ERRORS = {"HuitongError", "Rejected", "Inadmissible", "Failed", "ProofInvalid", "Problem"}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def texts(entry: Entry) -> tuple[str, ...]:
    return (entry.cause_en, entry.cause_zh, entry.next_en, entry.next_zh)


@pytest.mark.parametrize("code", list(Code), ids=lambda code: f"HT{code:d}")
def test_a_code_has_all_texts(code: Code):
    entry = explain(code)
    assert entry.title
    assert entry.title[0].isupper()
    assert all(text.strip() == text and text for text in texts(entry))
    assert entry.cause_en.endswith(".")
    assert entry.next_en.endswith((".", ")"))
    assert entry.cause_zh.endswith("。")
    assert entry.next_zh.endswith(("。", "）"))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in entry.cause_zh)


@pytest.mark.parametrize("code", list(Code), ids=lambda code: f"HT{code:d}")
def test_both_languages_name_the_same_data(code: Code):
    entry = explain(code)
    assert placeholders(entry.cause_zh) == placeholders(entry.cause_en)
    assert placeholders(entry.next_zh) == placeholders(entry.next_en)


@pytest.mark.parametrize("code", list(Code), ids=lambda code: f"HT{code:d}")
def test_the_status_fits_the_range(code: Code):
    status = explain(code).status
    assert 400 <= status < 600
    if code < Range.NODE:
        assert status < 500 or code in OURS, "a refused transaction is not the server's fault"


def test_titles_differ():
    titles = [explain(code).title for code in Code]
    assert len(set(titles)) == len(titles)


def test_a_text_is_filled_from_the_data():
    error = HuitongError(Code.CHAIN_WRONG, found="grid-1", expected="grid-2")
    assert str(error) == "HT1104 The transaction is for chain grid-1, this chain is grid-2."
    assert error.next_step("zh").startswith("请改为针对 grid-2 签名")


def test_a_name_without_data_stays_visible():
    assert "{expected}" in str(HuitongError(Code.CHAIN_WRONG, found="grid-1"))


def test_an_unused_number_has_no_text():
    with pytest.raises(ValueError, match="1999"):
        explain(1999)


def test_who_has_words_in_each_language():
    assert all(who.text(language) for who in Who for language in LANGUAGES)


def raises(path: Path) -> list[tuple[str, int, Code, set[str]]]:
    """(file, line, code, names of the data) of each error that is built with a literal code and plain keywords."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args or any(word.arg is None for word in node.keywords):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        if name in ERRORS and isinstance(first, ast.Attribute) and getattr(first.value, "id", "") == "Code":
            words = {word.arg for word in node.keywords if word.arg}
            found.append((str(path.relative_to(ROOT)), node.lineno, Code[first.attr], words))
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_an_error_carries_what_its_texts_name(path: Path):
    lacking = {
        f"{file}:{line} HT{code:d}": names
        for file, line, code, words in raises(path)
        if (names := {name for text in texts(explain(code)) for name in placeholders(text)} - words)
    }
    assert not lacking
