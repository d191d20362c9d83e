"""A real node behind the gateway, a client over the loopback: the whole way of a transaction and its proof."""

import asyncio

import pytest

from huitong.api.client import AsyncClient, TransactionFailed, TransactionRejected, Wallet, returned
from huitong.cli.commands.dev import prepare
from huitong.crypto import INTERNATIONAL, verify_bundle
from huitong.node import Home, Node, NodeSettings, identities
from huitong.types import Code, Failed, HuitongError, ProofInvalid
from huitong.vm.python.source import compile_source

SOURCE = '''
from huitong.contract import Contract, Error, Event, Map, call, ctx, require, view


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
    def count(self, name: str, step: int = 1) -> int:
        require(name != "closed", Closed(name=name))
        total = self.totals.get(name, 0) + step
        self.totals[name] = total
        Counted(name=name, total=total).emit()
        return total

    @view
    def total(self, name: str) -> int:
        return self.totals[name]
'''


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "chain")
    prepare(home, ())
    return home


@pytest.fixture
async def node(home):
    node = Node(home, NodeSettings(port=0, contract_workers=1))
    await node.start()
    yield node
    await node.stop()


@pytest.fixture
def wallets():
    return {one.id: Wallet.of(one.key_kind, one.secret) for one in identities(INTERNATIONAL)}


@pytest.fixture
async def client(node, wallets):
    async with AsyncClient(node.url, wallets["alice@hospital-a"]) as client:
        yield client


@pytest.fixture
async def counter(client):
    await client.deploy(compile_source(SOURCE, "counter.py"), name="counter", source=SOURCE.encode())
    return await client.contract("counter")


def raw_id(answer):
    return bytes.fromhex(answer.tx_id[2:])


async def test_four_answers(client, counter):
    accepted = await client.submit(await client.sign([("counter", "count", ("a", 1))]), "accepted")
    assert (accepted.answer, accepted.height) == ("accepted", None)
    committed = await counter.call("count", "a", step=2**80)
    assert (committed.answer, committed.code) == ("committed", 0)
    assert returned(committed) == [2**80 + 1]
    assert committed.result == [str(2**80 + 1)]
    with pytest.raises(TransactionFailed) as failed:
        await counter.call("count", "closed")
    assert failed.value.data["error"] == "Closed"
    assert failed.value.data["fields"] == {"name": "closed"}
    assert int(failed.value.answer.gas_used) > 0
    with pytest.raises(TransactionRejected) as rejected:
        await counter.call("count", "a", wallet=Wallet.of(1, bytes([7]) * 32))
    assert rejected.value.code is Code.SIGNER_UNKNOWN
    assert await counter.view("total", "a") == 2**80 + 1
    with pytest.raises(Failed) as missing:
        await counter.view("total", "b")
    assert missing.value.code is Code.KEY_MISSING
    assert "{" not in str(missing.value)


async def test_look_up_says_what_the_answer_said(client, counter):
    answer = await counter.call("count", "a", wait="proved")
    found = await client.transaction(raw_id(answer))
    assert found == answer
    assert found.proof == f"/api/v1/transactions/{answer.tx_id}/proof"
    block = await client.block(answer.height)
    assert [item.tx_id for item in block.transactions] == [answer.tx_id]
    assert block.provable


async def test_same_bytes_twice_are_rejected_and_the_id_still_finds_the_first(client, counter):
    signed = await client.sign([("counter", "count", ("a",))])
    first = await client.submit(signed)
    with pytest.raises(TransactionRejected) as replayed:
        await client.submit(signed)
    assert replayed.value.code is Code.REPLAYED
    assert (await client.transaction(signed.tx_id)).height == first.height


async def test_proofs_hold_offline_and_not_after_one_byte_is_changed(client, counter):
    answer = await counter.call("count", "a")
    trust = await client.trust()
    receipt, event = await client.prove(raw_id(answer)), await client.prove(raw_id(answer), event=0)
    absent = await client.state("main", b"\x7f" * 8, prove=True)
    assert absent.value is None
    for bundle in (receipt, event, bytes(absent.proof)):
        verify_bundle(bundle, trust)
        place = (
            bundle.index(b'"sibling": "0x') + 20 if b'"sibling"' in bundle else bundle.index(b'"app_hash": "0x') + 20
        )
        changed = bytearray(bundle)
        changed[place] = ord("0") if changed[place] != ord("0") else ord("1")
        with pytest.raises(ProofInvalid):
            verify_bundle(bytes(changed), trust)


async def test_batch_is_committed_in_order_of_answers(client, counter):
    many = [
        await client.sign([(counter.address, "count", (f"k{number % 7}",))], gas_limit=300_000) for number in range(60)
    ]
    answers = await client.submit_many([*many, b"\x00"])
    assert [answer.answer for answer in answers] == ["committed"] * 60 + ["rejected"]
    assert [answer.tx_id for answer in answers[:60]] == ["0x" + item.tx_id.hex() for item in many]
    assert sum([await counter.view("total", f"k{number}") for number in range(7)]) == 60


async def test_events_of_the_past_and_the_present_over_a_restart_of_the_node(home, wallets):
    seen = []
    node = Node(home, NodeSettings(port=0, contract_workers=1))
    await node.start()
    port = int(node.url.rpartition(":")[2])
    async with AsyncClient(node.url, wallets["alice@hospital-a"]) as client:
        await client.deploy(compile_source(SOURCE, "counter.py"), name="counter", source=SOURCE.encode())
        listening = client.events(after="0.0.0", emitter="counter", name="Counted")
        for _ in range(2):
            await client.call("counter", "count", "a")
        seen += [await asyncio.wait_for(anext(listening), 10) for _ in range(2)]
        await node.stop()
        node = Node(home, NodeSettings(port=port, contract_workers=1))
        await node.start()
        await client.call("counter", "count", "a")
        seen.append(await asyncio.wait_for(anext(listening), 10))
        await listening.aclose()
    await node.stop()
    assert [record.data for record in seen] == [{"name": "a", "total": str(total)} for total in (1, 2, 3)]
    assert len({record.id for record in seen}) == 3


async def test_unknown_things_have_their_code(client, counter):
    for question in (
        client.block(10**9),
        client.transaction(bytes(32)),
        client.prove(bytes(32)),
        client.describe("nothing"),
        client.member("nobody@nowhere"),
        client.state("nothing", b"\x01"),
        client.signed_header(10**9),
        client.view("nothing", "total", "a"),
    ):
        with pytest.raises(HuitongError) as missing:
            await question
        assert missing.value.code is Code.NOT_FOUND
