"""Each setting changes what a running node does."""

import asyncio

import httpx
import pytest

from huitong.cli.commands.dev import prepare
from huitong.node import Home, Node
from huitong.node.configuration import load
from huitong.node.settings import settings_of

SETTINGS = """
[gateway]
host = "127.0.0.1"
port = 0
names = ["node.example"]
origins = ["https://console.example"]
max_body = 4096
max_batch_body = 8192
max_batch = 2
default_wait = 0.2
max_wait = 0.4
request_timeout = 0.5
heartbeat = 0.1
max_streams = 1

[contracts]
workers = 3

[consensus]
block_seconds = 0.3

[pool]
max_transactions = 7
max_bytes = 5000
verifier_workers = 0

[store]
state_cache = 2000000
tree_cache = 3000000
"""
BATCH = "/api/v1/transactions/batch"


@pytest.fixture
async def node(tmp_path):
    home = Home(tmp_path / "chain")
    prepare(home, ())
    home.settings_file.write_text(SETTINGS)
    node = Node(home, settings_of(load(home.settings_file, {}).configuration, None))
    await node.start()
    yield node
    await node.stop()


@pytest.fixture
async def http(node):
    async with httpx.AsyncClient(base_url=node.url) as client:
        yield client


async def test_names_and_origins(http):
    for name, status in (("node.example", 200), ("other.example", 421)):
        assert (await http.get("/api/v1/status", headers={"host": name})).status_code == status
    answer = await http.get("/api/v1/status", headers={"origin": "https://console.example"})
    assert answer.headers["access-control-allow-origin"] == "https://console.example"


async def test_sizes_of_bodies_and_batches(http):
    async def code(path: str, content: bytes, kind: str) -> str:
        answer = await http.post(path, content=content, headers={"content-type": kind})
        return str(answer.json()["code"])

    assert await code("/api/v1/transactions", bytes(4097), "application/octet-stream") == "HT8002"
    assert await code("/api/v1/transactions", bytes(4096), "application/octet-stream") != "HT8002"
    assert await code(BATCH, bytes(8193), "application/x-msgpack") == "HT8002"
    assert await code(BATCH, b"\x93\xc4\x01a\xc4\x01b\xc4\x01c", "application/x-msgpack") == "HT8001"


async def test_streams_and_their_heartbeat(http):
    async with http.stream("GET", "/api/v1/events") as first:
        assert first.status_code == 200
        assert (await http.get("/api/v1/events")).status_code == 503
        async with asyncio.timeout(5):
            async for line in first.aiter_lines():
                if line.startswith(": heartbeat"):
                    break


async def test_a_body_that_does_not_come_is_given_up(node):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(node.url.rpartition(":")[2]))
    writer.write(b"POST /api/v1/views HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n")
    writer.write(b"content-length: 10\r\n\r\n{")
    async with asyncio.timeout(5):
        assert b" 408 " in await reader.readline() or b"HT8015" in await reader.read(4096)
    writer.close()


async def test_the_pool_is_full_at_its_bounds(node):
    pool = node.parts.engine._pool
    assert (pool._max_waiting, pool._max_bytes) == (7, 5000)


async def test_workers_and_pace(node):
    parts = node.parts
    assert parts.contracts._pool._size == 3
    assert parts.engine._pace._seconds == 0.3
    assert parts.engine._verifiers._workers == 0
