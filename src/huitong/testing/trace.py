"""What happened inside a step: its calls in their order, with gas, reads, writes and what was raised."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from huitong.contract.faults import CallFailed
from huitong.types import Answer, Caller, Host, Invocation


class Counted:
    """A host that counts. reads: keys and rows; writes: keys."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.reads = 0
        self.writes = 0

    def read(self, key: bytes) -> bytes | None:
        """See types.Host."""
        self.reads += 1
        return self._host.read(key)

    def scan(self, start: bytes, end: bytes, limit: int, *, reverse: bool) -> list[tuple[bytes, bytes]]:
        """See types.Host."""
        rows = self._host.scan(start, end, limit, reverse=reverse)
        self.reads += len(rows)
        return rows

    def write(self, writes: dict[bytes, bytes | None]) -> None:
        """See types.Host."""
        self.writes += len(writes)
        self._host.write(writes)

    def emit(self, name: str | tuple[bytes, ...], data: bytes) -> None:
        """See types.Host."""
        self._host.emit(name, data)

    def call(self, target: bytes, method: str, args: tuple[Any, ...], gas_limit: int, *, read_only: bool) -> Answer:
        """See types.Host."""
        return self._host.call(target, method, args, gas_limit, read_only=read_only)


@dataclass(slots=True)
class Note:
    """One call of a contract. depth: 0 for the outermost. fault: what plain Python raised."""

    depth: int
    contract: bytes
    code_hash: bytes
    method: str
    args: tuple[Any, ...]
    caller: Caller
    host: Counted
    answer: Answer
    fault: Exception | None = None


def faults_of(notes: tuple[Note, ...]) -> list[Exception]:
    """Return what the outermost call raised, then what the call below raised that it failed by, and so on."""
    found: list[Exception] = []
    for note in notes:
        if note.depth == len(found) and note.fault is not None and (not found or isinstance(found[-1], CallFailed)):
            found.append(note.fault)
    return found


class Recorder:
    """Notes of the step that runs."""

    def __init__(self) -> None:
        self.notes: list[Note] = []
        self._open: list[Note] = []

    def start(self) -> None:
        """Forget the step before."""
        self.notes = []
        self._open = []

    def fault(self, fault: Exception | None) -> None:
        """Keep what the running call raised."""
        if self._open:
            self._open[-1].fault = fault

    @contextmanager
    def call(self, invocation: Invocation, host: Counted) -> Iterator[Note]:
        """Note a call while it runs."""
        note = Note(
            depth=len(self._open),
            contract=invocation.contract,
            code_hash=invocation.code_hash,
            method=invocation.method,
            args=invocation.args,
            caller=invocation.caller,
            host=host,
            answer=Answer(0, b"", 0),
        )
        self.notes.append(note)
        self._open.append(note)
        try:
            yield note
        finally:
            self._open.pop()
