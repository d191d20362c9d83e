"""The client against the gateway: over ASGI where answers are whole, over a real server for streams and failures."""

import pytest

from huitong.api.client import AsyncClient, Draft, TransactionFailed, TransactionRejected, WaitEnded, Wallet
from huitong.api.client.reads import returned
from huitong.crypto import INTERNATIONAL, contract_address, key_address
from huitong.types import Code, Failed, HuitongError, Rejected, decode_body
from huitong.types.registry import KeyKind

CONTRACT = b"\x11" * 20
URL = "http://127.0.0.1:9640"


@pytest.fixture
def alice(keys):
    return Wallet.of(KeyKind.ED25519, bytes([1]) * 32)


@pytest.fixture
def bob(keys):
    return Wallet.of(KeyKind.ED25519, bytes([2]) * 32)


@pytest.fixture
async def client(http, alice):
    async with AsyncClient(URL, alice, http=http) as client:
        yield client


async def test_call_by_name_of_the_contract_returns_exact_values(client):
    answer = await client.call("ledger", "put", "k", 2**80)
    assert (answer.answer, answer.height, answer.code) == ("committed", 1, 0)
    assert returned(answer) == [2**80]
    assert await client.view("ledger", "get", "k") == 2**80
    assert await client.view(CONTRACT, "get", "k") == 2**80
    assert (await client.view_json("ledger", "get", ["k"])).value == str(2**80)


async def test_failed_call_raises_the_contracts_error_with_the_receipt(client):
    with pytest.raises(TransactionFailed) as failed:
        await client.call("ledger", "fail", "closed")
    assert isinstance(failed.value, Failed)
    assert failed.value.code is Code.REFUSED_BY_CONTRACT
    assert failed.value.data == {
        "contract": "0x" + "11" * 20,
        "error": "Refusal",
        "fields": {"reason": "closed"},
        "reason": "closed",
    }
    assert (failed.value.answer.answer, failed.value.answer.gas_used) == ("failed", "21000")


async def test_rejected_call_raises_with_its_answer(client, bob):
    stranger = Wallet.of(KeyKind.ED25519, bytes([9]) * 32)
    with pytest.raises(TransactionRejected) as rejected:
        await client.call("ledger", "put", "k", 1, wallet=stranger)
    assert isinstance(rejected.value, Rejected)
    assert rejected.value.code is Code.SIGNER_UNKNOWN
    assert rejected.value.answer.answer == "rejected"


async def test_wait_that_ends_early_raises_with_what_was_reached(client):
    signed = await client.sign([("ledger", "hang", ())])
    with pytest.raises(WaitEnded) as ended:
        await client.submit(signed, timeout_s=0.05)
    assert ended.value.code is Code.WAIT_TIMEOUT
    assert ended.value.answer.answer == "accepted"
    assert ended.value.data["tx_id"] == "0x" + signed.tx_id.hex()
    assert (await client.transaction(signed.tx_id)).answer == "accepted"


async def test_signed_body_is_what_was_asked_for(client, alice, node):
    signed = await client.sign([("ledger", "put", ("k", 1)), (CONTRACT, "put", ("l", 2))], gas_limit=5, memo=b"m")
    answer = await client.submit(signed)
    assert answer.tx_id == "0x" + signed.tx_id.hex()
    assert returned(answer) == [1, 2]
    draft = await client.draft([("ledger", "put", ("k", 1))], sender=alice.address, gas_limit=5, memo=b"m")
    body = decode_body(draft.body)
    assert (body.chain_id, body.sender, body.payer, body.gas_limit, body.memo) == (
        "fake-1", alice.address, alice.address, 5, b"m",
    )  # fmt: skip
    assert body.calls[0].target == CONTRACT
    assert 0 < body.valid_until - node.clock_ns <= 121 * 10**9
    other = await client.draft([("ledger", "put", ("k", 1))], sender=alice.address, gas_limit=5, memo=b"m")
    assert decode_body(other.body).salt != body.salt


async def test_payer_at_hand_and_payer_elsewhere(client, alice, bob):
    answer = await client.call("ledger", "put", "k", 1, payer=bob)
    assert answer.payer == "0x" + bob.address.hex()
    draft = await client.draft([("ledger", "put", ("k", 2))], sender=alice.address, payer=bob.address)
    seen, body = Draft.read(draft.body)
    assert body.payer == bob.address
    signed = draft.signed([alice.key.sign(draft.message), bob.key.sign(seen.message)])
    assert (await client.submit(signed)).payer == "0x" + bob.address.hex()
    with pytest.raises(HuitongError) as missing:
        draft.signed_by([alice])
    assert missing.value.code is Code.SIGNATURES_MISSING
    assert missing.value.data == {"expected": 2, "found": 1}


