"""The client when connections break, answers are not a node's, and over event streams of a real server."""

import asyncio
import socket

import httpx
import msgspec
import pytest
import stamina

from huitong.api.client import AsyncClient, Draft, Wallet
from huitong.gateway import bind
from huitong.gateway.server import serving
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

CONTRACT = b"\x11" * 20
URL = "http://127.0.0.1:9640"


@pytest.fixture
def alice():
    return Wallet.of(KeyKind.ED25519, bytes([1]) * 32)


@pytest.fixture
async def served(gateway):
    """A real server of the gateway on the loopback."""
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        yield server


async def test_node_that_is_not_there(alice):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with stamina.set_testing(True, attempts=2):
            async with AsyncClient(url, alice) as client:
                with pytest.raises(HuitongError) as missing:
                    await client.status()
                assert missing.value.code is Code.NODE_UNREACHABLE
                assert missing.value.data["url"] == url
                signed = Draft.new(
                    "fake-1", [(CONTRACT, "put", ("k", 1))], sender=alice.address, payer=alice.address,
                    salt=bytes(8), valid_until=1, gas_limit=1, memo=b"",
                ).signed_by([alice])  # fmt: skip
                with pytest.raises(HuitongError) as missing:
                    await client.submit(signed)
                assert missing.value.code is Code.NODE_UNREACHABLE


async def test_connection_that_breaks_while_waiting_leaves_the_outcome_open(alice):
    """The transaction may have been taken, so it is not sent again by itself and its id is told."""
    received = 0

    async def take(reader, writer):
        nonlocal received
        received += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    signed = Draft.new(
        "fake-1", [(CONTRACT, "put", ("k", 1))], sender=alice.address, payer=alice.address, salt=bytes(8),
        valid_until=1, gas_limit=1, memo=b"",
    ).signed_by([alice])  # fmt: skip
    async with server, AsyncClient(url, alice) as client:
        with pytest.raises(HuitongError) as unknown:
            await client.submit(signed)
    assert unknown.value.code is Code.WAIT_TIMEOUT
    assert unknown.value.data["tx_id"] == "0x" + signed.tx_id.hex()
    assert received == 1


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "application/json", b"{"),
        (200, "application/json", b"[]"),
        (502, "text/html", b"<h1>proxy</h1>"),
        (400, "application/problem+json", b"{}"),
    ],
)
async def test_answers_of_something_else_than_a_node(alice, status, kind, body):
    def answer(request):
        return httpx.Response(status, content=body, headers={"content-type": kind})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(HuitongError) as invalid:
            await AsyncClient(URL, alice, http=http).status()
    assert invalid.value.code is Code.ANSWER_INVALID


async def test_read_is_repeated_after_a_broken_connection(node, alice):
    tries = 0
    status = await node.status()

    def answer(request):
        nonlocal tries
        tries += 1
        if tries < 3:
            raise httpx.ReadError("broken")
        return (
            httpx.Response(200, json={"x": 1})
            if request.url.path != "/api/v1/status"
            else httpx.Response(200, content=msgspec.json.encode(status))
        )

    with stamina.set_testing(True, attempts=4):
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            assert (await AsyncClient(URL, alice, http=http).status()).chain_id == "fake-1"
    assert tries == 3


async def test_events_over_a_real_connection_go_on_after_it_breaks(gateway, node, alice):
    bound = bind("127.0.0.1", 0)
    port = bound.getsockname()[1]
    seen = []
    async with AsyncClient(f"http://127.0.0.1:{port}", alice) as client:
        async with serving(gateway, bound):
            listening = client.events(after="0.0.1")
            for number in range(3):
                await client.call("ledger", "put", "k", number)
            seen += [await anext(listening) for _ in range(2)]
        gateway.streams.__init__(4)
        async with serving(gateway, bind("127.0.0.1", port)):
            await client.call("ledger", "put", "k", 9)
            seen += [await anext(listening) for _ in range(2)]
            await listening.aclose()
    assert [record.id for record in seen] == ["1.0.0", "2.0.0", "3.0.0", "4.0.0"]
    assert seen[-1].data == {"key": "k", "value": "9"}


async def test_events_that_are_no_longer_kept(served, alice):
    async with AsyncClient(served.url, alice) as client:
        with pytest.raises(HuitongError) as forgotten:
            await anext(client.events(after="0.0.0"))
    assert forgotten.value.code is Code.EVENTS_FORGOTTEN


async def test_refused_stream(served, alice):
    async with AsyncClient(served.url, alice) as client:
        with pytest.raises(HuitongError) as refused:
            await anext(client.events(after="x"))
    assert refused.value.code is Code.REQUEST_MALFORMED


@pytest.mark.parametrize(
    "url", ["", "node", "ftp://localhost", "http:///x", "http://localhost:99999999", "http://a\x00b"]
)
def test_addresses_that_are_none(alice, url):
    with pytest.raises(HuitongError) as refused:
        AsyncClient(url, alice)
    assert refused.value.code is Code.NODE_UNREACHABLE
