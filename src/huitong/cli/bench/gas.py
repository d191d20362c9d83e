"""`bench gas`: what a unit of gas buys. Each operation of the language in a loop, and what the node adds for state.

The measure is a turn of a loop that holds the operation once: nanoseconds of processor time per unit of gas. The figure
is the dearest operation over the cheapest. What is paid for its memory (`Case.makes`: new texts and lists of some size
cost a unit for every four bytes) takes less time than its gas could buy, so it counts for the dearest alone.
"""

import gc
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from huitong.crypto import GUOMI, INTERNATIONAL, Suite, private_key
from huitong.kernel import CONTRACTS_ADDRESS, gas
from huitong.kernel.codebudget import OVERHEAD_BYTES
from huitong.types import Answer, Call, Deployed, Host, Invocation, decode
from huitong.types.registry import KeyKind
from huitong.vm.python.depth import in_one_piece
from huitong.vm.python.gas import deploy_units
from huitong.vm.python.local import LocalContract
from huitong.vm.python.program import Program, load_program
from huitong.vm.python.program import run as run_program
from huitong.vm.python.source import compile_source

from .chain import SECOND, BenchChain, Signer, signed, signers
from .gas_cases import COMPUTING, STATE, Case, source_of
from .kernel import envelopes_of
from .report import Figure, Report, at_most, back_end, report

GOAL_RATIO: Final = 8.0
SHORTEST_NS: Final = 1_500_000
FEW: Final = 20
MANY: Final = 220
DECIDING: Final = 12
"""So many of the dearest and of the cheapest are measured three times."""
GAS: Final = 45_000_000
UNMEASURED_GAS: Final = 10**12


class Row(NamedTuple):
    """One operation: time and gas of one turn."""

    name: str
    ns: float
    gas: float
    makes: bool

    @property
    def ratio(self) -> float:
        """Nanoseconds per unit."""
        return self.ns / self.gas


class InProcess:
    """The Python engine without the jail, so that one clock sees all work."""

    name = "python"
    version = 1

    def __init__(self) -> None:
        self._programs: dict[bytes, Program] = {}

    def _program(self, code: bytes) -> Program:
        found = self._programs.get(code)
        if found is None:
            found = self._programs[code] = load_program(code)
        return found

    def deploy(self, code: bytes, gas_limit: int, previous: bytes = b"") -> Deployed:
        """See kernel.ContractEngine."""
        del gas_limit
        program, used = self._program(code), deploy_units(len(code), len(previous))
        return Deployed(program.fields, program.schema, program.initialiser, used, program.reentrant)

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        """See kernel.ContractEngine."""
        return in_one_piece(lambda: run_program(self._program(code), invocation, host))

    def close(self) -> None:
        """Nothing runs beside the calls."""


def _best(act: Callable[[], object], tries: int) -> float:
    """Least processor time of some tries, in ns."""
    best = float("inf")
    for _ in range(tries):
        started = time.process_time_ns()
        act()
        best = min(best, time.process_time_ns() - started)
    return best


def computing(case: Case, tries: int) -> Row:
    """Measure what touches no state, in this process."""
    contract = LocalContract(source_of(case))

    def act(turns: int) -> int:
        answer = contract.call("run", turns, gas_limit=UNMEASURED_GAS)
        assert answer.code == 0, (case.name, answer)
        return answer.gas_used

    turns = 4
    while _best(lambda: act(turns), 1) < 3 * _best(lambda: act(1), 1) + SHORTEST_NS:  # noqa: B023 - called at once
        turns *= 2
    few = turns // 2
    many, less = float("inf"), float("inf")
    for _ in range(tries):  # by turns, so that a slow moment of the machine meets both
        many = min(many, _best(lambda: act(turns), 1))
        less = min(less, _best(lambda: act(few), 1))
    return Row(case.name, (many - less) / (turns - few), (act(turns) - act(few)) / (turns - few), case.makes)


