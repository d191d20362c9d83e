"""Why a contract file is refused: one entry per reason, from which the pages in docs/language/refused are written.

An entry belongs to the findings of its code whose text holds one of its `marks`; the last entry of a code takes the
rest. `bad` and `good` are bodies of a method, or, behind a line `---`, declarations of the file; tests run both.
"""

from typing import Final, NamedTuple

from huitong.types import Code

from .findings import Finding
from .refusals_declared import DECLARED
from .refusals_syntax import SYNTAX


class Refusal(NamedTuple):
    """A reason. topic: name of its page. why: what would go wrong. bad, good: an example and what to write instead."""

    topic: str
    code: Code
    marks: tuple[str, ...]
    title: str
    why: str
    bad: str
    good: str


REFUSALS: Final = tuple(Refusal(*entry) for entry in (*SYNTAX, *DECLARED))
"""All reasons. Of one code, those with more particular marks stand first."""


def refusal_of(finding: Finding) -> Refusal:
    """Return the reason of a finding."""
    own = [entry for entry in REFUSALS if entry.code == finding.code]
    for entry in own:
        if any(mark in finding.reason for mark in entry.marks):
            return entry
    return own[-1] if own else REFUSALS[-1]


def example_of(body: str) -> str:
    """Make a contract file of an example; one that holds a contract class, or is no method, stands for itself."""
    inside, _, declared = body.partition("\n---\n")
    if body.startswith("#!") or "(Contract)" in inside:
        return body
    lines = "\n".join(f"        {line}" for line in inside.splitlines())
    head = (
        "from huitong.contract import (\n    Annotated, CallFailed, Contract, Error, Event, Fixed, Map, Most,\n"
        "    Protocol, Record, Scale, Value, call, ctx, init, require, view,\n)\n\n\n"
        f"{declared}\n\n"
    )
    if "(Contract)" in declared:
        return head
    return (
        f"{head}class Example(Contract):\n    table: Map[str, int]\n    last: Value[int]\n\n"
        f"    @call\n    def run(self, n: int, s: str, values: list[int]) -> int:\n{lines}\n"
    )
