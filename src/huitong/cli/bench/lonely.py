"""`bench lonely`: one client, one transaction at a time, committed and durable before the next is made."""

import asyncio
import time

from huitong.api.client import AsyncClient, Wallet
from huitong.crypto import INTERNATIONAL, Suite, encryption_public_key, module_address
from huitong.node import identities
from huitong.types.registry import ModuleId

from .report import Report, percentiles, report
from .server import development_node

GOAL_MS = 20.0
WARM_UP = 20


def run(*, transactions: int = 300, suite: Suite = INTERNATIONAL) -> Report:
    """Latency over HTTP as a client of this machine sees it: signing, request, block, fsync, answer."""
    with development_node(suite) as url:
        committed, proved = asyncio.run(_measure(url, transactions, suite))
    parameters = {"transactions": transactions, "call": "identity.set_encryption_key", "suite": suite.name}
    figures = [*percentiles("committed", committed, GOAL_MS), *percentiles("proved", proved)]
    return report("lonely", parameters, figures)


async def _measure(url: str, count: int, suite: Suite) -> tuple[list[float], list[float]]:
    person = identities(suite)[0]
    target = module_address(ModuleId.IDENTITY)
    latencies: dict[str, list[float]] = {"committed": [], "proved": []}
    async with AsyncClient(url, Wallet.of(person.key_kind, person.secret, suite=suite)) as client:
        for wait, values in latencies.items():
            for number in range(count + WARM_UP):
                value = encryption_public_key(suite.encryption_kind, suite.hash(f"{wait}{number}".encode()))
                started = time.perf_counter()
                await client.call(target, "set_encryption_key", value, wait=wait)  # type: ignore[arg-type]  # the words of Wait
                if number >= WARM_UP:
                    values.append((time.perf_counter() - started) * 1000)
    return latencies["committed"], latencies["proved"]
