"""Every refusal of the pool: a stable code for each kind of bad transaction."""

import pytest
from kernel_world import CHAIN_ID, GENESIS_TIME, SECOND, World, address, key

from huitong.crypto import INTERNATIONAL, module_address
from huitong.types import Call, Code, Rejected, decode, encode, encode_transaction, sign_bytes
from huitong.types.registry import KeyKind, ModuleId

IDENTITY = module_address(ModuleId.IDENTITY)
CALL = (IDENTITY, "organisations", ())
ALICE = "alice@hospital-a"
EVE = "eve@hospital-b"


def refusal(world: World, raw: bytes, time_ns: int | None = None) -> Code:
    """Code with which the pool refuses `raw`."""
    at = world.time_ns if time_ns is None else time_ns
    try:
        world.kernel.check_transaction(world.kernel.open_transaction(raw), world.view, world, at)
    except Rejected as rejection:
        return rejection.code
    pytest.fail("the transaction was accepted")


def test_good_transaction_is_accepted_and_names_its_sender():
    world = World()
    opened = world.kernel.open_transaction(world.transaction(ALICE, CALL))
    sender = world.kernel.check_transaction(opened, world.view, world, world.time_ns)
    assert (sender.name, sender.organisation) == ("alice", "hospital-a")
    assert opened.tx_id == INTERNATIONAL.hash(opened.message)


@pytest.mark.parametrize("kind", [KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1])
def test_each_kind_of_key_signs(kind):
    name = {KeyKind.ED25519: ALICE, KeyKind.P256: EVE, KeyKind.SECP256K1: "dan@hospital-b"}[kind]
    world = World()
    assert world.run(world.transaction(name, CALL, kind=kind))[0].receipt.code == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"chain_id": "other-chain-1"}, Code.CHAIN_WRONG),
        ({"valid_until": GENESIS_TIME - 1}, Code.EXPIRED),
        ({"valid_until": GENESIS_TIME + 601 * SECOND}, Code.VALID_UNTIL_TOO_FAR),
        ({"gas_limit": 50_000_001}, Code.GAS_LIMIT_INVALID),
        ({"gas_limit": 0}, Code.GAS_LIMIT_INVALID),
        ({"gas_limit": -1}, Code.GAS_LIMIT_INVALID),
        ({"version": 2}, Code.VERSION_UNSUPPORTED),
        ({"salt": b"1234567"}, Code.FIELD_INVALID),
        ({"memo": bytes(257)}, Code.FIELD_INVALID),
        ({"sender": bytes(19)}, Code.FIELD_INVALID),
        ({"calls": ()}, Code.TOO_MANY_CALLS),
        ({"calls": (Call(*CALL),) * 33}, Code.TOO_MANY_CALLS),
        ({"calls": (Call(b"x", "m", ()),)}, Code.FIELD_INVALID),
        ({"calls": (Call(IDENTITY, "", ()),)}, Code.FIELD_INVALID),
        ({"calls": (Call(IDENTITY, "m" * 65, ()),)}, Code.FIELD_INVALID),
        ({"calls": (Call(IDENTITY, "m", tuple(range(65))),)}, Code.FIELD_INVALID),
        ({"sender": bytes(20), "payer": bytes(20)}, Code.SIGNER_UNKNOWN),
        ({"payer": address("wang@hospital-b")}, Code.SIGNATURES_MISSING),
    ],
)
def test_wrong_body_is_refused_with_its_code(changes, code):
    world = World()
    assert refusal(world, world.transaction(ALICE, CALL, **changes)) == code


def test_valid_until_is_inclusive_at_both_ends():
    world = World()
    for valid_until in (GENESIS_TIME, GENESIS_TIME + 600 * SECOND):
        opened = world.kernel.open_transaction(world.transaction(ALICE, CALL, valid_until=valid_until))
        world.kernel.check_transaction(opened, world.view, world, GENESIS_TIME)


