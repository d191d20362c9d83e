"""A client of several gateways: one that is away, silent, refuses, rejects falsely, or accepts and never commits."""

import asyncio
import socket

import httpx
import msgspec
import pytest
from faces import Faces, unreachable
from fake_node import FakeNode

from huitong.api import NodeApi, TransactionAnswer, error_answer, problem
from huitong.api.client import AsyncClient, TransactionRejected, WaitEnded, Wallet
from huitong.crypto import INTERNATIONAL, key_address
from huitong.gateway import Gateway, bind
from huitong.gateway.server import serving
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

TRANSACTIONS = "/api/v1/transactions"


@pytest.fixture
def alice():
    return Wallet.of(KeyKind.ED25519, bytes([1]) * 32)


@pytest.fixture
async def served(gateway):
    async with serving(gateway, bind("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
async def world(served, alice):
    """Makes a client of gateways with faces; all names lead to one chain."""
    opened = []

    def make(*hosts, patience_s=0.3, **faces):
        transport = Faces(served.url, faces)
        http = httpx.AsyncClient(transport=transport)
        opened.append(http)
        return AsyncClient([f"http://{host}" for host in hosts], alice, http=http, patience_s=patience_s), transport

    yield make
    for http in opened:
        await http.aclose()


def answering(request, code, transaction=None, **data):
    document = problem(code, data, transaction=transaction)
    kind = {"content-type": "application/problem+json"}
    return httpx.Response(document.status, headers=kind, content=msgspec.json.encode(document), request=request)


def refusing(code, **data):
    async def face(faces, request):
        return await faces.forward(request) if request.method == "GET" else answering(request, code, **data)

    return face


def rejecting(code, **data):
    """Says that a good transaction is none."""

    async def face(faces, request):
        if request.method == "GET":
            return await faces.forward(request)
        answer = TransactionAnswer(tx_id="0x", answer="rejected", code=int(code), error=error_answer(code, data))
        return answering(request, code, answer, **data)

    return face


async def censoring(faces, request):
    """Accepts every transaction, and keeps it to itself."""
    if request.method == "GET":
        return await faces.forward(request)
    data = {"tx_id": "0x", "wait": "committed", "seconds": 1, "answer": "accepted"}
    return answering(request, Code.WAIT_TIMEOUT, TransactionAnswer(tx_id="0x", answer="accepted"), **data)


async def swallowing(faces, request):
    """Passes the transaction on, and the connection breaks before the answer."""
    response = await faces.forward(request)
    if request.method == "POST":
        raise httpx.ReadError("broken", request=request)
    return response


def sent_to(transport):
    return [host for host, method, path in transport.asked if (method, path) == ("POST", TRANSACTIONS)]


@pytest.mark.parametrize(
    ("face", "last"),
    [
        (unreachable, "HT8007"),
        (refusing(Code.ENGINE_HALTED, reason="disk"), "HT6005"),
        (refusing(Code.STOPPING), "HT6004"),
        (censoring, "HT8006"),
    ],
    ids=["away", "halted", "stopping", "censoring"],
)
async def test_another_gateway_gets_the_same_transaction(world, node, face, last):
    client, transport = world("bad", "good", bad=face)
    await client.status()  # the clock of the chain is known
    client._transport.answered(next(one for one in client._transport.order() if one.url == "http://bad"))
    answer = await client.call(bytes([0x11]) * 20, "put", "k", 7)
    assert (answer.answer, node.values) == ("committed", {"k": 7})
    assert sent_to(transport) == ["bad", "good"]
    bad, good = client.gateways
    assert (bad.chosen, bad.failures, bad.last_failure[:6]) == (False, 1, last)
    assert (good.chosen, good.failures, good.last_failure) == (True, 0, "")
    await client.call(bytes([0x11]) * 20, "put", "k", 8)
    assert sent_to(transport) == ["bad", "good", "good"]


async def test_a_silent_gateway_is_left_after_the_patience(served, alice, node):
    """A real socket that takes the request and never answers."""
    heard = asyncio.Event()

    async def silent(reader, writer):
        await reader.read(10)
        heard.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with AsyncClient([served.url, url], alice, patience_s=0.2) as client:
        signed = await client.sign([(bytes([0x11]) * 20, "put", ("k", 1))])
    async with server, AsyncClient([url, served.url], alice, patience_s=0.2) as client:
        answer = await client.submit(signed)
    assert heard.is_set()
    assert (answer.answer, node.height) == ("committed", 1)
    assert client.gateways[0].last_failure.startswith("HT8006")


async def test_a_transaction_whose_answer_was_lost_is_found_and_not_executed_twice(world, node):
    client, transport = world("bad", "good", bad=swallowing)
    answer = await client.call(bytes([0x11]) * 20, "put", "k", 7)
    assert (answer.answer, answer.height, node.height) == ("committed", 1, 1)
    assert sent_to(transport) == ["bad", "good"]


async def test_a_false_rejection_is_not_believed(world, node):
    client, _ = world("bad", "good", bad=rejecting(Code.SIGNER_UNKNOWN, address="0x00"))
    assert (await client.call(bytes([0x11]) * 20, "put", "k", 7)).answer == "committed"
    assert node.height == 1


async def test_two_gateways_that_agree_are_believed(world):
    client, transport = world("a", "b", "c")
    with pytest.raises(TransactionRejected) as rejected:
        await client.call(bytes([0x11]) * 20, "put", "k", 7, wallet=Wallet.of(KeyKind.ED25519, bytes([9]) * 32))
    assert rejected.value.code == Code.SIGNER_UNKNOWN
    assert sent_to(transport) == ["a", "b"]


async def test_a_replay_of_the_callers_own_is_still_one(world):
    client, _ = world("a", "b")
    signed = await client.sign([(bytes([0x11]) * 20, "put", ("k", 1))])
    await client.submit(signed)
    with pytest.raises(TransactionRejected) as replayed:
        await client.submit(signed)
    assert replayed.value.code == Code.REPLAYED


async def test_when_all_censor_the_wait_ends_with_what_was_reached(world):
    client, transport = world("a", "b", a=censoring, b=censoring)
    with pytest.raises(WaitEnded) as ended:
        await client.submit(await client.sign([(bytes([0x11]) * 20, "put", ("k", 1))]), timeout_s=0.3)
    assert ended.value.answer.answer == "accepted"
    assert set(sent_to(transport)) == {"a", "b"}


async def test_when_nobody_is_reached_nothing_was_sent(world):
    client, _ = world("a", "b")
    signed = await client.sign([(bytes([0x11]) * 20, "put", ("k", 1))])
    other, _ = world("a", "b", a=unreachable, b=unreachable)
    with pytest.raises(HuitongError) as missing:
        await other.submit(signed)
    assert missing.value.code == Code.NODE_UNREACHABLE


async def test_a_failed_transaction_is_not_sent_again(world, node):
    client, transport = world("a", "b")
    with pytest.raises(HuitongError) as failed:
        await client.call(bytes([0x11]) * 20, "fail", "closed")
    assert failed.value.code == Code.REFUSED_BY_CONTRACT
    assert sent_to(transport) == ["a"]


async def test_reads_go_elsewhere_and_the_failed_gateway_rests(world):
    client, transport = world("bad", "good", bad=unreachable)
    assert (await client.status()).chain_id == "fake-1"
    await client.status()
    assert [host for host, _, _ in transport.asked] == ["bad", "good", "good"]
    assert [one.url for one in client._transport.order()] == ["http://good", "http://bad"]


async def test_a_refusal_of_the_chain_is_no_reason_to_ask_another(world):
    client, transport = world("a", "b")
    with pytest.raises(HuitongError) as missing:
        await client.describe("nothing")
    assert missing.value.code == Code.NOT_FOUND
    assert [host for host, _, _ in transport.asked] == ["a"]


async def test_events_go_on_at_another_gateway(served, alice):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with AsyncClient([served.url, away], alice) as client:
            answer = await client.call(bytes([0x11]) * 20, "put", "k", 7)
        async with AsyncClient([away, served.url], alice) as client:
            listening = client.events(after="0.0.1")
            record = await asyncio.wait_for(anext(listening), 10)
            await listening.aclose()
            assert client.gateways[0].last_failure.startswith("HT8007")
    assert record.tx_id == answer.tx_id


async def test_two_nodes_that_share_nothing_execute_once_each_at_most(keys, settings, alice):
    """Two fakes stand for two chains: the client stays with the one that answered, so the other never sees it."""
    nodes = [
        FakeNode(
            members={
                key_address(INTERNATIONAL, keys["alice"].kind, keys["alice"].public_key): (
                    "a@b",
                    keys["alice"].public_key,
                )
            }
        )
        for _ in range(2)
    ]
    async with (
        serving(Gateway(NodeApi(nodes[0], nodes[0], nodes[0]), settings), bind("127.0.0.1", 0)) as first,
        serving(Gateway(NodeApi(nodes[1], nodes[1], nodes[1]), settings), bind("127.0.0.1", 0)) as second,
        AsyncClient([first.url, second.url], alice) as client,
    ):
        await client.call(bytes([0x11]) * 20, "put", "k", 7)
        await client.call(bytes([0x11]) * 20, "put", "k", 8)
    assert [node.height for node in nodes] == [2, 0]


@pytest.mark.parametrize("depth", [2_000, 200_000])
async def test_a_deeply_nested_answer_is_an_invalid_one(alice, depth):
    body = b'{"chain_id": ' + b"[" * depth

    def answer(request):
        return httpx.Response(200, content=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        client = AsyncClient("http://127.0.0.1:1", alice, http=http)
        for question in (client.status(), client.view("ledger", "get", "k"), client.describe("ledger")):
            with pytest.raises(HuitongError) as invalid:
                await question
            assert invalid.value.code == Code.ANSWER_INVALID
