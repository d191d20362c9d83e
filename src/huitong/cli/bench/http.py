"""`bench http`: batches of signed transactions over HTTP, counted when committed and durable."""

import asyncio
import time
from functools import partial
from typing import Any

from huitong.api.client import AsyncClient, Signed, Wallet
from huitong.cli.bench.contract import SOURCE
from huitong.crypto import INTERNATIONAL, Suite, encryption_public_key, module_address
from huitong.node import identities
from huitong.types.registry import ModuleId
from huitong.vm.python.source import compile_source

from .report import Figure, Report, at_least, percentiles, report
from .server import development_node

GOAL = 6_000.0


def run(*, batches: int = 120, size: int = 100, clients: int = 6, suite: Suite = INTERNATIONAL) -> Report:
    """Clients send batches and wait for each; transactions are signed before the clock starts.

    Two loads: identity acts (the goal), and calls of the metering contract, which the jail executes.
    """
    with development_node(suite) as url:
        native, native_ms = asyncio.run(_measure(url, suite, batches, size, clients, contract=False))
        metering, metering_ms = asyncio.run(_measure(url, suite, batches, size, clients, contract=True))
    parameters = {"batches": batches, "size": size, "clients": clients, "suite": suite.name,
                  "wait": "committed"}  # fmt: skip
    figures: list[Figure] = [
        at_least("native", native, "tx/s", GOAL),
        *percentiles("native_batch", native_ms),
        Figure("metering", round(metering, 1), "calls/s"),
        *percentiles("metering_batch", metering_ms),
    ]
    return report("http", parameters, figures)


async def _measure(
    url: str, suite: Suite, batches: int, size: int, clients: int, *, contract: bool
) -> tuple[float, list[float]]:
    person = identities(suite)[0]
    async with AsyncClient(url, Wallet.of(person.key_kind, person.secret, suite=suite)) as client:
        call = await _metering(client) if contract else partial(_native, suite)
        load = [[await _sign(client, call, number * size + one) for one in range(size)] for number in range(batches)]
        latencies: list[float] = []
        queue = iter(load)

        async def worker() -> None:
            for batch in queue:
                begun = time.perf_counter()
                answers = await client.submit_many(batch)
                latencies.append((time.perf_counter() - begun) * 1000)
                wrong = [answer for answer in answers if answer.answer != "committed"]
                assert not wrong, wrong[0]

        started = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(clients)))
        return batches * size / (time.perf_counter() - started), latencies


async def _sign(client: AsyncClient, call: Any, number: int) -> Signed:
    return await client.sign([call(number)], gas_limit=200_000)


def _native(suite: Suite, number: int) -> tuple[bytes, str, list[Any]]:
    key = encryption_public_key(suite.encryption_kind, suite.hash(b"%d" % number))
    return module_address(ModuleId.IDENTITY), "set_encryption_key", [key]


async def _metering(client: AsyncClient) -> Any:
    source = SOURCE.read_text()
    address = await client.deploy(compile_source(source, SOURCE.name), name="metering", source=source.encode())
    await client.call(address, "register", "meter")

    def call(number: int) -> tuple[bytes, str, list[Any]]:
        return address, "read", ["meter", number % 5]

    return call
