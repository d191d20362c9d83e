"""The fuzzer of the language: random contracts, and random damage to trees.

Oracles: processor seconds per unit of gas; compiled contracts do as plain Python does; no error but those with a code.
"""

import time
from random import Random
from typing import Any, Final, NamedTuple

from huitong.contract import Frame, Sender, frame
from huitong.types import Answer, Code, Failed, HuitongError, decode_scanned, encode

from . import gas
from .grammar import Grammar
from .grammar_calm import CalmGrammar
from .local import LocalContract
from .program import load_program
from .source import compile_source

GAS_LIMIT: Final = 2_000_000
SLOWEST_GAS_PER_SECOND: Final = 50_000_000
"""A contract that burns less than this per second of processor time is a finding."""
SETTLING_SECONDS: Final = 0.02
"""Processor time that is not looked at: loading and the noise of the clock."""


class Case(NamedTuple):
    """What one contract did. rate: units of gas per second of processor time, 0 when too short to tell."""

    source: str
    outcome: str
    gas_used: int
    seconds: float

    @property
    def rate(self) -> float:
        """Units of gas per second; infinite for what took no time to speak of."""
        return self.gas_used / self.seconds if self.seconds > SETTLING_SECONDS else float("inf")


def one_contract(random: Random, gas_limit: int = GAS_LIMIT) -> Case:
    """Make, load and run one contract twice."""
    source = Grammar(random).contract()
    try:
        contract = LocalContract(source)
    except HuitongError as error:
        return Case(source, f"refused {int(error.code)}", 0, 0.0)
    (first, once), (second, again) = (_timed(one, gas_limit) for one in (contract, LocalContract(source)))
    outcome = f"code {first.code}" if first == second else "two runs differ"
    return Case(source, outcome, first.gas_used + gas.FRAME, min(once, again))


def _timed(contract: LocalContract, gas_limit: int) -> tuple[Answer, float]:
    """Call `main`; seconds of processor time. The lesser of two runs is nearer the cost: neighbours only add."""
    began = time.process_time()
    answer = contract.call("main", gas_limit=gas_limit)
    return answer, time.process_time() - began


_FAULTS: Final[dict[int, type[Exception] | tuple[type[Exception], ...]]] = {
    Code.KEY_MISSING: KeyError,
    Code.TYPE_MISMATCH: (TypeError, AttributeError),
    Code.VALUE_INVALID: ValueError,
    Code.DIVISION_BY_ZERO: ZeroDivisionError,
    Code.INDEX_OUT_OF_RANGE: IndexError,
}
"""Faults of a compiled contract that its plain run must meet too. Others are limits that plain Python has not."""


def plain_difference(source: str) -> str:
    """Run a calm contract compiled and as ordinary Python; say how they differ, or "" when they agree."""
    try:
        contract = LocalContract(source)
    except HuitongError:
        return ""
    answer = contract.call("main", gas_limit=GAS_LIMIT)
    if answer.code and answer.code not in _FAULTS:
        return ""
    surroundings = Frame(time=contract.block.time_ns, sender=Sender(contract.caller.address, "alpha", ("admin",)))
    names: dict[str, Any] = {"__name__": "case"}
    exec(compile(source, "case", "exec", dont_inherit=True), names)  # noqa: S102 - the grammar made this text
    expected = _FAULTS.get(answer.code)
    with frame(surroundings):
        try:
            value = names["Case"]().main()
        except Exception as fault:  # noqa: BLE001 - compared with what the compiled contract did
            alike = expected is not None and isinstance(fault, expected)
            return "" if alike else f"plain raises {fault!r}, compiled gives {answer.code}"
    if expected is not None:
        return f"plain returns, compiled gives {answer.code}"
    events = [(name, decode_scanned(data, dict)) for name, data in contract.host.events]
    if decode_scanned(answer.data, list) != value or events != surroundings.events:
        return f"plain returns {value!r}, compiled {decode_scanned(answer.data, list)!r}"
    return ""


def one_damaged_tree(random: Random, tree: bytes) -> str:
    """Change a tree and load it: it is refused with a code, or it is a tree. Return which."""
    if random.random() < 0.5:
        raw = bytearray(tree)
        for _ in range(random.randint(1, 4)):
            raw[random.randrange(len(raw))] = random.randrange(256)
        damaged = bytes(raw)
    else:
        damaged = _damage_nodes(random, decode_scanned(tree, list[Any]))
    try:
        load_program(damaged)
    except Failed as error:
        return f"refused {int(error.code)}"
    return "loaded"


def _damage_nodes(random: Random, document: list[Any]) -> bytes:
    nodes = document[1]
    for _ in range(random.randint(1, 3)):
        node = random.choice(nodes)
        act = random.randrange(4)
        if act == 0:
            node[0] = random.randrange(90)
        elif act == 1 and node[1]:
            node[1][random.randrange(len(node[1]))] = random.choice(
                ("", "ctx", "self", "_x", "len", 3, None, b"", True)
            )
        elif act == 2 and node[2]:
            node[2][random.randrange(len(node[2]))] = random.randrange(len(nodes))
        else:
            nodes[random.randrange(len(nodes))] = list(random.choice(nodes))
    return encode(document)


def run(seconds: float, seed: int) -> dict[str, Any]:
    """Fuzz for some seconds of processor time.

    Return counts by outcome, the slowest contract, and findings with their sources.
    """
    random = Random(seed)  # noqa: S311 - a seed that is printed makes the run again
    outcomes: dict[str, int] = {}
    findings: list[dict[str, Any]] = []
    slowest = Case("", "", 0, 0.0)
    end = time.process_time() + seconds
    count = 0
    while time.process_time() < end:
        count += 1
        state = random.getrandbits(64)
        case = _guarded(state, findings)
        if case is None:
            continue
        outcomes[case.outcome] = outcomes.get(case.outcome, 0) + 1
        if case.rate < slowest.rate:
            slowest = case
        if case.rate < SLOWEST_GAS_PER_SECOND or case.outcome == "two runs differ":
            findings.append({"seed": state, "what": case.outcome, "rate": int(case.rate), "source": case.source})
    return {
        "seed": seed,
        "contracts": count,
        "outcomes": dict(sorted(outcomes.items())),
        "slowest_gas_per_second": int(slowest.rate) if slowest.source else 0,
        "slowest_source": slowest.source,
        "findings": findings,
    }


def _guarded(state: int, findings: list[dict[str, Any]]) -> Case | None:
    """Run one contract and damage its tree; an error without a code is a finding."""
    random = Random(state)  # noqa: S311 - see run
    try:
        case = one_contract(random)
        if case.gas_used:
            tree = compile_source(case.source)
            for _ in range(3):
                one_damaged_tree(random, tree)
        source = CalmGrammar(random).contract()
        difference = plain_difference(source)
        if difference:
            findings.append({"seed": state, "what": difference, "rate": 0, "source": source})
    except Exception as error:  # noqa: BLE001 - whatever gets out is what the fuzzer looks for
        findings.append({"seed": state, "what": repr(error), "rate": 0, "source": Grammar(Random(state)).contract()})  # noqa: S311
        return None
    return case
