"""The pages agree with the code: registry, decision records, error pages, commands."""

import re
import sys
from enum import IntEnum
from pathlib import Path

import pytest

from huitong.types import Code, registry
from huitong.types.catalogue import explain

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
REGISTRY = (DOCS / "spec" / "registry.md").read_text(encoding="utf-8")
HEADINGS = ["Context", "Decision", "Alternatives", "Consequences"]
RECORDS = sorted(path for path in (DOCS / "decisions").glob("*.md") if path.name != "index.md")


def table(heading: str) -> list[list[str]]:
    """Rows of the table under a heading of the registry page, without its head."""
    section = re.split(r"^## ", REGISTRY, flags=re.MULTILINE)
    text = next(part for part in section if part.startswith(f"{heading}\n"))
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(
    "kind",
    [
        registry.KeyKind,
        registry.EncryptionKind,
        registry.SuiteId,
        registry.TransactionKind,
        registry.Space,
        registry.ModuleId,
    ],
)
def test_the_registry_page_has_the_numbers_of_the_code(kind: type[IntEnum]):
    assert {row[1]: int(row[0], 0) for row in table(kind.__name__)} == {item.name: int(item) for item in kind}


def test_the_registry_page_has_the_tags_of_the_code():
    tags = {name: value for name, value in vars(registry.Tag).items() if isinstance(value, bytes)}
    assert {row[0]: row[1].replace(r"\0", "\0").encode() for row in table("Tag")} == tags


def test_the_registry_page_has_the_stores_of_the_code():
    assert tuple(row[0] for row in table("Stores")) == registry.STORES


def test_every_code_is_in_a_range_of_the_registry_page():
    assert {code // 1000 * 1000 for code in Code} == {int(row[0]) for row in table("Codes")}


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_a_decision_record_has_its_four_parts(record: Path):
    text = record.read_text(encoding="utf-8")
    number = re.match(r"(\d{4})-[a-z0-9-]+\.md", record.name)
    assert number
    assert text.startswith(f"# {number.group(1)} ")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert all(len(part.strip()) > 40 for part in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:])


def test_decision_records_are_numbered_without_gaps():
    assert [int(path.name[:4]) for path in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_code_has_a_section_on_the_error_pages(language: str, tmp_path: Path):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import error_pages
    finally:
        sys.path.pop(0)
    error_pages.write(tmp_path)
    folder = tmp_path / "errors" if language == "en" else tmp_path / "zh" / "errors"
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.md"))
    sections = re.findall(r"^## HT(\d{4}) ", text, re.MULTILINE)
    assert sorted(map(int, sections)) == sorted(Code)
    assert all(explain(code).cause(_Braces(), language) in text for code in Code)


def test_a_page_that_code_names_exists():
    sources = [*ROOT.glob("src/**/*.py"), *ROOT.glob("apps/**/*.py"), *ROOT.glob("src/**/*.md"), *ROOT.glob("*.md")]
    named = {name for path in sources for name in re.findall(r"docs/[a-z/-]+\.md", path.read_text(encoding="utf-8"))}
    assert {name for name in named if not (ROOT / name).exists()} == set()


class _Braces(dict[str, object]):
    """Leave the names in braces, as the pages do."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
