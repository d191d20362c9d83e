"""Members show certificates of their SM2 keys; an organisation says whom it trusts."""

import certificate_world as ca
import pytest
from guomi_world import CHAIN_ID, GUOMI, Chain, address, genesis, kernel, key, member, possession_bytes
from kernel_world import GENESIS_TIME, SECOND

from huitong.crypto import INTERNATIONAL
from huitong.crypto.certificate_issue import distinguished_name
from huitong.modules.identity import Identity
from huitong.state import keys
from huitong.types import Code, Failure, HuitongError, Member, decode
from huitong.types.registry import KeyKind, ModuleId

ALICE, CAROL, WANG, EVE = "alice@hospital-a", "carol@hospital-a", "wang@hospital-b", "eve@hospital-b"
NOW = GENESIS_TIME // SECOND
YEARS = {"not_before": NOW - 10, "not_after": NOW + ca.YEAR}


def root(**changes):
    return ca.root(**(YEARS | changes))


def of(name, **changes):
    """A certificate of a member's key."""
    return ca.member(**(YEARS | {"public_key": key(name).public_key, "subject": distinguished_name(name)} | changes))


def authority(**changes):
    return ca.authority(**(YEARS | changes))


def shown(chain, name):
    raw = chain.application.store.live("main").get(keys.module(ModuleId.IDENTITY, b"\x02" + address(name)))
    return decode(raw, Member).certificate


def reason(receipt):
    return decode(receipt.return_bytes, Failure).data.get("reason", "")


@pytest.fixture
def chain():
    """hospital-a trusts the root."""
    made = Chain()
    (receipt,) = made.run(made.transaction(ALICE, "set_trust", [root()], []))
    assert receipt.code == 0
    return made


def call(chain, sender, method, *args):
    return chain.run(chain.transaction(sender, method, *args))[0]


def test_a_member_shows_a_certificate_and_takes_it_back(chain):
    assert call(chain, CAROL, "set_certificate", [of(CAROL), authority()]).code == 0
    assert shown(chain, CAROL) == of(CAROL)
    assert call(chain, CAROL, "set_certificate", []).code == 0
    assert shown(chain, CAROL) == b""


def test_a_rotation_drops_the_certificate(chain):
    assert call(chain, CAROL, "set_certificate", [of(CAROL), authority()]).code == 0
    fresh = key("the next key")
    possession = fresh.sign(possession_bytes(GUOMI, CHAIN_ID, address(CAROL), fresh.public_key))
    assert call(chain, CAROL, "rotate_key", KeyKind.SM2, fresh.public_key, possession).code == 0
    assert shown(chain, CAROL) == b""


REFUSED = {
    "of another member": (CAROL, [of(ALICE), authority()], "another key"),
    "without the issuer": (CAROL, [of(CAROL)], "nobody who is trusted"),
    "expired": (CAROL, [of(CAROL, not_after=NOW - 1), authority()], "not valid at this time"),
    "not yet valid": (CAROL, [of(CAROL, not_before=NOW + 1000), authority()], "not valid at this time"),
    "signed by another": (CAROL, [of(CAROL, signer=ca.OTHER_KEY), authority()], "another key of its issuer"),
    "no certificate": (CAROL, [b"certificate"], "an element"),
    "another organisation trusts nobody": (WANG, [ca.member(**YEARS), authority()], "nobody who is trusted"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_certificate_of_the_member_is_refused(chain, name):
    sender, certificates, words = REFUSED[name]
    receipt = call(chain, sender, "set_certificate", certificates)
    assert (receipt.code, words in reason(receipt)) == (Code.CERTIFICATE_INVALID, True)
    assert shown(chain, sender) == b""


def test_a_revoked_certificate_is_refused_and_one_that_stands_is_kept(chain):
    assert call(chain, CAROL, "set_certificate", [of(CAROL), authority()]).code == 0
    revoked = ca.revocations(255, period=(NOW - 10, NOW + ca.YEAR))
    assert call(chain, ALICE, "set_trust", [root()], [revoked]).code == 0
    receipt = call(chain, CAROL, "set_certificate", [of(CAROL), authority()])
    assert (receipt.code, "was revoked" in reason(receipt)) == (Code.CERTIFICATE_INVALID, True)
    assert shown(chain, CAROL) == of(CAROL)


def test_a_member_with_another_kind_of_key_shows_none():
    made = Chain()
    assert call(made, WANG, "set_trust", [root()], []).code == 0
    receipt = call(made, EVE, "set_certificate", [ca.member(**YEARS), authority()])
    assert (receipt.code, "another key" in reason(receipt)) == (Code.CERTIFICATE_INVALID, True)


@pytest.mark.parametrize(
    ("sender", "roots", "lists", "code"),
    [
        (CAROL, [root()], [], Code.PERMISSION_MISSING),
        (ALICE, [root()] * 5, [], Code.ARGUMENTS_INVALID),
        (ALICE, [root()], [bytes(16 * 1024 + 1)], Code.ARGUMENTS_INVALID),
        (ALICE, [root()], [bytes(10)], Code.CERTIFICATE_INVALID),
        (ALICE, [of(CAROL)], [], Code.CERTIFICATE_INVALID),
        (ALICE, [b""], [], Code.CERTIFICATE_INVALID),
        (ALICE, ["text"], [], Code.ARGUMENTS_INVALID),
    ],
)
def test_trust_is_set_by_admins_and_well_formed(sender, roots, lists, code):
    assert call(Chain(), sender, "set_trust", roots, lists).code == code


def test_trust_is_taken_back(chain):
    assert call(chain, ALICE, "set_trust", [], []).code == 0
    receipt = call(chain, CAROL, "set_certificate", [of(CAROL), authority()])
    assert "nobody who is trusted" in reason(receipt)


def test_an_international_chain_has_no_such_messages():
    assert not {"set_trust", "set_certificate"} & set(Identity(INTERNATIONAL).handlers)


def test_a_genesis_carries_certificates_of_its_members_keys_only():
    writes = kernel().genesis_writes(genesis(members=(member(ALICE, of(ALICE)), member(WANG))))
    assert decode(writes["main"][keys.module(ModuleId.IDENTITY, b"\x02" + address(ALICE))], Member).certificate
    for bad in (member(ALICE, of(CAROL)), member(ALICE, b"no certificate"), member(WANG, of(ALICE))):
        with pytest.raises(HuitongError) as caught:
            kernel().genesis_writes(genesis(members=(bad,)))
        assert caught.value.code is Code.GENESIS_INVALID
        assert f"{bad.name}@" in caught.value.data["reason"]
