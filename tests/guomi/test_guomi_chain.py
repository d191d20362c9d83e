"""A chain of the suite guomi: kinds of keys, ids and addresses by SM3, proofs that only our verifier reads."""

import json
import os
import subprocess
import sys
from hashlib import new, sha256
from pathlib import Path

import msgspec
import pytest
from guomi_world import Chain, address, admission, encryption_key, genesis, kernel, key, story
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_world import CHAIN_ID
from kernel_world import genesis as international_genesis
from kernel_world import key as international_key

from huitong.crypto import (
    GUOMI,
    INTERNATIONAL,
    SM3_SMT_SPEC,
    STORE_SPECS,
    decode_merkle_proof,
    key_address,
    state_bundle,
    store_specs,
    trust_document,
    verify_absence,
    verify_bundle,
    verify_membership,
)
from huitong.kernel import Kernel
from huitong.modules.identity import Directory, Identity, possession_bytes
from huitong.state import keys
from huitong.types import Code, Envelope, Gateway, HuitongError, Member, ProofInvalid, SignedHeader, decode, encode
from huitong.types.registry import EncryptionKind, KeyKind, ModuleId

LEDGER = Path(__file__).with_name("guomi.jsonl")
ABSENT = b"\x01nothing"


def sm3(data):
    return new("sm3", data).digest()


def record_of(chain, name):
    place = keys.module(ModuleId.IDENTITY, b"\x02" + address(name))
    return decode(chain.application.store.live("main").get(place), Member)


def codes(receipts):
    return [receipt.code for receipt in receipts]


@pytest.fixture(scope="module")
def told():
    chain = Chain()
    story(chain)
    return chain


def bundle_of(chain, store, key_bytes, suite=GUOMI):
    """Proof bundle of a key at the newest state, under the newest header."""
    value, in_store, of_store = chain.application.prove(store, key_bytes)
    header, _ = chain.application.store.header(chain.application.height)
    signed = SignedHeader(header, chain.ledger._commit)
    return value, state_bundle(
        suite, signed, chain.document.validator_set, store, key_bytes, value, (in_store, of_store)
    )


def trust(suite=GUOMI):
    return trust_document(CHAIN_ID, suite, genesis().validator_set)


def test_members_of_every_kind_sign_on_one_chain(told):
    for name in ("alice@hospital-a", "wang@hospital-b", "eve@hospital-b", "dan@hospital-b"):
        found = key(name)
        if found.kind != KeyKind.SECP256K1:
            expected = sm3(b"huitong/address/1\0" + bytes((found.kind,)) + found.public_key)[:20]
            assert address(name) == expected
    assert {record_of(told, name).key_kind for name in ("alice@hospital-a", "wang@hospital-b", "eve@hospital-b")} == {
        KeyKind.SM2,
        KeyKind.ED25519,
        KeyKind.P256,
    }


def test_a_gateway_may_sign_envelopes_by_sm2():
    signer = key("gateway of sm2")
    gateway = Gateway(1, "hospital-a", signer.kind, signer.public_key, 10**10, 4 << 20, active=True)
    chain = Chain(signer, gateways=(gateway,))
    assert codes(chain.run(chain.transaction("alice@hospital-a", "set_encryption_key", b""))) == [0]
    forged = decode(chain.envelope(), Envelope)
    forged = msgspec.structs.replace(forged, signature=bytes((forged.signature[0] ^ 1,)) + forged.signature[1:])
    assert chain.block(encode(forged)).result.envelopes[0].code == 1


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.P256, KeyKind.SECP256K1])
def test_a_member_rotates_to_another_kind_of_key(kind):
    chain, name = Chain(), "wang@hospital-b"
    fresh = key("wang's next key", kind)
    possession = fresh.sign(possession_bytes(GUOMI, CHAIN_ID, address(name), fresh.public_key))
    chain.run(chain.transaction(name, "rotate_key", kind, fresh.public_key, possession))
    assert record_of(chain, name).key_kind == kind
    by_old = chain.transaction(name, "set_encryption_key", b"")
    by_new = chain.transaction(name, "set_encryption_key", b"", signer=fresh)
    assert codes(chain.run(by_old, by_new)) == [Code.SIGNATURE_INVALID, 0]


