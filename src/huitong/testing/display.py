"""A call as a tree: what ran, what it cost, and where in the contract's file it stopped."""

import os
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from typing import Any

from huitong.types import Code, HuitongError

from .chain import Chain
from .outcome import Outcome
from .trace import Note

WIDTH = 78


def call_tree(chain: Chain, outcome: Outcome, rerun: str, folder: Path) -> str:
    """Lines about the last call of a test that failed. rerun: the test's name. folder: what paths are relative to."""
    lines = [_line("", f"{outcome.call} as {outcome.member}", _costs(outcome.gas, outcome.reads, outcome.writes))]
    for place, note in enumerate(outcome.compiled):
        indent = "   " * note.depth
        if note.depth:
            who = _name(chain, note)
            costs = _costs(note.answer.gas_used, note.host.reads, note.host.writes)
            lines.append(_line(f"{indent}└─ ", f"{who}.{note.method}", costs))
        if place < len(outcome.plain) and outcome.plain[place].fault is not None:
            lines += _frames(chain, outcome.plain[place], indent, folder)
    if outcome.error is not None:
        lines.append(f"   ✗ {_error(outcome.error)}")
    else:
        lines.append(f"   ✓ returned {outcome.value!r}")
    state = "state unchanged" if outcome.code else f"block {chain.height}"
    hints = [state, f"rerun: huitong test '{rerun}'"]
    if outcome.code:
        hints.append(f"explain: huitong explain HT{outcome.code}")
    return "\n".join([*lines, " · ".join(hints)])


def _frames(chain: Chain, note: Note, indent: str, folder: Path) -> Iterator[str]:
    """Where the fault passed through the contract's file."""
    loaded = chain.loaded(note.code_hash)
    fault = note.fault
    assert fault is not None, "asked for notes with a fault alone"
    for frame, line in walk_tb(fault.__traceback__):
        if frame.f_code.co_filename == str(loaded.path):
            place = f"{os.path.relpath(loaded.path, folder)}:{line}"
            yield _line(f"{indent}   └─ ", f"{loaded.plain.__name__}.{frame.f_code.co_name}", place)


def _name(chain: Chain, note: Note) -> str:
    return chain.loaded(note.code_hash).plain.__name__


def _costs(gas: int, reads: int, writes: int) -> str:
    return f"gas {gas:,} · {reads} reads · {writes} writes"


def _line(indent: str, text: str, right: str) -> str:
    return f"{indent}{text}".ljust(WIDTH) + f"  {right}"


def _error(error: Exception) -> str:
    if isinstance(error, HuitongError):
        return str(error)
    return f"HT{int(Code.REFUSED_BY_CONTRACT)} {error!r}"


def last_call(chain: Chain, rerun: str, folder: Path) -> str:
    """The tree of the last call of a chain; empty when there was none."""
    outcome: Any = chain.last
    return "" if outcome is None else call_tree(chain, outcome, rerun, folder)
