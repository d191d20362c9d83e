"""`bench net`: several organisations on this machine, under load, lonely and idle, beside CometBFT's own kvstore."""

import asyncio
import time
from pathlib import Path
from typing import Final

from huitong.api.client import AsyncClient, Wallet
from huitong.cli import logs
from huitong.cli.net.usage import Usage
from huitong.types.registry import KeyKind

from .contract import SOURCE
from .net_chain import BenchNetwork, Load, bench_network
from .net_kvstore import kvstore_rate
from .net_load import Outcome, Task
from .report import Figure, Report, at_least, at_most, back_end, percentiles, report

GOAL_RATE: Final = 2_500.0
GOAL_LONELY_MS: Final = 250.0
GOAL_IDLE_MS: Final = 500.0
GOAL_IDLE_PERCENT: Final = 2.0
SHARE: Final = 0.8
"""Of the saturated rate, at which latencies are measured."""
_NOTES: Final = Path(__file__).parent / "notes.py"
_HIGHEST: Final = 5_000
"""Transactions per second that the load is ready for."""


def run(
    *,
    nodes: int = 4,
    payload: int = 0,
    batch: int = 50,
    window: int = 16,
    seconds: int = 10,
    lonely: int = 40,
    idle: int = 20,
    kvstore: int = 1,
    secp256k1: int = 0,
    tls: int = 1,
) -> Report:
    """Measure one network.

    payload: bytes of text in each transaction, 0 for calls of the metering contract. batch: transactions of one
    request. window: requests that each gateway may hold at once while its limit is sought. lonely: transactions one
    after the other. idle: seconds. kvstore: 1 to measure CometBFT alone beside it. secp256k1: 1 for the keys of
    Ethereum wallets in place of Ed25519. tls: 1 for certificates on both sides between clients and gateways.
    """
    logs.configure()
    kind = KeyKind.SECP256K1 if secp256k1 else KeyKind.ED25519
    with bench_network(nodes, senders=kind, tls=bool(tls)) as network:
        address = asyncio.run(_prepare(network, payload))
        most = int(_HIGHEST * seconds)
        saturated, profile = _saturate(
            network, Task(network.sources(), address, payload, batch, seconds, 0, window, most)
        )
        rate = max(float(batch), SHARE * saturated)
        steady = Load(Task(network.sources(), address, payload, batch, seconds, rate, 0, 0)).run()
        figures = [
            at_least("saturation", saturated, "tx/s", GOAL_RATE) if nodes == 4 and not payload
            else Figure("saturation", round(saturated, 1), "tx/s"),
            Figure("offered", round(rate, 1), "tx/s"),
            Figure("committed", round(_rate(steady), 1), "tx/s"),
            Figure("failed", float(_failed(steady)), "tx"),
            Figure("load_late", round(steady.late_ms, 1), "ms"),
            *percentiles("batch_at_80_percent", [one.latency_ms for one in steady.sent]),
        ]  # fmt: skip
        recent, rested = asyncio.run(_lonely(network, address, lonely, payload))
        figures += percentiles("lonely", recent, GOAL_LONELY_MS)
        figures += percentiles("lonely_after_idling", rested, GOAL_IDLE_MS)
        figures.append(at_most("idle_per_organisation", _idle(network, idle), "% of a core", GOAL_IDLE_PERCENT))
    if kvstore:
        limit = kvstore_rate(nodes, seconds, payload)
        figures += [
            Figure("kvstore_envelopes", round(limit, 2), "envelopes/s"),
            Figure("kvstore", round(limit * 400, 1), "tx/s"),
            Figure("of_kvstore", round(saturated / (limit * 400), 3), "ratio"),
        ]
    parameters = {
        "nodes": nodes, "payload": payload, "batch": batch, "window": window, "seconds": seconds, "profile": "near",
        "suite": "international", "wait": "committed", "back_end": back_end(), "tls": bool(tls),
        "key": kind.name,
    }  # fmt: skip
    return report("net", parameters, figures, profile)


async def _prepare(network: BenchNetwork, payload: int) -> str:
    if payload:
        return (await network.deploy(_NOTES, "notes")).hex()
    return (await network.deploy(SOURCE, "metering", "register")).hex()


def _saturate(network: BenchNetwork, task: Task) -> tuple[float, list[str]]:
    """Return committed transactions per second with all gateways full, and where the CPU time went."""
    load = Load(task)
    before = network.usage()
    started = time.perf_counter()
    outcome = load.run()
    elapsed = time.perf_counter() - started
    used = network.usage().since(before)
    committed = sum(one.committed for one in outcome.sent)
    profile = _profile(used, elapsed, committed, len(task.sources))
    if outcome.failure:
        profile.append(f"first failure: {outcome.failure}")
    return _rate(outcome), profile


def _profile(used: Usage, elapsed: float, committed: int, nodes: int) -> list[str]:
    each = 1e6 / max(1, committed)
    lines = [f"{used.total / elapsed:.2f} of the cores busy with {nodes} nodes for {elapsed:.1f} s"]
    for name, seconds in (("nodes", used.node), ("CometBFT", used.cometbft), ("contract workers", used.contracts)):
        lines.append(f"{name}: {seconds:.1f} s of CPU, {seconds * each:.0f} us per transaction on all nodes together")
    return lines


def _rate(outcome: Outcome) -> float:
    return sum(one.committed for one in outcome.sent) / outcome.seconds


def _failed(outcome: Outcome) -> int:
    return sum(one.size - one.committed for one in outcome.sent)


async def _lonely(network: BenchNetwork, address: str, count: int, payload: int) -> tuple[list[float], list[float]]:
    """One transaction at a time: right after others, and after silences of a little over the engine's own pulse."""
    person = network.people[0]
    gateway = network.plan.participants[0]
    target = bytes.fromhex(address)
    args = ("write", "lonely", "x" * payload) if payload else ("read", "m-0-0", 1)
    recent: list[float] = []
    rested: list[float] = []
    wallet = Wallet.of(person.key_kind, person.secret)
    async with AsyncClient(gateway.url, wallet, tls=network.tls(gateway)) as client:
        for values, number, pause in ((recent, count, 0.05), (rested, max(3, count // 8), 4.0)):
            for _ in range(number):
                await asyncio.sleep(pause)
                begun = time.perf_counter()
                await client.call(target, *args, gas_limit=200_000)
                values.append((time.perf_counter() - begun) * 1000)
    return recent, rested


def _idle(network: BenchNetwork, seconds: int) -> float:
    """Percent of one core that the processes of one organisation use while nothing is sent."""
    time.sleep(2)  # what the last transaction caused is over
    before = network.usage()
    time.sleep(seconds)
    used = network.usage().since(before)
    return 100 * used.total / seconds / len(network.plan.participants)
