"""Which lines of contracts ran as ordinary Python."""

import ast
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from .loading import Loaded


class Lines:
    """Lines that ran, by file. A debugger or coverage.py that traces already is left alone."""

    def __init__(self) -> None:
        self.ran: dict[str, set[int]] = {}

    def watch(self, loaded: Loaded) -> AbstractContextManager[Any]:
        """Return the context in which lines of a contract's file are noted."""
        return _Tracing(str(loaded.path), self.ran.setdefault(str(loaded.path), set()))


class _Tracing(AbstractContextManager[None]):
    def __init__(self, path: str, ran: set[int]) -> None:
        self._path = path
        self._note = ran.add
        self._on = False

    def __enter__(self) -> None:
        if sys.gettrace() is None:
            self._on = True
            sys.settrace(self._entered)

    def __exit__(self, *_: object) -> None:
        if self._on:
            sys.settrace(None)

    def _entered(self, frame: FrameType, *_: Any) -> Any:
        return self._line if frame.f_code.co_filename == self._path else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            self._note(frame.f_lineno)
        return self._line


def executable(source: bytes, path: str) -> set[int]:
    """Lines of statements in the functions of a file, docstrings left out."""
    stated: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            stated |= {part.lineno for part in ast.walk(node) if isinstance(part, ast.stmt) and not _constant(part)}
            stated -= {node.lineno}
    return stated & set(_code_lines(compile(source, path, "exec", dont_inherit=True)))


def _constant(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)


def _code_lines(code: CodeType) -> Iterable[int]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from (line for _, _, line in constant.co_lines() if line is not None)
            yield from _code_lines(constant)


def table(ran: Mapping[str, Iterable[int]], folder: Path) -> list[str]:
    """Coverage as lines: file, statements, missed, percent, and which are missed."""
    rows = []
    for name in sorted(ran):
        path = Path(name)
        all_lines = executable(path.read_bytes(), name)
        missed = sorted(all_lines - set(ran[name]))
        percent = 100 if not all_lines else 100 * (len(all_lines) - len(missed)) // len(all_lines)
        shown = str(path.relative_to(folder)) if path.is_relative_to(folder) else name
        rows.append((shown, len(all_lines), len(missed), f"{percent} %", ", ".join(map(str, missed))))
    width = max([len(row[0]) for row in rows] + [len("contract")])
    lines = [f"{'contract':<{width}}  {'lines':>6}  {'missed':>6}  {'':>5}"]
    return lines + [f"{row[0]:<{width}}  {row[1]:>6}  {row[2]:>6}  {row[3]:>5}  {row[4]}".rstrip() for row in rows]
