"""The page of the contract tree lists the kinds and shapes that nodes check trees against."""

import re
from pathlib import Path

from huitong.types.limits import MAX_CODE_BYTES, MAX_SOURCE_BYTES, MAX_SYNTAX_DEPTH, MAX_SYNTAX_NODES
from huitong.vm.python.nodes import LANGUAGE_VERSION, OPERATORS, SHAPES, Group, Kind, Role

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "spec" / "contract-tree.md").read_text(encoding="utf-8")


def places(group: Group) -> str:
    return " or ".join(part.name.lower() for part in Group if part in group and part.name)


def children(kind: Kind) -> str:
    shape = SHAPES[kind]
    parts = [places(place) for place in shape.head]
    if shape.rounds:
        parts.append(f"({', '.join(places(place) for place in shape.rounds)}){'+' if shape.least else '*'}")
    parts += [places(place) for place in shape.tail]
    return ", ".join(parts)


def row(kind: Kind) -> str:
    return f"| {kind:d} | {kind.name} | {places(SHAPES[kind].group)} | {SHAPES[kind].scalars} | {children(kind)} |"


def test_the_page_lists_every_kind_with_its_shape():
    listed = [line for line in PAGE.splitlines() if re.match(r"\| \d+ \| [A-Z_]+ \|.*\|.*\|.*\|$", line)]
    assert listed == [row(kind) for kind in Kind]


def test_the_page_lists_the_operators():
    for kind, operators in OPERATORS.items():
        cells = " ".join(f"`{operator}`" for operator in operators).replace("|", r"\|")
        assert f"| {kind.name} | {cells} |" in PAGE


def test_the_page_has_the_numbers_of_the_code():
    assert f"language version, now {LANGUAGE_VERSION}" in PAGE
    assert ", ".join(f"{role:d} {role.name.lower()}" for role in Role) in PAGE
    for limit in (MAX_CODE_BYTES, MAX_SYNTAX_NODES, MAX_SYNTAX_DEPTH, MAX_SOURCE_BYTES):
        assert f"{limit:,}" in PAGE
