"""Invitations and requests to join: what is signed, and what is refused with which code."""

import msgspec
import pytest

from huitong.api.values import to_hex
from huitong.cli.commands.net_join import newcomer_of
from huitong.cli.net import invitation
from huitong.cli.net.founding import Where, first_genesis, founder, fresh_identity
from huitong.cli.net.invitation import JoinBody, Offer
from huitong.cli.net.membership import admission_calls, power_step
from huitong.crypto import INTERNATIONAL, private_key, sha256
from huitong.node import Home
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

NOW = 1_800_000_000 * 10**9
ALICE = private_key(KeyKind.ED25519, b"\1" * 32)
ZOE = private_key(KeyKind.P256, b"\2" * 32)
GATEWAY, VALIDATOR = (private_key(KeyKind.ED25519, bytes([number]) * 32) for number in (3, 4))
WHERE = Where("127.0.0.1", 1, 2, 3, "127.0.0.1:1", "near")


@pytest.fixture
def document(tmp_path):
    """A genesis of one organisation as its founder writes it."""
    home = Home(tmp_path / "home")
    admin = founder("alice", "hospital-a", ALICE.kind, ALICE.public_key)
    identity = fresh_identity(home)
    home.write_genesis(first_genesis(INTERNATIONAL, "medical-1", "hospital-a", admin, identity, WHERE))
    return home.genesis()[1]


def offer_of(document, **changes) -> Offer:
    fields = {
        "chain_id": "medical-1",
        "genesis_hash": to_hex(sha256(document)),
        "organisation": "insurer",
        "role": "validator",
        "peers": (f"{'ab' * 20}@127.0.0.1:1",),
        "trust_height": 7,
        "trust_hash": to_hex(bytes(32)),
        "expires_ns": str(NOW + 10**9),
        "inviter": "alice@hospital-a",
        "key_kind": int(ALICE.kind),
        "public_key": to_hex(ALICE.public_key),
    }
    return Offer(**(fields | changes))


def body_of(document, **changes) -> JoinBody:
    offer = changes.pop("offer", offer_of(document))
    fields = {
        "organisation": "insurer",
        "title": "Insurer",
        "admin_name": "zoe",
        "admin_key_kind": int(ZOE.kind),
        "admin_key": to_hex(ZOE.public_key),
        "possession": to_hex(b"proof"),
        "node": "ab" * 20,
        "address": "127.0.0.1:1",
        "gateway_key": to_hex(GATEWAY.public_key),
        "validator_key": to_hex(VALIDATOR.public_key),
        "offer": offer,
        "offer_signature": to_hex(ALICE.sign(invitation.offer_bytes(offer))),
    }
    return JoinBody(**(fields | changes))


def refused(read, *arguments) -> Code:
    with pytest.raises(HuitongError) as caught:
        read(*arguments)
    return caught.value.code


def test_an_invitation_is_read_as_it_was_signed(document):
    raw = invitation.write(invitation.invite(offer_of(document), document, ALICE))
    found, genesis = invitation.read_invitation(raw, NOW)
    assert (found.offer, found.genesis, genesis.chain_id) == (offer_of(document), document, "medical-1")
    assert invitation.invited_by(found.offer, genesis)
    assert not invitation.invited_by(offer_of(document, public_key=to_hex(ZOE.public_key)), genesis)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expires_ns": str(NOW - 1)}, Code.INVITATION_EXPIRED),
        ({"expires_ns": "soon"}, Code.INVITATION_INVALID),
        ({"genesis_hash": to_hex(bytes(32))}, Code.INVITATION_INVALID),
        ({"chain_id": "other-1"}, Code.INVITATION_WRONG_CHAIN),
        ({"public_key": to_hex(ZOE.public_key)}, Code.INVITATION_INVALID),
        ({"key_kind": 99}, Code.INVITATION_INVALID),
    ],
)
def test_an_invitation_that_its_inviter_signed_wrongly_is_refused(document, changes, code):
    raw = invitation.write(invitation.invite(offer_of(document, **changes), document, ALICE))
    assert refused(invitation.read_invitation, raw, NOW) == code


