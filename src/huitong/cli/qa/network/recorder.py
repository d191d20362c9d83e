"""Load that remembers: what clients were told to be committed, and what they were left in doubt about."""

import asyncio
import threading
from collections.abc import Sequence
from typing import Final

import msgspec

from huitong.api.client import AsyncClient, Signed, Wallet
from huitong.node import Identity
from huitong.types import HuitongError

BATCH: Final = 8
PAUSE_S: Final = 0.02
AFTER_FAILURE_S: Final = 0.3
WAIT_S: Final = 8.0
GAS_LIMIT: Final = 200_000


class Told(msgspec.Struct, frozen=True):
    """A transaction that a gateway told to be committed."""

    tx_id: bytes
    height: int


class Recorder:
    """Sends meter readings to gateways in a thread of its own until it is stopped."""

    def __init__(self, urls: Sequence[str], people: Sequence[Identity], contract: bytes) -> None:
        """urls, people: a gateway and who sends there."""
        self._sources = list(zip(urls, people, strict=True))
        self._contract = contract
        self.told: list[Told] = []
        self.sent: list[bytes] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="load", daemon=True)

    def start(self) -> "Recorder":
        """Begin."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Send no more and wait for the last answers."""
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        await asyncio.gather(*(self._feed(url, person) for url, person in self._sources))

    async def _feed(self, url: str, person: Identity) -> None:
        async with AsyncClient(url, Wallet.of(person.key_kind, person.secret)) as client:
            while not self._stop.is_set():
                try:
                    await self._batch(client, f"m-{person.organisation}")
                except HuitongError as error:
                    self.failures.append(f"{url}: HT{int(error.code)} {error}"[:200])
                    await asyncio.sleep(AFTER_FAILURE_S)
                await asyncio.sleep(PAUSE_S)

    async def _batch(self, client: AsyncClient, meter: str) -> None:
        call = (self._contract, "read", [meter, 1])
        signed: list[Signed] = [await client.sign([call], gas_limit=GAS_LIMIT) for _ in range(BATCH)]
        self.sent += [one.tx_id for one in signed]
        for one, answer in zip(signed, await client.submit_many(signed, timeout_s=WAIT_S), strict=True):
            if answer.answer == "committed" and answer.height is not None:
                self.told.append(Told(one.tx_id, answer.height))
            elif answer.error is not None:
                self.failures.append(f"{answer.answer}: {answer.error.code} {answer.error.cause}"[:200])