def test_ids_are_sm3_of_what_was_signed():
    chain = Chain()
    raw = chain.transaction("alice@hospital-a", "set_encryption_key", b"")
    (receipt,) = chain.run(raw)
    body = decode(raw, list)[1]
    assert receipt.tx_id == sm3(b"huitong/tx/1\0" + body)
    assert receipt.events_root != sm3(b"")


def test_encryption_keys_have_the_kind_of_their_length(told):
    assert record_of(told, "wang@hospital-b").encryption_kind == EncryptionKind.X25519
    eve = record_of(told, "eve@hospital-b")
    assert (eve.encryption_kind, eve.encryption_key) == (EncryptionKind.SM2, encryption_key("eve"))
    assert record_of(told, "bob@hospital-a").encryption_kind == 0


def test_a_forged_possession_and_a_key_that_was_used_are_refused():
    chain = Chain()
    good = admission("bob@hospital-a")
    forged = [*good[:5], bytes(64)]
    calls = [chain.transaction("alice@hospital-a", "add_member", *args) for args in (forged, good, ["b2", *good[1:]])]
    assert codes(chain.run(*calls)) == [Code.POSSESSION_NOT_PROVED, 0, Code.KEY_USED_BEFORE]


def test_a_signature_of_another_member_is_rejected():
    chain = Chain()
    raw = chain.transaction("alice@hospital-a", "set_encryption_key", b"", signer=key("carol@hospital-a"))
    assert codes(chain.run(raw)) == [Code.SIGNATURE_INVALID]


@pytest.mark.parametrize("bad", [b"\1" * 31, b"\1" * 64, b"\1" * 65, b"\4" + b"\1" * 64, b"\2" + b"\1" * 32])
def test_what_is_no_encryption_key_is_refused(bad):
    chain = Chain()
    (receipt,) = chain.run(chain.transaction("alice@hospital-a", "set_encryption_key", bad))
    assert receipt.code == Code.KEY_INVALID


def test_an_international_chain_takes_no_sm2_keys():
    found = international_key("sam@hospital-a", KeyKind.SM2)
    with pytest.raises(HuitongError) as caught:
        key_address(INTERNATIONAL, found.kind, found.public_key)
    assert caught.value.code is Code.KEY_INVALID
    sam = Member(1, "sam", "hospital-a", (), found.kind, found.public_key, 0, b"", b"", "", active=True)
    international = Kernel(
        chain_id=CHAIN_ID,
        suite=INTERNATIONAL,
        directory=Directory(),
        modules=(Identity(INTERNATIONAL),),
        engines=(),
        verifier=None,
    )
    document = international_genesis()
    with pytest.raises(HuitongError) as caught:
        international.genesis_writes(msgspec.structs.replace(document, members=(*document.members, sam)))
    assert caught.value.code is Code.KEY_INVALID


def test_a_kernel_refuses_the_genesis_of_another_suite():
    with pytest.raises(HuitongError) as caught:
        kernel().genesis_writes(genesis(suite=1))
    assert caught.value.code is Code.GENESIS_INVALID


@pytest.mark.parametrize(
    ("store", "key_bytes", "present"),
    [
        ("main", keys.PARAMETERS, True),
        ("main", ABSENT, False),
        ("ibc", b"huitong/sentinel", True),
        ("ibc", b"commitments/none", False),
    ],
)
def test_presence_and_absence_are_proved_in_both_stores(told, store, key_bytes, present):
    value, bundle = bundle_of(told, store, key_bytes)
    assert (value is not None) == present
    assert verify_bundle(bundle, trust()).kind == ("state" if present else "absence")


@pytest.mark.parametrize("key_bytes", [keys.PARAMETERS, ABSENT])
@given(position=st.integers(0, 10**6), bit=st.integers(0, 7))
@settings(deadline=None, max_examples=60)
def test_no_bit_of_a_bundle_may_change(told, key_bytes, position, bit):
    _, bundle = bundle_of(told, "main", key_bytes)
    changed = bytearray(bundle)
    changed[position % len(changed)] ^= 1 << bit
    with pytest.raises(ProofInvalid) as caught:
        verify_bundle(bytes(changed), trust())
    assert 7001 <= caught.value.code <= 7006