class State:
    """Measures through a block: kernel, tree and store."""

    def __init__(self, folder: Path, suite: Suite) -> None:
        self._people = signers(1, suite)
        self.chain = BenchChain(folder / suite.name, self._people, (), (InProcess(),), suite)
        self._until = self.chain.time_ns + 500 * SECOND
        self._number = 0
        self._seq = 1

    def _run(self, target: bytes, method: str, *args: Any) -> Any:
        self._number += 1
        raw = signed(self._signer, self._number, (Call(target, method, args),), self._until, GAS)
        envelopes = envelopes_of(self.chain, [raw], self._seq)
        self._seq += 1
        self.chain.settle()  # nothing of the block before runs beside this one
        started = time.process_time_ns()
        result = self.chain.run_block(envelopes).envelopes[0].transactions[0]
        self.spent = time.process_time_ns() - started
        assert result.receipt.code == 0, result
        return result.receipt

    @property
    def _signer(self) -> Signer:
        return self._people[0]

    def _deploy(self, source: str) -> bytes:
        raw = source.encode()
        code = compile_source(source, "case.py")
        args: tuple[Any, ...] = ("python", code, self.chain.kernel.suite.hash(raw), raw, "", [])
        return bytes(decode(self._run(CONTRACTS_ADDRESS, "deploy", *args).return_bytes, list)[0])

    def measure(self, case: Case, tries: int) -> Row:
        """Measure one operation: contracts are made anew for each try, so that each writes the same."""
        spent: dict[int, list[float]] = {FEW: [], MANY: []}
        used: dict[int, int] = {}
        for turns in (FEW, MANY) * tries:
            target = self._deploy(source_of(case))
            self._run(target, "fill", MANY)
            used[turns] = self._run(target, "run", turns).gas_used
            spent[turns].append(self.spent)
        ns = (min(spent[MANY]) - min(spent[FEW])) / (MANY - FEW)
        return Row(case.name, ns, (used[MANY] - used[FEW]) / (MANY - FEW), case.makes)


def _state_cases() -> list[Case]:
    """Cases with what only a run knows: keys, signatures, another contract's address."""
    found = []
    for case in STATE:
        setup = case.setup
        if case.name.startswith("verify "):
            kind = KeyKind[case.name.removeprefix("verify ")]
            secret, message = private_key(kind, b"\x07" * 32), b"m" * 100
            setup = (
                f"k, m = {int(kind)}, {message!r}\np = {secret.public_key!r}\ns = {secret.sign(message)!r}\n"
                "assert ctx.verify(k, p, m, s)"
            )
        found.append(case._replace(setup=setup))
    return found


def _compiling(name: str, tries: int) -> Row:
    """Compile a contract of some length, against the gas of its deploy, or of its load when a block uses much code."""
    code = compile_source(source_of(COMPUTING[-1]), "case.py")
    ns = _best(lambda: load_program(code), 3 * tries)
    load = gas.LOAD_BYTE * (len(code) + OVERHEAD_BYTES)
    return Row(name, ns, deploy_units(len(code)) if name == "deploy" else load, makes=False)


def _again(measures: list[Callable[[], Row]], rows: list[Row]) -> list[Row]:
    """Measure what stands at the ends twice more and take the median: one bad moment decides nothing."""
    order = sorted(range(len(rows)), key=lambda place: rows[place].ratio)
    cheap = [place for place in order if not rows[place].makes][:DECIDING]
    for place in {*cheap, *order[-DECIDING:]}:
        rows[place] = sorted((rows[place], measures[place](), measures[place]()), key=lambda row: row.ratio)[1]
    return rows


def _table(rows: list[Row]) -> list[str]:
    return [f"{row.name:28} {row.ns:12,.0f} ns {row.gas:12,.0f} gas {row.ratio:8.2f} ns/gas"
            f"{'  memory' if row.makes else ''}" for row in sorted(rows, key=lambda row: row.ratio)]  # fmt: skip


def run(*, tries: int = 5) -> Report:
    """Measure all. The table of operations stands in `profile`, cheapest first."""
    gc.disable()
    with tempfile.TemporaryDirectory(prefix="huitong-bench-") as folder:
        states = {suite.name: State(Path(folder), suite) for suite in (INTERNATIONAL, GUOMI)}
        try:
            measures: list[Callable[[], Row]] = [partial(computing, case, tries) for case in COMPUTING]
            measures += [partial(_compiling, name, tries) for name in ("deploy", "load of code")]
            measures += [
                partial(states[GUOMI.name if "SM2" in case.name else INTERNATIONAL.name].measure, case, tries)
                for case in _state_cases()
            ]
            rows = _again(measures, [measure() for measure in measures])
        finally:
            for state in states.values():
                state.chain.close()
    timed = [row.ratio for row in rows if not row.makes]
    dearest = max(row.ratio for row in rows)
    figures = [
        at_most("dearest_over_cheapest", dearest / min(timed), "", GOAL_RATIO),
        Figure("cheapest", round(min(timed), 2), "ns/gas"),
        Figure("dearest", round(dearest, 2), "ns/gas"),
        Figure("operations", len(rows), ""),
    ]
    return report("gas", {"tries": tries, "tree": back_end()}, figures, _table(rows))