async def test_batch_answers_stand_in_order_and_none_raises(client):
    many = [await client.sign([("ledger", "put", (f"k{number}", number))]) for number in range(5)]
    answers = await client.submit_many([*many[:3], many[0].raw, *many[3:]])
    assert [answer.answer for answer in answers] == ["committed"] * 3 + ["rejected"] + ["committed"] * 2
    assert answers[3].error.code == "HT1303"
    assert [answer.tx_id for answer in answers[:3]] == ["0x" + item.tx_id.hex() for item in many[:3]]


async def test_deploy_returns_the_address(client, alice):
    address = await client.deploy(b"tree", name="meter", source=b"class Meter: ...")
    described = await client.describe("meter")
    assert described.address == "0x" + address.hex()
    assert described.source_hash == "0x" + INTERNATIONAL.hash(b"class Meter: ...").hex()
    assert len(contract_address(INTERNATIONAL, "fake-1", bytes(32), 0)) == len(address) == 20


async def test_handle_checks_methods_and_arguments_before_sending(client, node):
    ledger = await client.contract("ledger")
    assert returned(await ledger.call("put", "k", value=3)) == [3]
    assert await ledger.view("get", key="k") == 3
    assert await ledger.view("get", "absent", fallback=4) == 4
    with pytest.raises(Failed):
        await ledger.view("get", "absent")
    sent = node.submissions
    for method, args, named, code in (
        ("jump", (), {}, Code.METHOD_UNKNOWN),
        ("get", ("k",), {}, Code.METHOD_UNKNOWN),
        ("put", ("k",), {}, Code.ARGUMENTS_INVALID),
        ("put", ("k", 1, 2), {}, Code.ARGUMENTS_INVALID),
        ("put", ("k",), {"key": "k", "value": 1}, Code.ARGUMENTS_INVALID),
        ("put", (), {"value": 1, "key": "k", "colour": 1}, Code.ARGUMENTS_INVALID),
    ):
        with pytest.raises(HuitongError) as refused:
            await ledger.call(method, *args, **named)
        assert refused.value.code is code
    with pytest.raises(HuitongError) as refused:
        await ledger.view("get", fallback=1)
    assert refused.value.code is Code.ARGUMENTS_INVALID
    assert node.submissions == sent


async def test_reads(client, keys):
    await client.call("ledger", "put", "k", 1)
    status = await client.status()
    assert (status.chain_id, status.height) == ("fake-1", 1)
    assert (await client.block()).header.height == (await client.block(1)).header.height == 1
    absent = await client.state("main", b"nothing", prove=True)
    assert (absent.value, bytes(absent.proof)) == (None, b'{"kind":"state"}')
    alice = await client.member("alice@hospital-a")
    assert alice.address == "0x" + key_address(INTERNATIONAL, 1, keys["alice"].public_key).hex()
    assert await client.organisations() == ["hospital-a"]
    assert await client.trust() == b'{"chain_id": "fake-1"}'
    assert await client.signed_header(1) == b'{"header": {"height": 1}}'


async def test_proofs(client):
    answer = await client.call("ledger", "put", "k", 1)
    tx_id = bytes.fromhex(answer.tx_id[2:])
    assert b'"receipt"' in await client.prove(tx_id)
    assert b'"event"' in await client.prove(tx_id, event=0)


async def test_refusals_are_typed_by_their_code(client):
    with pytest.raises(HuitongError) as missing:
        await client.block(99)
    assert missing.value.code is Code.NOT_FOUND
    assert missing.value.data == {"what": "block", "name": 99}
    with pytest.raises(Failed) as refused:
        await client.view("ledger", "get", "absent")
    assert refused.value.data["error"] == "KeyUnknown"


async def test_no_wallet_is_an_error_with_a_next_step(http):
    async with AsyncClient(URL, http=http) as client:
        with pytest.raises(HuitongError) as missing:
            await client.call("ledger", "put", "k", 1)
    assert missing.value.code is Code.KEY_NOT_FOUND


@pytest.mark.parametrize("name", ["a?b", "a#b", "a b", "名", "%41", "a/../b", "..", "a/b", ""])
async def test_names_do_not_leave_their_place_in_the_address(client, name):
    for question in (client.describe, client.member):
        with pytest.raises(HuitongError) as missing:
            await question(name)
        assert missing.value.code is Code.NOT_FOUND
