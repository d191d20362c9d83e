"""Compute loops of a contract, beside plain CPython and the way of tracers: prices charged by `sys.settrace`.

The statements of a loop are the same in all. The tracer of lines stands for platforms that meter Python so: it charges
the price of one opcode for a line, whatever the line does, and bounds nothing (`10**10**8` costs a line). The goal is
set against it. The tracer of opcodes charges each one, which is nearer to what compiled contracts do.
"""

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Final

from huitong.vm.python.local import LocalContract

from .report import Figure, at_least

GOAL_OVER_TRACER: Final = 2.0
SHORTEST_NS: Final = 20_000_000
UNMEASURED_GAS: Final = 10**12

LOOPS: Final = {
    "integers": """
total = 0
for i in range(turns):
    total = (total * 31 + i) % 1000003
return total
""",
    "lists": """
found = []
for i in range(turns):
    if i % 3 != 0:
        found.append(i)
    if len(found) > 500:
        found = found[250:]
return len(found)
""",
    "dicts": """
counts = {}
names = ["alpha", "beta", "gamma", "delta", "epsilon"]
for i in range(turns):
    name = names[i % 5]
    if name in counts:
        counts[name] += 1
    else:
        counts[name] = 1
return counts["alpha"]
""",
    "texts": """
text = ""
size = 0
for i in range(turns):
    text = text + str(i)
    if len(text) > 60:
        size += len(text)
        text = ""
return size
""",
    "sorting": """
rows = []
for i in range(turns):
    rows.append((i * 7919) % 10007)
    place = len(rows) - 1
    while place > 0 and rows[place - 1] > rows[place]:
        low = rows[place]
        rows[place] = rows[place - 1]
        rows[place - 1] = low
        place -= 1
    if len(rows) == 16:
        rows = []
return len(rows)
""",
}


class _OutOfPriceError(Exception):
    """The tracer's bound is reached."""


class Tracer:
    """Charges each line by the opcode that begins it, as metering tracers do; or each opcode."""

    def __init__(self, event: str) -> None:
        self.left = UNMEASURED_GAS
        self.event = event
        self.prices = bytes(1 + (opcode % 7) for opcode in range(256))

    def begin(self, frame: FrameType, event: str, _: Any) -> Any:
        """A function is entered: follow it."""
        frame.f_trace_opcodes = self.event == "opcode"
        return self.charge if event == "call" else None

    def charge(self, frame: FrameType, event: str, _: Any) -> Any:
        """Charge one line or opcode."""
        if event == self.event:
            self.left -= self.prices[frame.f_code.co_code[frame.f_lasti]]
            if self.left < 0:
                raise _OutOfPriceError
        return self.charge


def _body(statements: str, spaces: int) -> str:
    return "".join(f"{' ' * spaces}{line}\n" for line in statements.strip().splitlines())


def _contract() -> LocalContract:
    methods = "".join(
        f"    @view\n    def {name}(self, turns: int) -> int:\n{_body(statements, 8)}\n"
        for name, statements in LOOPS.items()
    )
    return LocalContract(f"from huitong.contract import Contract, view\n\n\nclass Loops(Contract):\n{methods}")


def _plain(name: str) -> Callable[[int], int]:
    names: dict[str, Any] = {}
    exec(f"def loop(turns):\n{_body(LOOPS[name], 4)}", names)  # noqa: S102 - our own text, the same as the contract's
    loop: Callable[[int], int] = names["loop"]
    return loop


def _traced(loop: Callable[[int], int], turns: int, event: str) -> int:
    before = sys.gettrace()
    sys.settrace(Tracer(event).begin)
    try:
        return loop(turns)
    finally:
        sys.settrace(before)


def _cpu_ns(act: Callable[[], object], least: float) -> float:
    started = time.process_time_ns()
    act()
    return min(least, float(time.process_time_ns() - started))


def _measure(contract: LocalContract, name: str, tries: int) -> list[float]:
    """Least processor time of one turn in ns: compiled with gas, under the tracers of lines and opcodes, plain."""
    loop = _plain(name)

    def compiled(turns: int) -> int:
        answer = contract.call(name, turns, gas_limit=UNMEASURED_GAS, read_only=True)
        assert answer.code == 0, answer
        return answer.gas_used

    turns = 1_000
    while _cpu_ns(lambda: compiled(turns), float("inf")) < SHORTEST_NS:  # noqa: B023 - called at once
        turns *= 2
    assert contract.value(name, 100) == loop(100) == _traced(loop, 100, "line"), name
    ways: tuple[Callable[[], object], ...] = (
        lambda: compiled(turns),
        lambda: _traced(loop, turns, "line"),
        lambda: _traced(loop, turns, "opcode"),
        lambda: loop(turns),
    )
    least = [float("inf")] * len(ways)
    for _ in range(tries):  # by turns, so that a slow moment of the machine meets all
        least = [_cpu_ns(act, before) for act, before in zip(ways, least, strict=True)]
    return [found / turns for found in least]


def loops(tries: int) -> list[Figure]:
    """For each loop: how much faster than under the tracer of lines, and the time of a turn in each way."""
    contract, figures = _contract(), []
    for name in LOOPS:
        times = _measure(contract, name, tries)
        figures.append(at_least(f"loop_{name}_over_settrace", times[1] / times[0], "x", GOAL_OVER_TRACER))
        for way, found in zip(("compiled", "lines", "opcodes", "plain"), times, strict=True):
            figures.append(Figure(f"loop_{name}_{way}", round(found, 1), "ns/turn"))
    return figures
