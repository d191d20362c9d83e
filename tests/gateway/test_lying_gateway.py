"""A client that trusts no gateway, before a real node whose gateway lies."""

import json

import httpx
import msgspec
import pytest
import pytest_asyncio
from faces import Faces, changing

from huitong.api.client import AsyncClient, TransactionFailed, Wallet, returned
from huitong.api.values import from_hex
from huitong.cli.commands.dev import prepare
from huitong.crypto import INTERNATIONAL, verify_bundle
from huitong.crypto.bundle import live_trust_document
from huitong.crypto.bundle_wire import to_block
from huitong.node import Home, Node, NodeSettings, identities
from huitong.state import keys
from huitong.types import Code, HuitongError, ProofInvalid
from huitong.types.bundle import decode_signed_header
from huitong.vm.python.source import compile_source

SOURCE = '''
from huitong.contract import Contract, Error, Event, Map, call, require, view


class Closed(Error):
    """The counter {name} takes no more."""
    name: str


class Counted(Event):
    name: str
    total: int


class Counter(Contract):
    """Counts."""

    totals: Map[str, int]

    @call
    def count(self, name: str) -> int:
        require(name != "closed", Closed(name=name))
        self.totals[name] = self.totals.get(name, 0) + 1
        Counted(name=name, total=self.totals[name]).emit()
        return self.totals[name]
'''
ALICE = next(one for one in identities(INTERNATIONAL) if one.id == "alice@hospital-a")
WALLET = Wallet.of(ALICE.key_kind, ALICE.secret)
pytestmark = pytest.mark.asyncio(loop_scope="module")
PARAMETERS = keys.PARAMETERS
DAY_NS = 24 * 3600 * 10**9


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory):
    home = Home(tmp_path_factory.mktemp("lies") / "chain")
    prepare(home, ())
    node = Node(home, NodeSettings(port=0, contract_workers=1))
    await node.start()
    async with AsyncClient(node.url, WALLET) as client:
        await client.deploy(compile_source(SOURCE, "counter.py"), name="counter", source=SOURCE.encode())
    yield node
    await node.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def trust(node):
    async with AsyncClient(node.url) as client:
        block = to_block(decode_signed_header(await client.signed_header(1)))
    return live_trust_document(block, INTERNATIONAL, DAY_NS)


@pytest_asyncio.fixture(loop_scope="module")
async def world(node, trust):
    """Makes clients of gateways with faces; all other names are honest."""
    opened = []

    def make(*hosts, **faces):
        transport = Faces(node.url, faces)
        http = httpx.AsyncClient(transport=transport)
        urls = [f"http://{host}" for host in hosts]
        client = AsyncClient(urls, WALLET, trust=trust, http=http)
        opened.append(http)
        return client, transport

    yield make
    for http in opened:
        await http.aclose()


def replaced(**fields):
    return lambda document: {**document, **fields}


def within(change):
    """Change the bundle inside a state answer."""
    return lambda document: {**document, "proof": change(document["proof"])}


def header(**fields):
    return lambda bundle: {**bundle, "header": {**bundle["header"], **fields}}


async def test_honest_answers_are_proved(world):
    client, _ = world("a", "b")
    answer = await client.call("counter", "count", "m", wait="proved")
    assert (answer.answer, returned(answer), answer.events[0].data["total"]) == ("committed", [1], "1")
    assert await client.transaction(from_hex(answer.tx_id, "id")) == answer
    found = await client.state("main", PARAMETERS)
    assert (found.height >= answer.height, found.value is not None) == (True, True)
    assert (await client.state("main", b"\x01absent")).value is None
    assert client.light.newest.height > 1
    with pytest.raises(TransactionFailed) as failed:
        await client.call("counter", "count", "closed", wait="proved")
    assert failed.value.data["error"] == "Closed"
    assert failed.value.answer.events == ()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (replaced(value="0x00"), "value is not what the proof shows"),
        (replaced(value=None), "value is not what the proof shows"),
        (replaced(height=7_000), "height is not what the proof shows"),
        (replaced(proof=None), "HT7001"),
        (within(lambda bundle: {**bundle, "fact": {**bundle["fact"], "value": "0x00"}}), "HT7002"),
        (within(lambda bundle: {**bundle, "fact": {**bundle["fact"], "proof": "0x00"}}), "HT7002"),
        (within(lambda bundle: {**bundle, "fact": {**bundle["fact"], "key": "0x01"}}), "HT7002"),
        (within(header(app_hash="0x" + "11" * 32)), "HT7003"),
        (within(header(height="1000000")), "HT7003"),
        (within(header(chain_id="other-1")), "HT7006"),
        (within(lambda bundle: {**bundle, "validators": []}), "HT7006"),
    ],
)
async def test_a_false_state_names_the_liar(world, change, reason):
    client, _ = world("liar", liar=changing("/state/", change))
    with pytest.raises(ProofInvalid) as caught:
        await client.state("main", PARAMETERS)
    assert caught.value.code == Code.ANSWER_NOT_PROVED
    assert caught.value.data["url"] == "http://liar"
    assert reason in caught.value.data["reason"]


async def test_another_gateway_is_asked_when_one_lies(world):
    client, _ = world("liar", "b", liar=changing("/state/", replaced(value="0x00")))
    found = await client.state("main", PARAMETERS)
    assert found.value not in (None, "0x00")
    first, second = client.gateways
    assert (first.failures, first.last_failure[:6], second.chosen) == (1, "HT7009", True)


