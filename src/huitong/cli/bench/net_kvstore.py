"""The engine's own limit: CometBFT with its kvstore, the same settings, and envelopes as large as ours."""

import asyncio
import base64
import contextlib
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx

from huitong.cli.net.plan import home_of, make_network
from huitong.crypto import INTERNATIONAL
from huitong.engine.cometbft.home import rpc_url
from huitong.engine.cometbft.program import build_program, find_program
from huitong.node.comet import comet_folder

FIRST_PORT: Final = 18_000
TRANSACTIONS: Final = 400
"""In one envelope."""
CALL_BYTES: Final = 250
"""Of a signed call of the metering contract."""
AHEAD: Final = 4
"""Envelopes that stand in the pool for each node; more of them slow it down."""
_START_S: Final = 60


def kvstore_rate(nodes: int, seconds: float, payload: int) -> float:
    """Return envelopes per second that CometBFT commits when it executes nothing. payload: bytes beside each call."""
    program = find_program() or build_program()
    size = TRANSACTIONS * (CALL_BYTES + payload)
    with TemporaryDirectory(prefix="huitong-kvstore-") as folder, _running(Path(folder), nodes, program) as urls:
        return asyncio.run(_measure(urls, seconds, size))


@contextlib.contextmanager
def _running(folder: Path, nodes: int, program: Path) -> Iterator[list[str]]:
    plan = make_network(folder, nodes, INTERNATIONAL, "near", FIRST_PORT)
    homes = [comet_folder(home_of(folder, one)) for one in plan.participants]
    started = []
    try:
        for home in homes:
            with (home / "log").open("wb") as log:
                command = [str(program), "start", "--home", str(home), "--proxy_app", "kvstore"]
                started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log))  # noqa: S603 (the program that was found)
        yield [rpc_url(home) for home in homes]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)


async def _measure(urls: list[str], seconds: float, size: int) -> float:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        await _ready(http, urls)
        first = await _height(http, urls[0])
        begun = time.perf_counter()
        await asyncio.gather(*(_feed(http, url, begun + seconds, size) for url in urls))
        last = await _height(http, urls[0])
        elapsed = time.perf_counter() - begun
        committed = 0
        for height in range(first + 1, last + 1):
            block = await _ask(http, urls[0], "block", height=str(height))
            committed += len(block["block"]["data"]["txs"] or ())
    return committed / elapsed


async def _ready(http: httpx.AsyncClient, urls: list[str]) -> None:
    deadline = time.perf_counter() + _START_S
    for url in urls:
        while True:
            try:
                if await _height(http, url):
                    break
            except (httpx.HTTPError, KeyError):
                pass
            if time.perf_counter() > deadline:
                raise TimeoutError(f"CometBFT's kvstore at {url} has no block after {_START_S} s")
            await asyncio.sleep(0.1)


async def _feed(http: httpx.AsyncClient, url: str, end: float, size: int) -> None:
    """Keep a few envelopes of one node in the pool."""
    ours = 0
    while time.perf_counter() < end:
        waiting = int((await _ask(http, url, "num_unconfirmed_txs"))["n_txs"])
        if waiting >= AHEAD:
            await asyncio.sleep(0.02)
            continue
        for _ in range(AHEAD - waiting):
            await _ask(http, url, "broadcast_tx_sync", tx=base64.b64encode(_envelope(size)).decode())
            ours += 1


def _envelope(size: int) -> bytes:
    """Bytes that cannot be compressed, in the form that the kvstore takes: key=value."""
    value = os.urandom(size).replace(b"=", b"-").replace(b":", b"-")
    return secrets.token_hex(8).encode() + b"=" + value


async def _height(http: httpx.AsyncClient, url: str) -> int:
    return int((await _ask(http, url, "status"))["sync_info"]["latest_block_height"])


async def _ask(http: httpx.AsyncClient, url: str, method: str, **params: str) -> dict[str, Any]:
    question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    result: dict[str, Any] = (await http.post(url, json=question)).json()["result"]
    return result
