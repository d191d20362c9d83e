"""A machine that kills contract workers which run for long, as one short of memory does; and a contract that does."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from huitong.vm.python.engine import PythonEngine

SECONDS = 0.06
"""Processor time from which on a lent worker is killed. The deadly call needs many times as much, others a tenth."""

SOURCE = """
from huitong.contract import Contract, Value, call


class Spinner(Contract):
    done: Value[int]

    @call
    def quick(self) -> int:
        self.done.set(self.done.get(0) + 1)
        return self.done.get()

    @call
    def spin(self, turns: int) -> int:
        self.done.set(turns)
        total = 0
        for number in range(turns):
            total += number
        return total
"""


def processor_seconds(pid: int) -> float:
    """Time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Killer:
    """Sends SIGKILL to workers of an engine while they serve a call for long. killed: their process ids."""

    def __init__(self, engine: PythonEngine) -> None:
        self.killed: list[int] = []
        self._engine = engine
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        first: dict[int, float] = {}
        while not self._ended.wait(0.005):
            for worker in tuple(self._engine._pool._lent):
                with contextlib.suppress(OSError, IndexError):
                    used = processor_seconds(worker.pid)
                    if used - first.setdefault(worker.pid, used) > SECONDS and worker.pid not in self.killed:
                        self.killed.append(worker.pid)
                        os.kill(worker.pid, signal.SIGKILL)
