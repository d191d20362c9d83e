"""`huitong new contract NAME`: a project whose tests pass at once."""

import keyword
import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from huitong.cli.options import json_option
from huitong.cli.output import Printer
from huitong.types import Code, HuitongError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TAKEN_CLASSES: Final = frozenset(
    ("Contract", "Entry", "EntryWritten", "Error", "Event", "Map", "NotYourEntry", "Record", "None", "True", "False")
)
_TAKEN_MODULES: Final = frozenset(("hypothesis", "huitong", "pytest"))


@click.group()
def new() -> None:
    """Begin a project."""


@new.command()
@click.argument("name")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to make it. Default: a folder of its name.")
@json_option()
def contract(name: str, folder: Path | None, *, as_json: bool) -> None:
    """Make a project for the contract NAME (small letters, digits, hyphens): contract, tests, README."""
    words = _words(name)
    target = Path(name) if folder is None else folder
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise HuitongError(Code.USAGE, reason=f"{target} exists already and is not an empty folder")
    made = _write(target, words)
    document = {"folder": str(target), "contract": words["CLASS"], "files": made}

    def human() -> None:
        for one in made:
            click.echo(f"  {target / one}")
        click.echo(f"Next: cd {target} · huitong test")

    Printer(as_json=as_json).result(document, human)


def _words(name: str) -> dict[str, str]:
    """What stands in the places of the templates. Raises HT9001 for a name that cannot be."""
    module = name.replace("-", "_")
    words = {
        "NAME": name,
        "MODULE": module,
        "CLASS": "".join(part.capitalize() for part in name.split("-")),
        "TITLE": name.replace("-", " ").capitalize(),
    }
    if not _NAME.fullmatch(name) or len(name) > 64:
        raise HuitongError(Code.USAGE, reason=f"{name!r} is no name: a-z, 0-9 and single hyphens, a letter first")
    module_taken = keyword.iskeyword(module) or module in sys.stdlib_module_names or module in _TAKEN_MODULES
    if module_taken or words["CLASS"] in _TAKEN_CLASSES:
        raise HuitongError(Code.USAGE, reason=f"{name!r} is taken by Python or the template: choose another name")
    return words


def _write(target: Path, words: dict[str, str]) -> list[str]:
    places = {
        "contract.py": f"contracts/{words['MODULE']}.py",
        "test_contract.py": f"tests/test_{words['MODULE']}.py",
        "pyproject.toml": "pyproject.toml",
        "README.md": "README.md",
        "gitignore": ".gitignore",
    }
    templates = files("huitong.cli") / "templates" / "contract"
    try:
        for template, place in places.items():
            text = (templates / f"{template}.template").read_text(encoding="utf-8")
            for word, value in words.items():
                text = text.replace("{{" + word + "}}", value)
            path = target / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise HuitongError(Code.FILE_UNREADABLE, path=str(target), reason=error.strerror or str(error)) from None
    return list(places.values())
