"""Check the crates of native/Cargo.lock by the rules of native/deny.toml, without a network: as `cargo deny` does.

What cargo says of all crates is compared with the rules for licences, bans and sources; several versions of one crate
are named, and native/LICENSES.md must be what native_licences.py writes. Advisories and yanked versions need a network:
`cargo deny check advisories` looks at them where it is installed. The exit code is 1 when a rule is broken.
"""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from native_licences import ROOT, metadata, page

CRATES_IO: Final = ("registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/")
_TOKENS: Final = re.compile(r"\(|\)|[^\s()]+(?: WITH [^\s()]+)?")


def allowed(expression: str, licences: frozenset[str]) -> bool:
    """True when an SPDX expression can be met with these licences. `/` is the old way to write OR."""
    tokens = _TOKENS.findall(expression.replace("/", " OR "))
    met, rest = _either(tokens, licences)
    return met and not rest


def _either(tokens: list[str], licences: frozenset[str]) -> tuple[bool, list[str]]:
    met, rest = _both(tokens, licences)
    while rest and rest[0] == "OR":
        other, rest = _both(rest[1:], licences)
        met = met or other
    return met, rest


def _both(tokens: list[str], licences: frozenset[str]) -> tuple[bool, list[str]]:
    met, rest = _one(tokens, licences)
    while rest and rest[0] == "AND":
        other, rest = _one(rest[1:], licences)
        met = met and other
    return met, rest


def _one(tokens: list[str], licences: frozenset[str]) -> tuple[bool, list[str]]:
    if not tokens:
        return False, tokens
    if tokens[0] == "(":
        met, rest = _either(tokens[1:], licences)
        return met and rest[:1] == [")"], rest[1:]
    return tokens[0] in licences, tokens[1:]


def broken(packages: list[dict[str, Any]], rules: dict[str, Any]) -> Iterator[str]:
    """Name every rule that a package breaks; packages are those of `cargo metadata`, ours has no source."""
    licences = frozenset(rules["licenses"]["allow"])
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if not allowed(package["license"] or "", licences):
            yield f"{name}: licence {package['license']!r} is not allowed"
        origin = _origin(package["source"])
        if origin and rules["sources"][origin] == "deny":
            yield f"{name}: its source is denied as {origin}"
        if package["source"] is None and rules["bans"]["wildcards"] == "deny":
            wild = (row["name"] for row in package["dependencies"] if row["req"] == "*" and not row.get("path"))
            yield from (f"{name}: any version of {dependency} is wanted" for dependency in wild)


def _origin(source: str | None) -> str | None:
    """Return the rule for a source: None for the crate itself and for crates.io."""
    if source is None or source in CRATES_IO:
        return None
    return "unknown-git" if source.startswith("git+") else "unknown-registry"


def duplicates(packages: list[dict[str, Any]]) -> Iterator[str]:
    """Name crates of which several versions are built."""
    versions: dict[str, list[str]] = defaultdict(list)
    for package in packages:
        versions[package["name"]].append(package["version"])
    for name, found in sorted(versions.items()):
        if len(found) > 1:
            yield f"{name}: {', '.join(sorted(found))}"


def main() -> int:
    """Print what was found."""
    document = metadata("--all-features")
    packages = document["packages"]
    rules = tomllib.loads((ROOT / "native" / "deny.toml").read_text(encoding="utf-8"))
    faults = list(broken(packages, rules))
    if page() != (ROOT / "native" / "LICENSES.md").read_text(encoding="utf-8"):
        faults.append("native/LICENSES.md is old: tools/native_licences.py > native/LICENSES.md")
    for line in duplicates(packages):
        print(f"several versions of {line}")
    for line in faults:
        print(line)
    print(f"{len(packages)} crates, {len(faults)} rules broken")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
