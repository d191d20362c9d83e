"""From a contract file to the normalised tree. Runs in the author's tools: a chain never reads Python text."""

import ast
from typing import Final

from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_SOURCE_BYTES, MAX_SYNTAX_DEPTH, MAX_SYNTAX_NODES

from .findings import Finding, Table
from .source_declarations import Declarations
from .tree import encode_tree

__all__ = ["Finding", "check_source", "compile_source", "source_lines"]


_LIMITS: Final = {
    Code.CONTRACT_TOO_LARGE: ("the file is too long", f"at most {MAX_SYNTAX_NODES} parts: use several contracts"),
    Code.CONTRACT_TOO_DEEP: ("nested too deep", f"at most {MAX_SYNTAX_DEPTH} levels"),
}
"""What is said of a tree that passes a limit."""


def compile_source(text: str, filename: str = "contract.py") -> bytes:
    """Return the tree of a contract file, as it is deployed.

    Raises HuitongError HT3000-HT3013 with `filename`, `line`, `reason` and `instead` of the first finding.
    """
    from .program import load_program

    table, raw = _translate(text)
    if table.findings:
        first = min(table.findings)
        raise HuitongError(first.code, filename=filename, line=first.line, reason=first.reason, instead=first.instead)
    try:
        load_program(raw)
    except HuitongError as error:
        index = error.data.get("node")
        line = table.lines[index] if isinstance(index, int) else 1
        raise HuitongError(error.code, **{**error.data, "filename": filename, "line": line}) from None
    return raw


def check_source(text: str) -> list[Finding]:
    """Return all that is refused in a contract file, by line; empty when it can be deployed."""
    table, _ = _translate(text)
    if table.findings:
        return sorted(table.findings)
    try:
        compile_source(text)
    except HuitongError as error:
        line = error.data.get("line", 1)
        reason = error.data.get("reason", str(error))
        return [Finding(int(str(line)), 1, error.code, str(reason), str(error.data.get("instead", "")))]
    return []


def source_lines(text: str) -> tuple[int, ...]:
    """Line of each node of the tree of a file, by index: where a node number of a failure stands in the text."""
    table, _ = _translate(text)
    return tuple(table.lines)


def _translate(text: str) -> tuple[Table, bytes]:
    table = Table()
    module = _parse(text, table)
    if module is None or _too_deep(module, table):
        return table, b""
    if not module.body:
        table.refuse(module, Code.CONTRACT_CLASS_MISSING, "there is no contract class")
        return table, b""
    Declarations(table, module).translate()
    if table.findings:
        return table, b""
    try:
        return table, encode_tree(table.nodes)
    except HuitongError as error:
        table.refuse(module.body[0], error.code, *_LIMITS.get(error.code, ("the tree", "")))
        return table, b""
    except UnicodeEncodeError:
        table.refuse(
            module.body[0], Code.LITERAL_REFUSED, "a text with half of a surrogate pair", "write whole characters"
        )
        return table, b""


def _parse(text: str, table: Table) -> ast.Module | None:
    place = ast.Pass(lineno=1, col_offset=0)
    if len(text.encode(errors="replace")) > MAX_SOURCE_BYTES:
        limit = f"at most {MAX_SOURCE_BYTES} bytes"
        table.refuse(place, Code.CONTRACT_TOO_LARGE, "the file is too long", limit)
        return None
    try:
        return ast.parse(text)
    except SyntaxError as error:
        place = ast.Pass(lineno=error.lineno or 1, col_offset=max((error.offset or 1) - 1, 0))
        table.refuse(place, Code.SYNTAX_ERROR, str(error.msg))
    except (ValueError, RecursionError, MemoryError, OverflowError, UnicodeError):
        table.refuse(place, Code.CONTRACT_TOO_DEEP, "the file cannot be read", "nest less, write shorter numbers")
    return None


def _too_deep(module: ast.Module, table: Table) -> bool:
    waiting: list[tuple[ast.AST, int]] = [(module, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > 3 * MAX_SYNTAX_DEPTH:
            table.refuse(node, Code.CONTRACT_TOO_DEEP, "nested too deep", f"at most {MAX_SYNTAX_DEPTH} levels")
            return True
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return False
