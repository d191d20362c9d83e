"""tools/native_deny.py reads licences as SPDX writes them, and names every rule that a crate breaks."""

import importlib.util
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
RULES = {
    "licenses": {"allow": ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"]},
    "bans": {"wildcards": "deny"},
    "sources": {"unknown-git": "deny", "unknown-registry": "deny"},
}
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"


@pytest.fixture(scope="module")
def deny():
    sys.path.insert(0, str(TOOLS))
    try:
        spec = importlib.util.spec_from_file_location("native_deny", TOOLS / "native_deny.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(TOOLS))
    return module


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("MIT", True),
        ("GPL-3.0 OR MIT", True),
        ("MIT/GPL-3.0", True),
        ("GPL-3.0", False),
        ("MIT AND GPL-3.0", False),
        ("(MIT OR GPL-3.0) AND Apache-2.0", True),
        ("MIT OR Apache-2.0 AND GPL-3.0", True),
        ("GPL-3.0 AND (MIT OR Apache-2.0)", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("Apache-2.0 WITH Other-exception", False),
        ("", False),
        ("MIT)", False),
        ("(MIT", False),
    ],
)
def test_a_licence_is_allowed_when_its_expression_can_be_met(deny, expression, met):
    assert deny.allowed(expression, frozenset(RULES["licenses"]["allow"])) is met


def crate(**changes):
    return {
        "name": "a", "version": "1.0.0", "license": "MIT", "source": CRATES_IO, "dependencies": [], **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"license": None}, "licence None is not allowed"),
        ({"license": "GPL-3.0"}, "licence 'GPL-3.0' is not allowed"),
        ({"source": "git+https://example.org/a"}, "denied as unknown-git"),
        ({"source": "registry+https://example.org/index"}, "denied as unknown-registry"),
        ({"source": None, "dependencies": [{"name": "b", "req": "*"}]}, "any version of b is wanted"),
    ],
)
def test_a_broken_rule_is_named(deny, changes, part):
    assert list(deny.broken([crate()], RULES)) == []
    (line,) = deny.broken([crate(), crate(**changes)], RULES)
    assert part in line


def test_several_versions_of_a_crate_are_named(deny):
    packages = [crate(), crate(version="2.0.0"), crate(name="b")]
    assert list(deny.duplicates(packages)) == ["a: 1.0.0, 2.0.0"]
