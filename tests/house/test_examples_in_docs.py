"""What the pages show runs: the contract of the README, the test of the tutorial, the commands of all pages."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from huitong.types import Code
from huitong.types.catalogue import explain

ROOT = Path(__file__).parents[2]
METERING = ROOT / "examples" / "metering"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(path for path in ROOT.glob("docs/**/*.md") if "_build" not in path.parts and "errors" not in path.parts),
    *sorted(ROOT.glob("apps/*/README.md")),
    *sorted(ROOT.glob("examples/*/README.md")),
]
FRAGMENT = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def test_the_contract_of_the_readme_is_the_example():
    assert blocks(ROOT / "README.md", "python") == [(METERING / "metering.py").read_text(encoding="utf-8")]


def test_the_unit_test_of_the_tutorial_runs():
    (program,) = blocks(ROOT / "docs" / "tutorial.md", "python")
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=METERING,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert (done.returncode, done.stderr) == (0, "")


def commands() -> list[tuple[str, str]]:
    """(page, words behind `huitong`) of each command line in a shell block of a page."""
    found = []
    for page in PAGES:
        for line in "\n".join(blocks(page, "sh")).replace("\\\n", "").splitlines():
            program, _, rest = line.split("#")[0].strip().partition(" ")
            if program in {"huitong", ".venv/bin/huitong"}:
                found.append((str(page.relative_to(ROOT)), rest))
    return sorted(set(found))


def test_the_pages_show_commands():
    assert len(commands()) > 10


def check_command(line: str) -> None:
    """Each word up to the first argument is a command, and each option is one that it takes."""
    from huitong.cli.main import program

    command: click.Command = program
    context = click.Context(command)
    words = shlex.split(line)
    while words and isinstance(command, click.Group) and not words[0].startswith("--"):
        found = command.get_command(context, words[0])
        assert found is not None, f"huitong has no command {words[0]} in {line}"
        command = found
        context = click.Context(command, parent=context)
        words = words[1:]
    known = {option for parameter in command.get_params(context) for option in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


@pytest.mark.parametrize(("page", "line"), commands())
def test_a_command_of_a_page_exists(page: str, line: str):
    check_command(line)


@pytest.mark.parametrize("code", list(Code), ids=lambda code: f"HT{code:d}")
def test_the_next_step_of_a_code_can_be_typed(code: Code):
    entry = explain(code)
    for text in (entry.next_en, entry.next_zh):
        for line in re.findall(r"`huitong ([^`]*)`", text):
            check_command(line)


def test_changelog_fragments_have_a_kind():
    names = [path.name for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    assert names == [name for name in names if FRAGMENT.fullmatch(name)]