@pytest.mark.parametrize(
    "name", ["chain_id", "organisation", "role", "peers", "trust_height", "trust_hash", "expires_ns"]
)
def test_no_field_of_an_offer_can_be_changed(document, name):
    signed = invitation.invite(offer_of(document), document, ALICE)
    other = {"role": "node", "peers": (), "trust_height": 8, "expires_ns": str(NOW + 2 * 10**9)}.get(name, "medical-2")
    spoilt = msgspec.structs.replace(signed, offer=msgspec.structs.replace(signed.offer, **{name: other}))
    assert refused(invitation.read_invitation, invitation.write(spoilt), NOW) == Code.INVITATION_INVALID


def test_another_genesis_or_another_form_is_refused(document):
    signed = invitation.invite(offer_of(document), document, ALICE)
    spoilt = msgspec.structs.replace(signed, genesis=document + b" ")
    assert refused(invitation.read_invitation, invitation.write(spoilt), NOW) == Code.INVITATION_INVALID
    for raw in (b"", b"{}", b"[" * 100_000, invitation.write(signed)[:-9], bytes(invitation.MAX_FILE_BYTES + 1)):
        assert refused(invitation.read_invitation, raw, NOW) == Code.INVITATION_INVALID
        assert refused(invitation.read_request, raw, "medical-1", NOW) == Code.REQUEST_INVALID


def test_a_request_brings_public_parts_into_one_transaction(document):
    raw = invitation.write(invitation.request(body_of(document), ZOE, GATEWAY, VALIDATOR))
    body = invitation.read_request(raw, "medical-1", NOW)
    assert body == body_of(document)
    calls = admission_calls(newcomer_of(body), ["hospital-a"])
    assert [method for _, method, _ in calls] == ["add_organisation", "register_node", "register_gateway"]
    assert [method for _, method, _ in admission_calls(newcomer_of(body), ["insurer"])] == [
        "register_node",
        "register_gateway",
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"organisation": "somebody-else"}, Code.REQUEST_INVALID),
        ({"offer_signature": to_hex(bytes(64))}, Code.REQUEST_INVALID),
        ({"gateway_key": to_hex(ALICE.public_key)}, Code.REQUEST_INVALID),
        ({"validator_key": to_hex(ALICE.public_key)}, Code.REQUEST_INVALID),
        ({"admin_key": to_hex(ALICE.public_key)}, Code.REQUEST_INVALID),
    ],
)
def test_a_request_with_keys_or_offers_of_others_is_refused(document, changes, code):
    raw = invitation.write(invitation.request(body_of(document, **changes), ZOE, GATEWAY, VALIDATOR))
    assert refused(invitation.read_request, raw, "medical-1", NOW) == code


def test_a_request_for_another_chain_or_too_late_or_changed_is_refused(document):
    asked = invitation.request(body_of(document), ZOE, GATEWAY, VALIDATOR)
    raw = invitation.write(asked)
    assert refused(invitation.read_request, raw, "medical-2", NOW) == Code.INVITATION_WRONG_CHAIN
    assert refused(invitation.read_request, raw, "medical-1", NOW + 2 * 10**9) == Code.INVITATION_EXPIRED
    spoilt = msgspec.structs.replace(asked, body=msgspec.structs.replace(asked.body, address="192.0.2.1:1"))
    assert refused(invitation.read_request, invitation.write(spoilt), "medical-1", NOW) == Code.REQUEST_INVALID


def test_power_grows_by_steps_that_the_quorum_allows():
    one = [{"public_key": b"a", "power": 10}]
    assert power_step(one, b"b", 10) == 4
    assert power_step([*one, {"public_key": b"b", "power": 4}], b"b", 10) == 10
    four = [{"public_key": bytes([number]), "power": 10} for number in range(4)]
    assert power_step(four, b"b", 10) == 10
    assert power_step(four, b"b", 100) == 19


def test_a_folder_that_holds_a_chain_is_not_overwritten(tmp_path, document):
    with pytest.raises(HuitongError) as caught:
        fresh_identity(Home(tmp_path / "home"))
    assert caught.value.code == Code.NODE_CONFIGURATION
