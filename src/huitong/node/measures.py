"""What a node counts of its chain, beside the gateway's requests: served at /metrics. `docs/metrics.md` lists it."""

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from huitong import __version__
from huitong.engine import CommittedBlock
from huitong.types import HuitongError, is_rejection

from .wiring import Parts

NS: Final = 1e9


class ChainMeasures:
    """Counts committed blocks from its start on. `start` and `stop` once each, in the node's event loop."""

    def __init__(self, registry: CollectorRegistry, parts: Parts, home: Path) -> None:
        engine = self._engine = parts.engine
        self._task: asyncio.Task[None] | None = None
        self._blocks = Counter("huitong_blocks", "Blocks committed since the start.", registry=registry)
        self._transactions = Counter(
            "huitong_transactions",
            "Transactions in blocks since the start, by answer: committed, failed, rejected.",
            ("answer",),
            registry=registry,
        )
        self._gas = Counter("huitong_gas", "Gas used in blocks since the start.", registry=registry)
        self._time = Gauge("huitong_chain_time_seconds", "Time of the newest block, since 1970.", registry=registry)
        for answer in ("committed", "failed", "rejected"):
            self._transactions.labels(answer)
        gauges = (
            ("huitong_chain_height", "Newest committed block.", lambda: engine.height),
            ("huitong_pool_transactions", "Transactions that wait for a block.", lambda: engine.waiting),
            ("huitong_engine_halted", "1 when no more blocks are made.", lambda: int(engine.halted is not None)),
            ("huitong_disk_free_bytes", "Room on the disk of the node's folder.", lambda: shutil.disk_usage(home).free),
        )
        for name, meaning, value in gauges:
            Gauge(name, meaning, registry=registry).set_function(value)
        Gauge(
            "huitong_build_info", "1, with what runs here.", ("version", "engine", "suite"), registry=registry
        ).labels(__version__, engine.name, parts.suite.name).set(1)
        ProcessCollector(registry=registry)

    def start(self) -> None:
        """Begin to count."""
        self._task = asyncio.create_task(self._follow(), name="measures")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(HuitongError):  # behind by too many blocks: go on from here
                async for block in self._engine.subscribe():
                    self._count(block)
                return

    def _count(self, block: CommittedBlock) -> None:
        self._blocks.inc()
        self._time.set(block.signed.header.time_ns / NS)
        for envelope in block.results:
            self._gas.inc(envelope.gas_used)
            for item in envelope.transactions:
                code = item.receipt.code
                answer = "committed" if code == 0 else "rejected" if is_rejection(code) else "failed"
                self._transactions.labels(answer).inc()
