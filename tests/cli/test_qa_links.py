"""The links of `huitong qa network`: they carry, slow, silence and cut, and lose no byte that was not cut off."""

import asyncio
import time

import pytest

from huitong.cli.qa.network.field import Links
from huitong.cli.qa.network.proxy import Link, Order

PATIENCE = 20


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Echo:
    """A server that sends back what it gets, behind a link from node 0 to node 1."""

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        target = self.server.sockets[0].getsockname()[1]
        self.port = free_port()
        self.links = await asyncio.to_thread(Links, [Link(self.port, target, 0, 1)])

    async def serve(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def order(self, **changes):
        await asyncio.to_thread(self.links.order, Order(**changes))

    async def close(self):
        await asyncio.to_thread(self.links.close)
        self.server.close()


async def asked(connection, data):
    reader, writer = connection
    writer.write(data)
    async with asyncio.timeout(PATIENCE):
        return await reader.readexactly(len(data))


@pytest.fixture
async def echo():
    world = Echo()
    await world.start()
    # the first answer of the proxy says that it listens; an order comes after it
    await world.order()
    yield world
    await world.close()


async def test_bytes_arrive_in_their_order(echo):
    connection = await echo.connect()
    data = bytes(range(256)) * 2_000
    assert await asked(connection, data) == data
    connection[1].close()


async def test_a_delay_counts_both_ways(echo):
    connection = await echo.connect()
    await echo.order(delay_ms=150)
    begun = time.monotonic()
    assert await asked(connection, b"slow") == b"slow"
    assert time.monotonic() - begun >= 0.3
    connection[1].close()


async def test_a_silent_link_delivers_when_it_is_heard_again(echo):
    connection = await echo.connect()
    assert await asked(connection, b"before") == b"before"
    await echo.order(silent=((1, 0),))
    waiting = asyncio.create_task(asked(connection, b"kept"))
    done, _ = await asyncio.wait([waiting], timeout=0.5)
    assert not done
    await echo.order()
    assert await waiting == b"kept"
    connection[1].close()


async def test_a_cut_link_ends_and_refuses_connections(echo):
    connection = await echo.connect()
    assert await asked(connection, b"before") == b"before"
    await echo.order(cut=((0, 1),))
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asked(connection, b"never")
    refused = await echo.connect()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await asked(refused, b"never")
    await echo.order()
    again = await echo.connect()
    assert await asked(again, b"again") == b"again"
    for one in (connection, refused, again):
        one[1].close()
