"""What stands beside the crate: versions, licences, a page per claim."""

import re
import tomllib
from pathlib import Path

from huitong import __version__

NATIVE = Path(__file__).parents[2] / "native"


def packages():
    lock = tomllib.loads((NATIVE / "Cargo.lock").read_text(encoding="utf-8"))
    return {(package["name"], package["version"]) for package in lock["package"]}


def test_licences_name_crates_of_the_lock():
    """After a change of Cargo.lock: tools/native_licences.py > native/LICENSES.md."""
    rows = re.findall(r"^\| ([\w-]+) \| ([\d.]+) \| ([^|]+) \|$", (NATIVE / "LICENSES.md").read_text(), re.MULTILINE)
    assert {(name, version) for name, version, _ in rows} <= packages()
    manifest = tomllib.loads((NATIVE / "Cargo.toml").read_text(encoding="utf-8"))
    assert set(manifest["dependencies"]) <= {name for name, _, _ in rows}
    allowed = set(tomllib.loads((NATIVE / "deny.toml").read_text(encoding="utf-8"))["licenses"]["allow"])
    for _, _, licence in rows:
        assert allowed.intersection(re.split(r" OR |/", licence)), licence


def test_versions_are_those_of_the_platform():
    manifest = tomllib.loads((NATIVE / "Cargo.toml").read_text(encoding="utf-8"))["package"]
    project = tomllib.loads((NATIVE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["version"] == project["version"] == __version__
