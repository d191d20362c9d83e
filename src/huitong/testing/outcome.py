"""The outcome of a step, and the comparison of its two runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from huitong.types import Code, Failure, decode_scanned
from huitong.types.registry import Space

from .ledger import Step
from .trace import Note

NOT_IN_PLAIN = (Code.OUT_OF_GAS, Code.CALL_DEPTH_EXCEEDED)
"""Ends of compiled code that ordinary Python does not know: such a step is not compared, the compiled run counts."""

NOT_IN_COMPILED = (RuntimeError, MemoryError)
"""Errors of ordinary Python that no chain has a code for."""


class DivergenceError(AssertionError):
    """The contract as ordinary Python and compiled did not do the same. what: result, events, writes or error."""

    def __init__(self, call: str, what: str, plain: str, compiled: str) -> None:
        self.call = call
        self.what = what
        self.plain = plain
        self.compiled = compiled
        super().__init__(
            f"plain and compiled differ in {call}\n  {what}, plain:    {plain}\n  {what}, compiled: {compiled}"
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call did. value: what it returned. error: what it raised. gas: of the compiled run.

    reads, writes: rows of contracts that the compiled run read, and that the block changed. events: of contracts, as
    instances of their classes. plain, compiled: notes of both runs, for whoever shows them.
    """

    call: str
    member: str
    code: int
    value: Any
    error: Exception | None
    gas: int
    reads: int
    writes: int
    events: tuple[Any, ...]
    plain: tuple[Note, ...]
    compiled: tuple[Note, ...]


def is_comparable(compiled: Step) -> bool:
    """True when ordinary Python can do the same."""
    return not any(note.answer.code in NOT_IN_PLAIN for note in compiled.notes) and compiled.code not in NOT_IN_PLAIN


def compare(call: str, plain: Step, compiled: Step, show: Callable[[Step], str]) -> None:
    """Raise DivergenceError unless both runs did the same. show: result or error in a reader's words."""
    if not _same_answer(plain, compiled):
        what = "result" if plain.code == compiled.code == 0 else "error"
        raise DivergenceError(call, what, show(plain), show(compiled))
    if plain.events != compiled.events:
        names = [[(event.name, event.data.hex()) for event in step.events] for step in (plain, compiled)]
        raise DivergenceError(call, "events", str(names[0]), str(names[1]))
    mine, theirs = plain.changes(), compiled.changes()
    if mine != theirs:
        keys = sorted(key for key in mine.keys() | theirs.keys() if mine.get(key, b"-") != theirs.get(key, b"-"))
        raise DivergenceError(call, "writes", _rows(mine, keys), _rows(theirs, keys))


def _same_answer(plain: Step, compiled: Step) -> bool:
    if plain.code != compiled.code:
        return False
    if plain.code in (0, Code.REFUSED_BY_CONTRACT):
        return plain.data == compiled.data
    return True  # a platform's failure: its number counts, the words are for people


def _rows(changes: dict[bytes, bytes | None], keys: list[bytes]) -> str:
    shown = []
    for key in keys[:8]:
        name = key[21:].hex() if key[0] == Space.STORAGE else key.hex()
        value = changes.get(key, b"-")
        shown.append(f"{name} = {'deleted' if value is None else 'unchanged' if value == b'-' else value.hex()}")
    return "; ".join(shown)


def failure_of(step: Step) -> Failure:
    """Return why a step failed."""
    if not step.data:
        return Failure(b"", Code(step.code).name, {})
    return decode_scanned(step.data, Failure)
