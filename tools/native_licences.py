"""Print native/LICENSES.md: the crates inside of the wheel and their licences, from `cargo metadata`.

Usage: native_licences.py > native/LICENSES.md
"""

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
HEAD = """# Licences

The wheel of `huitong-native` contains these crates, in the versions of `Cargo.lock` (written by
`tools/native_licences.py`; crates for tests and macros of the build are not in it).

| crate | version | licence |
| --- | --- | --- |"""


def metadata(*features: str) -> dict[str, Any]:
    """What cargo knows of the crate with some features."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--manifest-path", "native/Cargo.toml"]
    done = subprocess.run([*command, *features], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def linked(document: dict[str, Any]) -> set[str]:
    """Ids of packages that the library links: normal dependencies, without procedural macros."""
    nodes = {node["id"]: node for node in document["resolve"]["nodes"]}
    macros = {
        package["id"]
        for package in document["packages"]
        if any("proc-macro" in target["kind"] for target in package["targets"])
    }
    found: set[str] = set()
    waiting = [document["resolve"]["root"]]
    while waiting:
        current = waiting.pop()
        if current in found or current in macros:
            continue
        found.add(current)
        waiting += [
            dependency["pkg"]
            for dependency in nodes[current]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]
    return found - {document["resolve"]["root"]}


def page() -> str:
    """The page, for the feature that the wheel has."""
    document = metadata("--features", "python")
    inside = linked(document)
    rows = [
        f"| {package['name']} | {package['version']} | {package['license']} |"
        for package in sorted(document["packages"], key=lambda package: (package["name"], package["version"]))
        if package["id"] in inside
    ]
    return "\n".join((HEAD, *rows)) + "\n"


if __name__ == "__main__":
    print(page(), end="")
