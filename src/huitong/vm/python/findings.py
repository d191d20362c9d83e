"""What the checker has to say about a contract file, and the table that the translators fill."""

import ast
from typing import Any, NamedTuple

from huitong.types import Code

from .names import is_identifier
from .nodes import Kind
from .tree import Node


class Finding(NamedTuple):
    """A place that is refused. line, column: from 1. instead: what to write."""

    line: int
    column: int
    code: Code
    reason: str
    instead: str

    def __str__(self) -> str:
        return (
            f"line {self.line}: {self.reason}; {self.instead}" if self.instead else f"line {self.line}: {self.reason}"
        )


class Table:
    """Nodes in post-order, their lines, and findings."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.lines: list[int] = []
        self.findings: list[Finding] = []
        self.line = 1

    def add(self, kind: Kind, scalars: tuple[Any, ...] = (), children: tuple[int, ...] = ()) -> int:
        """Append a node, return its index."""
        self.nodes.append(Node(kind, scalars, children))
        self.lines.append(self.line)
        return len(self.nodes) - 1

    def absent(self) -> int:
        """Append the node that says that nothing stands here."""
        return self.add(Kind.ABSENT)

    def refuse(self, where: ast.AST, code: Code, reason: str, instead: str = "") -> int:
        """Note a finding; return a node in its place, so that the rest can be checked too."""
        line, column = getattr(where, "lineno", self.line), getattr(where, "col_offset", 0) + 1
        self.findings.append(Finding(line, column, code, reason, instead))
        return self.add(Kind.LITERAL, (None,))

    def name(self, where: ast.AST, name: str) -> str:
        """Check the spelling of a name."""
        if not is_identifier(name):
            self.refuse(
                where,
                Code.NAME_REFUSED,
                f"the name {name[:80]!r} cannot be used",
                "use ASCII letters, digits and single underscores, at most 64 characters",
            )
            return "refused"
        return name
