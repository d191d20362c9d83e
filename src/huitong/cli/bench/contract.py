"""`bench contract`: calls of the metering contract through the jail, verified and durable, without HTTP."""

import cProfile
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
from .kernel import checks_of, envelopes_of, profile_lines
from .report import Report, at_least, back_end, report

GOAL: Final = 4_000.0
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
    *, meters: int = 1_000, blocks: int = 8, per_block: int = 1_000, workers: int = 1, suite: Suite = INTERNATIONAL
) -> Report:
    """Each call reads one record, writes it and emits an event; a process verifies the next block meanwhile."""
    people = signers(20, suite)
    with tempfile.TemporaryDirectory(prefix="huitong-bench-") as folder:
        chain = BenchChain(Path(folder) / "store", people, (), (PythonEngine(),), suite)
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
            load = [
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
                for block in range(blocks + 2)
            ]
            rate, profile = _measure(chain, pool, load, people, seq)
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
    return report("contract", parameters, [at_least("calls", rate, "calls/s", GOAL)], profile)


def _measure(
    chain: BenchChain, pool: VerifierPool, load: list[list[bytes]], people: list[Signer], seq: int
) -> tuple[float, list[str]]:
    pool.begin(checks_of(chain, people, load[0]))()
    count = 0
    started = time.perf_counter()
    for number, raws in enumerate(load[:-1]):
        finish = pool.begin(checks_of(chain, people, load[number + 1]))
        seq = _run_calls(chain, raws, seq)
        finish()
        count += len(raws)
    chain.settle()
    elapsed = time.perf_counter() - started
    profiler = cProfile.Profile()
    profiler.runcall(_run_calls, chain, load[-1], seq)
    return count / elapsed, profile_lines(profiler)