async def test_a_proof_of_another_key_is_no_proof_of_this_one(world, node):
    async with AsyncClient(node.url) as plain:
        other = await plain.state("main", b"\x01absent", prove=True)

    def absent(document):
        return {**document, "value": None, "proof": json.loads(bytes(other.proof)), "height": other.height}

    client, _ = world("liar", liar=changing("/state/", absent))
    with pytest.raises(ProofInvalid) as caught:
        await client.state("main", PARAMETERS)
    assert (caught.value.code, caught.value.data["reason"]) == (
        Code.ANSWER_NOT_PROVED, "its proof is about something else",
    )  # fmt: skip


async def test_an_old_state_is_refused_after_a_newer_one_was_read(world, node):
    async with AsyncClient(node.url) as plain:
        old = await plain.state("main", PARAMETERS, prove=True)
    stale = changing("/state/", lambda _: msgspec.json.encode(old))
    client, _ = world("a", "stale", stale=stale)
    await client.call("counter", "count", "m", wait="proved")
    await client.state("main", PARAMETERS)
    only, _ = world("stale", stale=stale)
    assert (await only.state("main", PARAMETERS)).height == old.height  # nothing newer is known yet
    client._transport.failed(client._transport.order()[0], HuitongError(Code.NODE_UNREACHABLE, url="", reason=""))
    found = await client.state("main", PARAMETERS)
    assert found.height > old.height
    assert "was read before" in client.gateways[1].last_failure


@pytest.mark.parametrize(
    "change",
    [
        replaced(result=["7"]),
        replaced(return_bytes="0x9107"),
        replaced(gas_used="1"),
        replaced(height=1),
        replaced(answer="failed"),
        replaced(code=5000),
        replaced(payer="0x" + "11" * 20),
        replaced(events=[]),
        replaced(time_ns="1"),
        lambda document: {**document, "events": [{**document["events"][0], "data": {"total": "7"}}]},
        lambda document: {**document, "events": [{**document["events"][0], "emitter": "0x" + "11" * 20}]},
        lambda document: {**document, "events": document["events"] * 2},
    ],
)
async def test_a_false_receipt_names_the_liar(world, change):
    client, _ = world(
        "liar", liar=changing("/transactions", lambda found: change(found) if "tx_id" in found else found)
    )
    with pytest.raises(ProofInvalid) as caught:
        await client.call("counter", "count", "m", wait="proved")
    assert (caught.value.code, caught.value.data["url"]) == (Code.ANSWER_NOT_PROVED, "http://liar")


async def test_a_receipt_of_another_transaction_is_none_of_this_one(world, node):
    async with AsyncClient(node.url, WALLET) as plain:
        other = await plain.prove(from_hex((await plain.call("counter", "count", "m")).tx_id, "id"))
    client, _ = world("liar", liar=changing("/proof", lambda _: other))
    with pytest.raises(ProofInvalid) as caught:
        await client.call("counter", "count", "m", wait="proved")
    assert "something else" in caught.value.data["reason"]


async def test_a_lie_about_a_commit_is_undone_by_another_gateway(world, node):
    """The liar has the transaction: the next gateway finds it executed, once."""
    client, asked = world("liar", "b", liar=changing("/transactions", replaced(result=["7"])))
    before = returned(await client.call("counter", "count", "once", wait="committed"))
    assert before == [1]
    client._transport.answered(next(one for one in client._transport.order() if one.url == "http://liar"))
    answer = await client.call("counter", "count", "once", wait="proved")
    assert returned(answer) == [2]
    assert answer.result == ["2"]
    assert client.gateways[1].chosen
    sent = [host for host, method, path in asked.asked if (method, path) == ("POST", "/api/v1/transactions")]
    assert sent[-2:] == ["liar", "b"]


async def test_another_contract_under_a_name_is_not_called(world):
    client, asked = world("liar", liar=changing("/contracts/", replaced(address="0x" + "66" * 20)))
    answer = await client.call("counter", "count", "m", wait="proved")
    assert answer.answer == "committed"
    assert not any("/contracts/" in path for _, _, path in asked.asked)


async def test_a_gateway_of_another_chain_gets_no_transaction(world):
    client, asked = world("liar", liar=changing("/status", replaced(chain_id="other-1")))
    with pytest.raises(ProofInvalid) as caught:
        await client.call("counter", "count", "m")
    assert caught.value.code == Code.ANSWER_NOT_PROVED
    assert "other-1" in caught.value.data["reason"]
    assert not any(method == "POST" for _, method, _ in asked.asked)


async def test_a_header_of_a_witness_that_differs_stops_nothing_unless_it_is_signed(world):
    forged = changing("/headers/", lambda block: {**block, "header": {**block["header"], "app_hash": "0x" + "11" * 32}})
    client, _ = world("a", "liar", "c", liar=forged)
    await client.call("counter", "count", "m", wait="proved")
    assert client.gateways[1].last_failure.startswith("HT7003")
    alone, _ = world("a", "liar", liar=forged)
    with pytest.raises(ProofInvalid) as caught:
        await alone.call("counter", "count", "m", wait="proved")
    assert caught.value.code == Code.WITNESSES_SILENT


async def test_a_proof_for_others_is_verified_before_it_is_handed_on(world, trust):
    client, _ = world("a", "b")
    tx_id = from_hex((await client.call("counter", "count", "m")).tx_id, "id")
    assert verify_bundle(await client.prove(tx_id), trust, mode="archive").tx_id == tx_id
    forged = changing("/proof", lambda bundle: {**bundle, "header": {**bundle["header"], "app_hash": "0x" + "11" * 32}})
    liar, _ = world("liar", "b", liar=forged)
    assert verify_bundle(await liar.prove(tx_id), trust, mode="archive").tx_id == tx_id
    assert liar.gateways[0].failures == 1
