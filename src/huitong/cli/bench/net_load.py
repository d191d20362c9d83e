"""Load on a network, as a process of its own: `python -m huitong.cli.bench.net_load` reads its task from its input.

Transactions are signed before the clock starts, so that the load costs the machine as little as it can: one request
for a batch of them, whose answer is searched for the word "committed", not decoded.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import httpx
import msgspec
import uvloop

from huitong.api.client import AsyncClient, Signed, Wallet
from huitong.api.client.tls import client_context
from huitong.types import encode

GAS_LIMIT: Final = 200_000
METERS: Final = 32
WAIT_S: Final = 30
_COMMITTED: Final = b'"answer":"committed"'


class Source(msgspec.Struct, frozen=True):
    """One gateway and the member that sends there. secret: hex. tls: folder of its clients' certificates, or none."""

    url: str
    key_kind: int
    secret: str
    tls: str | None = None

    def certificates(self) -> Path | None:
        """Folder for a client."""
        return None if self.tls is None else Path(self.tls)


class Task(msgspec.Struct, frozen=True):
    """What to send. contract: hex. payload: bytes of text, 0 for a meter reading. rate: transactions/s, 0 for a window.

    window: batches that each gateway may hold unanswered, when there is no rate.
    """

    sources: tuple[Source, ...]
    contract: str
    payload: int
    batch: int
    seconds: float
    rate: float
    window: int
    most: int


class Sent(msgspec.Struct, frozen=True):
    """One batch. latency_ms: from the moment it was due until all of it was told to be committed."""

    ended_s: float
    latency_ms: float
    committed: int
    size: int


class Outcome(msgspec.Struct, frozen=True):
    """What became of all batches. seconds: until the last answer. late_ms: how far the load itself lagged."""

    seconds: float
    late_ms: float
    sent: tuple[Sent, ...]
    failure: str = ""


class Loader:
    """Sends the batches of one task."""

    def __init__(self, task: Task, batches: list[list[Signed]], https: list[httpx.AsyncClient]) -> None:
        self._task = task
        self._bodies = [encode([one.raw for one in batch]) for batch in batches]
        self._https = https
        self._sent: list[Sent] = []
        self._failure = ""
        self._started = time.perf_counter()
        self._late = 0.0

    async def run(self) -> Outcome:
        """Send everything; returns when every batch has an answer."""
        self._started = time.perf_counter()
        await (self._open() if self._task.rate else self._closed())
        return Outcome(time.perf_counter() - self._started, self._late * 1000, tuple(self._sent), self._failure)

    async def _open(self) -> None:
        """At fixed moments, whatever became of those before."""
        async with asyncio.TaskGroup() as group:
            for number, body in enumerate(self._bodies):
                due = self._started + number * self._task.batch / self._task.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                self._late = max(self._late, time.perf_counter() - due)
                group.create_task(self._send(number % len(self._https), body, due))

    async def _closed(self) -> None:
        """As much as the gateways take: a bounded number of batches at a time, for the time of the task."""
        queues = [iter(self._bodies[place :: len(self._task.sources)]) for place in range(len(self._task.sources))]
        end = self._started + self._task.seconds

        async def worker(place: int, queue: Iterator[bytes]) -> None:
            for body in queue:
                now = time.perf_counter()
                if now > end:
                    return
                await self._send(place, body, now)

        pairs = list(enumerate(queues)) * self._task.window
        await asyncio.gather(*(worker(place, queue) for place, queue in pairs))

    async def _send(self, place: int, body: bytes, due: float) -> None:
        try:
            answer = await self._https[place].post(
                f"{self._task.sources[place].url}/api/v1/transactions/batch?wait=committed&timeout={WAIT_S}",
                content=body,
                headers={"content-type": "application/x-msgpack"},
            )
            content = answer.content
        except httpx.HTTPError as error:
            self._failure = self._failure or f"{type(error).__name__}: {error}"
            content = b""
        now = time.perf_counter()
        committed = content.count(_COMMITTED)
        if committed != self._task.batch and content:
            self._failure = self._failure or content[:400].decode(errors="replace")
        self._sent.append(Sent(now - self._started, (now - due) * 1000, committed, self._task.batch))


async def prepare(task: Task) -> list[list[Signed]]:
    """Sign all transactions of a task, batch by batch, for the gateways in turn."""
    wanted = task.rate * task.seconds if task.rate else task.most
    batches: list[list[Signed]] = []
    clients = []
    text = "x" * task.payload
    for source in task.sources:
        wallet = Wallet.of(source.key_kind, bytes.fromhex(source.secret))
        clients.append(AsyncClient(source.url, wallet, tls=source.certificates()))
    target = bytes.fromhex(task.contract)
    for number in range(max(1, int(wanted / task.batch))):
        place = number % len(clients)
        signed = []
        for one in range(task.batch):
            name = f"m-{place}-{one % METERS}"
            call = (target, "write", [name, text]) if task.payload else (target, "read", [name, 1])
            signed.append(await clients[place].sign([call], gas_limit=GAS_LIMIT))
        batches.append(signed)
    for client in clients:
        await client.close()
    return batches


async def main(task: Task) -> Outcome:
    """Prepare, then send."""
    batches = await prepare(task)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    async with AsyncExitStack() as stack:
        https = []
        for source in task.sources:
            verify = True if source.tls is None else client_context(Path(source.tls))
            http = httpx.AsyncClient(trust_env=False, limits=limits, timeout=2 * WAIT_S, verify=verify)
            https.append(await stack.enter_async_context(http))
        return await Loader(task, batches, https).run()


if __name__ == "__main__":
    outcome = uvloop.run(main(msgspec.json.decode(sys.stdin.readline(), type=Task)))
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n")
