"""`bench kernel`: replay of signed transfers: opened, verified, executed, committed to the tree, durable on disk."""

import cProfile
import io
import pstats
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from huitong.crypto import INTERNATIONAL, Suite, merkle, module_address
from huitong.engine.verifier_pool import VerifierPool
from huitong.types import Call, Element, Envelope, EnvelopeHead, element_leaves, encode, envelope_sign_bytes
from huitong.types.registry import ModuleId, SuiteId, TransactionKind

from .chain import CHAIN_ID, SECOND, BenchChain, Signer, secret_key, signed, signers
from .report import Figure, Report, at_least, back_end, report
from .transfers import Transfers

GOALS = {SuiteId.INTERNATIONAL: 20_000.0, SuiteId.GUOMI: 22_000.0}
"""With the native crate, on two cores."""


def make_accounts(count: int) -> list[bytes]:
    """Accounts of 20 bytes."""
    return [INTERNATIONAL.hash(b"account %d" % number)[:20] for number in range(count)]


def envelopes_of(chain: BenchChain, raws: list[bytes], first_seq: int) -> tuple[bytes, ...]:
    """Envelopes of at most 1,500 transactions (about 400 KiB)."""
    made = []
    for seq, start in enumerate(range(0, len(raws), 1500), start=first_seq):
        txs = tuple(Element(TransactionKind.NATIVE, raw) for raw in raws[start : start + 1500])
        root = merkle.root(element_leaves(txs), chain.kernel.suite.hash)
        head = EnvelopeHead(1, CHAIN_ID, chain.packer.gateway, seq, chain.time_ns + 600 * SECOND, 10**11, root)
        signature = secret_key("gateway").sign(envelope_sign_bytes(head))
        made.append(encode(Envelope(1, CHAIN_ID, head.gateway, seq, head.expiry, head.gas_limit, root, txs, signature)))
    return tuple(made)


def _transfers(people: list[Signer], accounts: list[bytes], count: int, offset: int, until: int) -> list[bytes]:
    chance = random.Random(offset)  # noqa: S311 - a repeatable load
    target = module_address(ModuleId.BENCH)
    return [
        signed(
            people[number % len(people)],
            offset + number,
            (Call(target, "transfer", (chance.choice(accounts), chance.choice(accounts), 1)),),
            until,
        )
        for number in range(count)
    ]


def run(
    *,
    accounts: int = 1_000_000,
    blocks: int = 10,
    per_block: int = 5_000,
    workers: int = 1,
    suite: Suite = INTERNATIONAL,
) -> Report:
    """Replay `blocks` blocks: while one is executed, the one before is written and the next one's signatures verified.

    workers: threads (with the native crate) or processes that verify.
    """
    people, names = signers(100, suite), make_accounts(accounts)
    with tempfile.TemporaryDirectory(prefix="huitong-bench-") as folder:
        chain = BenchChain(Path(folder) / "store", people, (Transfers(names),), (), suite)
        pool = VerifierPool(chain.verdicts, workers)
        pool.start()
        until = chain.time_ns + 500 * SECOND
        load, seq = [], 1
        for number in range(blocks + 1):
            raws = _transfers(people, names, per_block, number * per_block, until)
            load.append((raws, envelopes_of(chain, raws, seq)))
            seq += len(load[-1][1])
        try:
            figures = _replay(chain, pool, load, people)
        finally:
            pool.close()
            chain.close()
    rate, walls, profile = figures
    parameters = {"accounts": accounts, "blocks": blocks, "per_block": per_block, "workers": workers,
                  "signers": len(people), "suite": suite.name, "key": suite.key_kind.name, "tree": back_end(),
                  "durable": True}  # fmt: skip
    return report(
        "kernel",
        parameters,
        [
            at_least("transfers", rate, "tx/s", GOALS[suite.id]),
            Figure("slowest_block", round(per_block / max(walls), 1), "tx/s"),
        ],
        profile,
    )


def checks_of(chain: BenchChain, people: list[Signer], raws: list[bytes]) -> list[tuple[int, bytes, bytes, bytes]]:
    """Open transactions (the kernel keeps the opened form) and list their signatures."""
    by_address = {one.address: one for one in people}
    checks: list[tuple[int, bytes, bytes, bytes]] = []
    for raw in raws:
        opened = chain.kernel.open_transaction(raw)
        key = by_address[opened.body.sender].key
        checks.append((key.kind, key.public_key, opened.message, opened.proofs[0]))
    return checks


def _replay(
    chain: BenchChain, pool: VerifierPool, load: list[tuple[list[bytes], tuple[bytes, ...]]], people: list[Signer]
) -> tuple[float, list[float], list[str]]:
    walls: list[float] = []
    profiler = cProfile.Profile()
    count = 0
    pool.begin(checks_of(chain, people, load[0][0]))()
    started = time.perf_counter()
    for number, (raws, envelopes) in enumerate(load[:-1]):
        begun = time.perf_counter()
        finish = pool.begin(checks_of(chain, people, load[number + 1][0]))
        result = chain.run_block(envelopes)
        finish()
        walls.append(time.perf_counter() - begun)
        bad = [item.reason for item in result.envelopes if item.code]
        assert not bad, bad
        codes = {one.receipt.code for item in result.envelopes for one in item.transactions}
        assert codes == {0}, codes
        count += len(raws)
    chain.settle()
    elapsed = time.perf_counter() - started
    profiler.runcall(chain.run_block, load[-1][1])
    return count / elapsed, walls, profile_lines(profiler)


def profile_lines(profiler: cProfile.Profile, count: int = 18) -> list[str]:
    """Most expensive functions by their own time."""
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(count)
    return [line.strip() for line in text.getvalue().splitlines() if line.strip()][3:]


def main(**options: Any) -> Report:
    """Entry for the command."""
    return run(**{name: value for name, value in options.items() if value is not None})