def test_missing_extra_and_bad_signatures():
    world = World()
    body = world.body(ALICE, CALL)
    good = key(ALICE).sign(sign_bytes(body))
    assert refusal(world, encode_transaction(body, ())) == Code.SIGNATURES_MISSING
    assert refusal(world, encode_transaction(body, (good, good))) == Code.SIGNATURES_EXTRA
    assert refusal(world, encode_transaction(body, (good, good, good))) == Code.FIELD_INVALID
    assert refusal(world, encode_transaction(body, (bytes(64),))) == Code.SIGNATURE_INVALID
    assert refusal(world, encode_transaction(body, (good[:-1],))) == Code.SIGNATURE_INVALID
    assert refusal(world, encode_transaction(body, (key("wang@hospital-b").sign(sign_bytes(body)),))) == (
        Code.SIGNATURE_INVALID
    )
    assert refusal(world, encode_transaction(body, (key(ALICE).sign(body),))) == Code.SIGNATURE_INVALID


def test_a_payer_signs_second_and_cannot_be_stripped():
    world = World()
    body = world.body(ALICE, CALL, payer=address("wang@hospital-b"))
    proofs = (key(ALICE).sign(sign_bytes(body)), key("wang@hospital-b").sign(sign_bytes(body)))
    assert refusal(world, encode_transaction(body, proofs[:1])) == Code.SIGNATURES_MISSING
    assert refusal(world, encode_transaction(body, proofs[::-1])) == Code.SIGNATURE_INVALID
    result = world.run(encode_transaction(body, proofs))[0]
    assert (result.receipt.code, result.receipt.payer) == (0, address("wang@hospital-b"))


def test_replay_is_refused_until_the_list_is_forgotten_and_expired_after():
    world = World()
    raw = world.transaction(ALICE, CALL)
    assert world.run(raw, raw)[1].receipt.code == Code.REPLAYED
    assert refusal(world, raw) == Code.REPLAYED
    assert world.run(raw)[0].receipt.code == Code.REPLAYED
    for _ in range(3):
        world.block(world.envelope(world.transaction(ALICE, CALL)), step_ns=400 * SECOND)
    assert refusal(world, raw) == Code.EXPIRED
    assert not world.seen(world.kernel.open_transaction(raw).tx_id), "the list is over, the time limit refuses now"


def test_deactivated_member_is_refused_from_the_next_block():
    world = World()
    act = (IDENTITY, "deactivate_member", (address(EVE, KeyKind.P256),))
    assert world.run(world.transaction("wang@hospital-b", act))[0].receipt.code == 0
    assert refusal(world, world.transaction(EVE, CALL, kind=KeyKind.P256)) == Code.SIGNER_INACTIVE


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", Code.ENCODING_MALFORMED),
        (b"\xc1", Code.ENCODING_MALFORMED),
        (b"\x93\x01", Code.ENCODING_MALFORMED),
        (encode([1, b"", []]), Code.ENCODING_MALFORMED),
        (encode([1, b""]), Code.ENCODING_MALFORMED),
        (encode([1, b"", [], 0]), Code.ENCODING_MALFORMED),
        (encode([2, b"x", []]), Code.VERSION_UNSUPPORTED),
        (b"\x91" * 40 + b"\x01", Code.ENCODING_TOO_DEEP),
        (bytes(300_000), Code.ENCODING_TOO_LARGE),
        (b"\xdd\xff\xff\xff\xff", Code.ENCODING_TOO_LARGE),
        (b"\x93\xcc\x01\xc4\x00\x90", Code.ENCODING_NOT_CANONICAL),
    ],
)
def test_bytes_that_are_no_transaction(raw, code):
    assert refusal(World(), raw) == code


def test_arguments_may_nest_to_the_limit_and_no_deeper():
    def nested(depth: int) -> list:
        value: list = []
        for _ in range(depth):
            value = [value]
        return value

    world = World()
    fits = world.transaction(ALICE, (IDENTITY, "organisations", (nested(26),)))
    assert decode(fits, object)
    assert world.run(fits)[0].receipt.code == Code.ARGUMENTS_INVALID
    assert (
        refusal(world, world.transaction(ALICE, (IDENTITY, "organisations", (nested(40),)))) == Code.ENCODING_TOO_DEEP
    )


def test_chain_id_of_the_world_is_what_is_signed():
    world = World()
    assert world.kernel.open_transaction(world.transaction(ALICE, CALL)).body.chain_id == CHAIN_ID
