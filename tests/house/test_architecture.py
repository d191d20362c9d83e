"""The architecture page, the layers that import-linter checks, and the folders say the same."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
PURE = {"contract", "types", "crypto", "state", "kernel", "modules"}


def rows(layers: list[str]) -> list[set[str]]:
    return [set(re.findall(r"\w+", layer)) for layer in layers]


def linter_layers() -> list[set[str]]:
    return rows(next(contract["layers"] for contract in CONTRACTS if contract["type"] == "layers"))


def folders() -> set[str]:
    return {path.parent.name for path in ROOT.glob("src/huitong/*/__init__.py")}


def test_the_picture_is_what_the_linter_checks():
    picture = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert picture
    assert rows(picture.group(1).splitlines()) == linter_layers()


def test_every_folder_has_a_layer_and_every_layer_a_folder():
    assert set().union(*linter_layers()) == folders()


def test_the_table_names_every_package_once():
    table = re.findall(r"^\| `(\w+)` \|.*\| ([^|]+) \|$", PAGE, re.MULTILINE)
    names = [name for name, _ in table]
    assert sorted(names) == sorted(folders())
    assert {name for name, world in table if world.strip() in {"pure", "pure leaf"}} == PURE


def test_the_layers_are_exhaustive_and_without_exceptions():
    layers = next(contract for contract in CONTRACTS if contract["type"] == "layers")
    assert layers["exhaustive"] is True
    assert all("ignore_imports" not in contract for contract in CONTRACTS)


def test_the_pure_packages_are_those_that_the_linter_keeps_pure():
    forbidden = next(contract for contract in CONTRACTS if "pure" in contract["name"])
    assert {name.removeprefix("huitong.") for name in forbidden["source_modules"]} == PURE
