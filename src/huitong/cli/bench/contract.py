"""`bench contract`: calls of the metering contract through the jail, verified and durable, without HTTP.

Beside the rate: what a call takes of the worker's processor time when blocks come as batches, and from the block to its
durable end when its signatures were verified before; the deploy of a long contract; compute loops beside other meters.
"""

import cProfile
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from huitong.crypto import INTERNATIONAL, Suite
from huitong.engine.verifier_pool import VerifierPool
from huitong.kernel import CONTRACTS_ADDRESS
from huitong.types import Call, decode
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.source import compile_source

from .chain import SECOND, BenchChain, Signer, signed, signers
from .contract_deploy import deploy_times
from .contract_loops import loops
from .kernel import checks_of, envelopes_of, profile_lines
from .report import Figure, Report, at_least, at_most, back_end, report

GOAL: Final = 4_000.0
GOAL_JAIL_US: Final = 12.0
GOAL_CALL_US: Final = {"native": 40.0, "pure": 70.0}
GOAL_DEPLOY_MS: Final = 50.0
SOURCE: Final = Path(__file__).parent / "metering.py"


def _deploy(chain: BenchChain, person: Signer, until: int) -> bytes:
    source = SOURCE.read_text()
    code = compile_source(source, SOURCE.name)
    raw = source.encode()
    args: tuple[object, ...] = ("python", code, chain.kernel.suite.hash(raw), raw, "metering", [])
    transaction = signed(person, 10**9, (Call(CONTRACTS_ADDRESS, "deploy", args),), until, 40_000_000)
    result = chain.run_block(envelopes_of(chain, [transaction], 1)).envelopes[0].transactions[0]
    assert result.receipt.code == 0, result
    return bytes(decode(result.receipt.return_bytes, list[bytes])[0])


def _run_calls(chain: BenchChain, raws: list[bytes], seq: int) -> int:
    """Run one block of calls; return the number of the next envelope."""
    envelopes = envelopes_of(chain, raws, seq)
    result = chain.run_block(envelopes)
    codes = {one.receipt.code for item in result.envelopes for one in item.transactions}
    assert codes == {0}, codes
    return seq + len(envelopes)


def run(
    *,
    meters: int = 1_000,
    blocks: int = 8,
    per_block: int = 1_000,
    workers: int = 1,
    deploys: int = 9,
    tries: int = 5,
    suite: Suite = INTERNATIONAL,
) -> Report:
    """Each call reads one record, writes it and emits an event; a process verifies the next block meanwhile."""
    people = signers(20, suite)
    with tempfile.TemporaryDirectory(prefix="huitong-bench-") as folder:
        engine = PythonEngine()
        chain = BenchChain(Path(folder) / "store", people, (), (engine,), suite)
        pool = VerifierPool(chain.verdicts, workers)
        pool.start()
        try:
            until = chain.time_ns + 500 * SECOND
            target = _deploy(chain, people[0], until)
            register = [
                signed(people[0], number, (Call(target, "register", (f"meter-{number}",)),), until, 200_000)
                for number in range(meters)
            ]
            seq = _run_calls(chain, register, 2)
            load = _load(people, target, until, (meters, 2 * blocks + 2, per_block))
            rate, seq = _rate(chain, pool, load[: blocks + 1], people, seq)
            figures = [at_least("calls", rate, "calls/s", GOAL)]
            parts, seq = _parts(chain, engine, pool, load[blocks + 1 : -1], people, seq)
            profiler = cProfile.Profile()
            seq = profiler.runcall(_run_calls, chain, load[-1], seq)
            figures += [*parts, *_deploys(chain, engine, people[0], (until, seq, deploys))]
        finally:
            pool.close()
            chain.close()
    parameters = {
        "meters": meters,
        "blocks": blocks,
        "per_block": per_block,
        "workers": workers,
        "suite": suite.name,
        "key": suite.key_kind.name,
        "tree": back_end(),
        "durable": True,
    }
    return report("contract", parameters, [*figures, *loops(tries)], profile_lines(profiler))


def _load(people: list[Signer], target: bytes, until: int, sizes: tuple[int, int, int]) -> list[list[bytes]]:
    """Blocks of signed calls. sizes: meters, blocks, calls of a block."""
    meters, blocks, per_block = sizes
    return [
        [
            signed(
                people[number % len(people)],
                (block + 1) * 10**6 + number,
                (Call(target, "read", (f"meter-{(number * 7919) % meters}", 1)),),
                until,
                200_000,
            )
            for number in range(per_block)
        ]
        for block in range(blocks)
    ]


def _rate(
    chain: BenchChain, pool: VerifierPool, load: list[list[bytes]], people: list[Signer], seq: int
) -> tuple[float, int]:
    """Calls in a second with everything; and the number of the next envelope."""
    pool.begin(checks_of(chain, people, load[0]))()
    count = 0
    started = time.perf_counter()
    for number, raws in enumerate(load[:-1]):
        finish = pool.begin(checks_of(chain, people, load[number + 1]))
        seq = _run_calls(chain, raws, seq)
        finish()
        count += len(raws)
    chain.settle()
    return count / (time.perf_counter() - started), _run_calls(chain, load[-1], seq)


def _parts(
    chain: BenchChain, engine: PythonEngine, pool: VerifierPool, load: list[list[bytes]], people: list[Signer], seq: int
) -> tuple[list[Figure], int]:
    """What a call takes when its signature was verified before, block by block; and the number of the next envelope."""
    spans: list[float] = []
    node: list[float] = []
    jail: list[float] = []
    for raws in load:
        pool.begin(checks_of(chain, people, raws))()
        chain.settle()
        before = time.perf_counter(), time.process_time(), _workers_seconds(engine)
        seq = _run_calls(chain, raws, seq)
        chain.settle()
        after = time.perf_counter(), time.process_time(), _workers_seconds(engine)
        for found, start, end in zip((spans, node, jail), before, after, strict=True):
            found.append((end - start) * 1e6 / len(raws))
    return [
        at_most("call_in_jail_batched", statistics.median(jail), "us of processor", GOAL_JAIL_US),
        at_most("call_without_signature", statistics.median(spans), "us", GOAL_CALL_US[back_end()]),
        Figure("call_in_node", round(statistics.median(node), 3), "us of processor"),
    ], seq


def _deploys(
    chain: BenchChain, engine: PythonEngine, person: Signer, numbers: tuple[int, int, int]
) -> tuple[Figure, Figure]:
    """Deploys of a long contract. numbers: time until which they are valid, number of the next envelope, tries."""
    until, seq, tries = numbers
    clocks = time.perf_counter, lambda: time.process_time() + _workers_seconds(engine)
    times, spent = deploy_times(chain, person, (until, seq, tries), clocks)
    return (
        at_most("deploy_500_lines", statistics.median(times), "ms", GOAL_DEPLOY_MS),
        Figure("deploy_500_lines_of_processor", round(statistics.median(spent), 3), "ms"),
    )


def _workers_seconds(engine: PythonEngine) -> float:
    """Processor time of the engine's workers, from their clocks: on Linux number ~pid * 8 + 2 (clock_getcpuclockid)."""
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in engine.processes)