@pytest.mark.parametrize("key_bytes", [keys.PARAMETERS, ABSENT])
def test_a_bundle_that_names_the_other_suite_is_refused(told, key_bytes):
    _, bundle = bundle_of(told, "main", key_bytes, suite=INTERNATIONAL)
    with pytest.raises(ProofInvalid) as caught:
        verify_bundle(bundle, trust())
    assert caught.value.code is Code.TRUST_MISMATCH
    with pytest.raises(ProofInvalid) as caught:
        verify_bundle(bundle, trust(INTERNATIONAL))
    assert caught.value.code is Code.PROOF_INVALID


@pytest.mark.parametrize("key_bytes", [keys.PARAMETERS, ABSENT])
def test_main_needs_our_spec_and_ibc_has_the_one_of_ics23(told, key_bytes):
    app_hash = told.application.app_hash
    value, in_store, of_store = told.application.prove("main", key_bytes)
    proofs = (in_store, of_store)
    assert store_specs(GUOMI, "main")[0] is SM3_SMT_SPEC
    assert store_specs(GUOMI, "ibc") == store_specs(INTERNATIONAL, "main") == STORE_SPECS

    def check(specs):
        if value is None:
            verify_absence(app_hash, "main", key_bytes, proofs, specs)
        else:
            verify_membership(app_hash, "main", key_bytes, value, proofs, specs)

    check(store_specs(GUOMI, "main"))
    with pytest.raises(ProofInvalid) as caught:
        check(STORE_SPECS)
    assert caught.value.code is Code.PROOF_INVALID


def test_a_proof_travels_as_bytes_and_leads_to_the_root_by_sm3(told):
    _, bundle = bundle_of(told, "main", keys.PARAMETERS)
    fact = json.loads(bundle)["fact"]
    found, _ = decode_merkle_proof(bytes.fromhex(fact["proof"][2:]))
    node = sm3(b"\0" + sm3(found.key) + sm3(found.value))
    for step in found.path:
        node = sm3(step.prefix + node + step.suffix)
    _, _, of_store = told.application.prove("main", keys.PARAMETERS)
    assert of_store.value == node
    leaf = b"\x04main\x20" + sha256(node).digest()
    top = sha256(b"\0" + leaf).digest()
    for step in of_store.path:
        top = sha256(step.prefix + top + step.suffix).digest()
    assert top == told.application.app_hash


def test_the_recorded_ledger_gives_the_recorded_hashes():
    first, *blocks = map(json.loads, LEDGER.read_text().splitlines())
    chain = Chain()
    assert chain.application.app_hash.hex() == first["app_hash"]
    for line in blocks:
        done, block_id = chain.ledger.run(int(line["time_ns"]), tuple(map(bytes.fromhex, line["envelopes"])))
        envelopes = done.result.envelopes
        assert [[one.receipt.code for one in item.transactions] for item in envelopes] == line["codes"]
        assert [[one.receipt.tx_id.hex() for one in item.transactions] for item in envelopes] == line["tx_ids"]
        assert [block_id.hash.hex(), block_id.part_total, block_id.part_hash.hex()] == line["block_id"]
        assert (done.app_hash.hex(), done.results_hash.hex()) == (line["app_hash"], line["results_hash"])


def test_making_the_ledger_anew_gives_the_same_bytes(told):
    """Signatures are deterministic under every back end, so are the envelopes."""
    recorded = [json.loads(line)["envelopes"] for line in LEDGER.read_text().splitlines()[1:]]
    assert [[raw.hex() for raw in done.decided.envelopes] for done, _ in told.recorded] == recorded


@pytest.mark.parametrize("seed", ["1", "77"])
def test_another_process_with_another_hash_seed_writes_the_same_ledger(seed, tmp_path):
    maker = tmp_path / "make_guomi.py"
    source = LEDGER.with_name("make_guomi.py").read_text()
    maker.write_text(source.replace("Path(__file__).parents[1] / ", f"Path({str(LEDGER.parents[1])!r}) / "))
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    subprocess.run([sys.executable, str(maker)], env=environment, check=True, timeout=60)
    assert (tmp_path / "guomi.jsonl").read_bytes() == LEDGER.read_bytes()
