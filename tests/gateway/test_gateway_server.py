"""The real server on the loopback: ports, headers of a browser, graceful stop."""

import asyncio
import socket

import httpx
import pytest

from huitong.api import NodeApi
from huitong.gateway import Gateway, GatewayServer, GatewaySettings, bind
from huitong.gateway.server import serving
from huitong.types import Code, HuitongError

OCTETS = {"content-type": "application/octet-stream"}


def test_next_free_port():
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with bind("127.0.0.1", port) as following:
            assert following.getsockname()[1] > port


def test_no_free_port():
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(HuitongError) as refused:
            bind("127.0.0.1", port, tries=1)
    assert refused.value.code is Code.PORT_TAKEN
    assert refused.value.data["port"] == port


def test_address_of_another_machine():
    with pytest.raises(HuitongError) as refused:
        bind("192.0.2.1", 0)
    assert refused.value.code is Code.NODE_CONFIGURATION


async def test_serves_and_stops(gateway, signed):
    async with serving(gateway, bind("127.0.0.1", 0)) as server, httpx.AsyncClient(base_url=server.url) as client:
        answer = await client.post("/api/v1/transactions", content=signed(), headers=OCTETS)
        assert answer.json()["answer"] == "committed"
        assert "server" not in answer.headers
        assert (await client.get("/api/v1/status", headers={"host": "evil.example"})).status_code == 421
        url = server.url
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{url}/api/v1/status")


async def raw_answer(port, request):
    """Send bytes and return everything that comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n", b"HT8003"),
        (b"GET /api/v1/status HTTP/1.1\r\n\r\n", b"HT8003"),
        (b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", b"HT8001"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HT8001"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 11_000, b"HT8001"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 70_000, b"HT8001"),
        (b"\x00\x01\x02\r\n\r\n", b"HT8001"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"HT8001"),
    ],
)
async def test_what_is_no_good_http_gets_a_problem_and_the_connection_closes(gateway, request_bytes, code):
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        answer = await raw_answer(server.port, request_bytes)
        assert b"application/problem+json" in answer
        assert code in answer


async def test_head_that_comes_in_small_pieces_and_a_large_body_are_no_long_head(gateway, signed):
    raw = signed(args=("k", "v" * 2000))
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        for _ in range(40):
            head = (
                f"POST /api/v1/transactions?wait=accepted HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(raw)}\r\n"
            )
            writer.write(head.encode())
            await writer.drain()
            writer.write(b"Content-Type: application/octet-stream\r\n\r\n" + raw)
            assert await asyncio.wait_for(reader.readline(), 5) in (
                b"HTTP/1.1 202 Accepted\r\n",
                b"HTTP/1.1 422 Unprocessable Entity\r\n",
                b"HTTP/1.1 409 Conflict\r\n",
            )
            length = 0
            while (line := await reader.readline()) != b"\r\n":
                if line.startswith(b"content-length: "):
                    length = int(line.split()[1])
            await reader.readexactly(length)
        writer.close()


async def test_stop_finishes_running_requests_and_ends_streams(gateway, node, signed):
    node.delay = 0.3
    bound = bind("127.0.0.1", 0)
    server = GatewayServer(gateway, bound)
    await server.start()
    async with httpx.AsyncClient(base_url=server.url) as client:
        running = asyncio.create_task(client.post("/api/v1/transactions", content=signed(), headers=OCTETS))
        async with client.stream("GET", "/api/v1/events") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "retry: 1000"
            await asyncio.wait_for(node.begun.wait(), 5)
            await asyncio.wait_for(server.stop(), 8)
            async for _ in lines:
                pass
        assert (await running).json()["answer"] == "committed"
    assert bound.fileno() == -1


async def test_start_that_fails_says_so(gateway):
    closed = socket.socket()
    closed.close()
    server = GatewayServer(gateway, closed)
    with pytest.raises(HuitongError) as refused:
        await server.start()
    assert refused.value.code is Code.NODE_CONFIGURATION


async def test_an_upgrade_is_served_as_http_without_advice_in_the_log(gateway, capfd):
    request = (
        b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n"
    )
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        answer = await raw_answer(server.port, request)
    assert answer.startswith(b"HTTP/1.1 200")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"GET /api/v1/sta", b"POST / H"])
async def test_a_head_that_does_not_come_in_time_is_given_up(node, begin):
    gateway = Gateway(NodeApi(node, node, node), GatewaySettings(head_timeout=0.2))
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        assert b"HT8015" in await raw_answer(server.port, begin)


async def test_bytes_that_trickle_do_not_keep_a_head_open(node):
    gateway = Gateway(NodeApi(node, node, node), GatewaySettings(head_timeout=0.3))
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET /api/v1/status HTTP/1.1\r\n")
        ended = asyncio.ensure_future(reader.read())
        async with asyncio.timeout(5):
            while not ended.done():
                writer.write(b"X: y\r\n")
                await asyncio.wait({ended}, timeout=0.02)
        assert b"HT8015" in await ended
        writer.close()


async def test_a_connection_that_says_nothing_is_closed_and_a_used_one_goes_on(node):
    gateway = Gateway(NodeApi(node, node, node), GatewaySettings(head_timeout=0.2))
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        assert await raw_answer(server.port, b"") == b""
        async with httpx.AsyncClient(base_url=server.url) as client:
            assert (await client.get("/api/v1/status")).status_code == 200
            await raw_answer(server.port, b"")  # as long as a head may take
            assert (await client.get("/api/v1/status")).status_code == 200


async def test_connections_are_bounded_and_places_are_given_back(node):
    gateway = Gateway(NodeApi(node, node, node), GatewaySettings(max_connections=2))
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        first = await asyncio.open_connection("127.0.0.1", server.port)
        second = await asyncio.open_connection("127.0.0.1", server.port)
        request = b"GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        second[1].write(request)
        assert b"200" in await asyncio.wait_for(second[0].readline(), 5)
        third = await asyncio.open_connection("127.0.0.1", server.port)
        fourth = await raw_answer(server.port, request)
        assert b"HT8023" in fourth or b"HT8023" in await asyncio.wait_for(third[0].read(), 5)
        for _, writer in (first, second, third):
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(5):  # the server learns of closed connections in its own time
            while b"200" not in await raw_answer(server.port, request):
                pass
