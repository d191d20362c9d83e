"""Proof bundles: what holds is shown in words, and no byte can be changed."""

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import (
    EMPTY_HASH,
    INTERNATIONAL,
    SMT_SPEC,
    TENDERMINT_SPEC,
    ExecResult,
    ExistenceProof,
    InnerOp,
    NonExistenceProof,
    header_hash,
    merkle,
    order_validators,
    precommit_sign_bytes,
    private_key,
    results_hash,
    sha256,
    transaction_id,
    validator_address,
    validators_hash,
)
from huitong.crypto.bundle import (
    event_bundle,
    receipt_bundle,
    receipt_fact,
    state_bundle,
    trust_document,
)
from huitong.crypto.bundle_check import verify_bundle
from huitong.crypto.verdict import receipt_lines, utc_text
from huitong.types import (
    NO_BLOCK,
    BlockId,
    Call,
    Code,
    Commit,
    CommitSignature,
    Event,
    Header,
    ProofInvalid,
    Receipt,
    SignedHeader,
    TransactionBody,
    Validator,
    decode,
    encode,
)
from huitong.types.bundle import Octets, decode_bundle, encode_document

CHAIN = "hospitals-1"
KEYS = [private_key(1, bytes([seed]) * 32) for seed in (1, 2, 3)]
VALIDATORS = order_validators([Validator(key.public_key, 10) for key in KEYS])
TRUST = trust_document(CHAIN, INTERNATIONAL, VALIDATORS)
TIME = 1_700_000_000_123_456_789
SENDER, PATIENT = b"\x11" * 20, b"\x22" * 20


def signed_header(app_hash, last_results_hash, keys=KEYS, chain_id=CHAIN, validators=VALIDATORS):
    of_set = validators_hash(validators)
    header = Header(
        *(11, 1, chain_id, 8, TIME, NO_BLOCK, sha256(b"commit"), EMPTY_HASH, of_set, of_set),
        *(sha256(b"parameters"), app_hash, last_results_hash, EMPTY_HASH, validator_address(KEYS[0].public_key)),
    )
    block = BlockId(header_hash(header), 1, sha256(b"parts"))
    by_key = {key.public_key: key for key in keys}
    entries = []
    for validator in validators:
        key = by_key.get(validator.public_key)
        if key is None:
            entries.append(CommitSignature(1, b"", 0, b""))
            continue
        message = precommit_sign_bytes(chain_id, 8, 0, block, TIME)
        entries.append(CommitSignature(2, validator_address(key.public_key), TIME, key.sign(message)))
    return SignedHeader(header, Commit(8, 0, block, tuple(entries)))


def leaf(key, value):
    return ExistenceProof(key, value, SMT_SPEC.leaf, ())


def state(key, value):
    """A store with one key, and the proof of its root under the app hash."""
    root = sha256(b"\0" + sha256(key) + sha256(value))
    leaves = [b"\x03ibc\x20" + sha256(b"other"), b"\x04main\x20" + sha256(root)]
    sibling = sha256(b"\0" + leaves[0])
    upper = ExistenceProof(b"main", root, TENDERMINT_SPEC.leaf, (InnerOp(1, b"\1" + sibling, b""),))
    return merkle.root(leaves, sha256), upper


def body_of(salt, method="grant"):
    call = Call(PATIENT, method, ("doctor@b", 7))
    return encode(TransactionBody(1, CHAIN, SENDER, salt * 8, 1, 1000, (call,), SENDER, b""))


BODIES = [body_of(bytes([index])) for index in range(3)]
EVENTS = [encode(Event(PATIENT, f"Granted{index}", encode({"to": "doctor"}))) for index in range(5)]
EVENTS_AS_OCTETS = [Octets(event) for event in EVENTS]
RECEIPTS = [
    encode(
        Receipt(
            1,
            transaction_id(INTERNATIONAL, body),
            i,
            code,
            500 + i,
            encode([True]),
            merkle.root(EVENTS[i:], sha256),
            SENDER,
        )
    )
    for i, (body, code) in enumerate(zip(BODIES, (0, 5000, 1301), strict=True))
]
RESULTS = [
    ExecResult(1, b"", 0, 0),
    ExecResult(0, merkle.root(RECEIPTS, sha256), 3000, 1503),
    ExecResult(0, sha256(b"another envelope"), 9, 8),
]
APP_HASH, UPPER = state(b"\x12patient", encode({"until": 7}))
SIGNED = signed_header(APP_HASH, results_hash(RESULTS))


def make_receipt(index=0, body=True):
    return receipt_fact(INTERNATIONAL, RECEIPTS, index, RESULTS, 1, BODIES[index] if body else b"")


def make(kind):
    if kind == "state":
        proofs = (leaf(b"\x12patient", encode({"until": 7})), UPPER)
        return state_bundle(INTERNATIONAL, SIGNED, VALIDATORS, "main", b"\x12patient", encode({"until": 7}), proofs)
    if kind == "absence":
        neighbour = leaf(b"\x12patient", encode({"until": 7}))
        right = sha256(b"\x12stranger") < sha256(b"\x12patient")
        proof = NonExistenceProof(b"\x12stranger", None if right else neighbour, neighbour if right else None)
        return state_bundle(INTERNATIONAL, SIGNED, VALIDATORS, "main", b"\x12stranger", None, (proof, UPPER))
    if kind == "receipt":
        return receipt_bundle(INTERNATIONAL, SIGNED, VALIDATORS, make_receipt())
    return event_bundle(INTERNATIONAL, SIGNED, VALIDATORS, make_receipt(), EVENTS, 2)


KINDS = ("state", "absence", "receipt", "event")


def refusal(bundle, trust=TRUST, **options):
    with pytest.raises(ProofInvalid) as caught:
        verify_bundle(bundle, trust, **options)
    return caught.value.code


@pytest.mark.parametrize("kind", KINDS)
def test_what_holds_is_shown(kind):
    verdict = verify_bundle(make(kind), TRUST)
    assert (verdict.kind, verdict.chain_id, verdict.height, verdict.block_height) == (kind, CHAIN, 8, 7)
    text = "\n".join(verdict.proved)
    assert "2023-11-14T22:13:20.123Z" in text
    if kind == "state":
        assert verdict.value == encode({"until": 7})
        assert "{'until': 7}" in text
    elif kind == "absence":
        assert verdict.value == b""
        assert "was not in store main after block 7" in text
    else:
        assert verdict.tx_id == transaction_id(INTERNATIONAL, BODIES[0])
        assert f"0x{verdict.tx_id.hex()} was committed in block 7" in text
        assert f"called grant of 0x{PATIENT.hex()} with ['doctor@b', 7]" in text
    if kind == "event":
        assert f"emitted Granted2 from 0x{PATIENT.hex()}: {{'to': 'doctor'}}" in text
    assert any("trust file" in line for line in verdict.assumed)


@pytest.mark.parametrize(("index", "words"), [(1, "executed and failed with HT5000"), (2, "rejected with HT1301")])
def test_other_answers_keep_their_words(index, words):
    fact = make_receipt(index, body=False)
    verdict = verify_bundle(receipt_bundle(INTERNATIONAL, SIGNED, VALIDATORS, fact), TRUST)
    assert words in verdict.proved[1]
    assert not any("called" in line for line in verdict.proved)


@pytest.mark.parametrize("kind", KINDS)
def test_every_changed_byte_is_refused(kind):
    """At each position: the lowest bit flipped, and another character of the same class where there is one."""
    good = make(kind)
    for position, byte in enumerate(good):
        swaps = {byte ^ 1, byte ^ 0x20}
        if chr(byte) in "0123456789abcdef":
            swaps.add(ord("1" if chr(byte) != "1" else "2"))
        for other in swaps:
            changed = good[:position] + bytes([other]) + good[position + 1 :]
            assert 7001 <= refusal(changed) <= 7006
        assert 7001 <= refusal(good[:position] + good[position + 1 :]) <= 7006


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(KINDS), st.data())
def test_any_random_change_is_refused(kind, data):
    good = make(kind)
    position = data.draw(st.integers(0, len(good)))
    length = data.draw(st.integers(0, 3))
    changed = good[:position] + data.draw(st.binary(max_size=3)) + good[position + length :]
    if changed != good:
        assert 7001 <= refusal(changed) <= 7006


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: json.dumps(json.loads(text)).encode(),
        lambda text: text + b"\n",
        lambda text: text + b" ",
        lambda text: text.replace(b'"chain_id": "hospitals-1"', b'"chain_id": "hospitals\\u002d1"', 1),
        lambda text: text.replace(b'"chain_id": "hospitals-1"', b'"chain_id": "\\ud800"', 1),
        lambda text: text.replace(b'  "suite"', b'  "note": "hello",\n  "suite"', 1),
        lambda text: text.replace(b'  "suite"', b'  "suite": "international",\n  "suite"', 1),
        lambda text: text.replace(b'"height": "8"', b'"height": "+8"', 1),
        lambda text: text.replace(b'"height": "8"', b'"height": 8', 1),
        lambda text: text.replace(b'"height": "8"', b'"height": "' + b"8" * 5000 + b'"', 1),
        lambda text: text.replace(b"0x", b"0X", 1),
        lambda text: text.replace(b"huitong-proof/1", b"huitong-proof/2"),
        lambda _: b"",
        lambda _: b"[" * 100_000,
        lambda _: b" " * (4 * 1024 * 1024 + 1),
    ],
)
def test_another_text_is_malformed(changed):
    assert refusal(changed(make("receipt"))) == Code.BUNDLE_MALFORMED


def test_a_signature_short_of_two_thirds_is_refused():
    signed = signed_header(APP_HASH, results_hash(RESULTS), KEYS[:2])
    assert refusal(receipt_bundle(INTERNATIONAL, signed, VALIDATORS, make_receipt())) == Code.COMMIT_INVALID


def test_trust_in_another_chain_suite_or_set_is_a_mismatch():
    good = make("receipt")
    assert refusal(good, trust_document("other-1", INTERNATIONAL, VALIDATORS)) == Code.TRUST_MISMATCH
    assert refusal(good, trust_document(CHAIN, INTERNATIONAL, VALIDATORS[:2])) == Code.TRUST_MISMATCH
    heavier = [Validator(item.public_key, item.power + 1) for item in VALIDATORS]
    assert refusal(good, trust_document(CHAIN, INTERNATIONAL, heavier)) == Code.TRUST_MISMATCH
    assert refusal(good, TRUST.replace(b"international", b"guomi")) == Code.TRUST_MISMATCH
    assert refusal(good, TRUST.replace(b"archive", b"live")) == Code.TRUST_MISMATCH
    assert refusal(good, mode="live") == Code.TRUST_MISMATCH
    assert refusal(good, b"{}") == Code.BUNDLE_MALFORMED


def test_the_layout_of_a_trust_file_is_free():
    verify_bundle(make("state"), json.dumps(json.loads(TRUST), sort_keys=True).encode())


def test_a_chain_of_the_same_name_with_other_validators_is_refused():
    """Signed by strangers throughout, but not by those in the trust file."""
    key = private_key(1, b"\x09" * 32)
    strangers = (Validator(key.public_key, 10),)
    signed = signed_header(APP_HASH, results_hash(RESULTS), [key], validators=strangers)
    bundle = receipt_bundle(INTERNATIONAL, signed, strangers, make_receipt())
    verify_bundle(bundle, trust_document(CHAIN, INTERNATIONAL, strangers))
    assert refusal(bundle) == Code.TRUST_MISMATCH


def replaced(bundle, **fields):
    decoded = decode_bundle(bundle)
    return encode_document(msgspec.structs.replace(decoded, fact=msgspec.structs.replace(decoded.fact, **fields)))


def test_facts_cannot_be_mixed():
    other = make_receipt(1)
    good = make("receipt")
    for field in ("tx_id", "body", "receipt", "receipts_path"):
        assert refusal(replaced(good, **{field: getattr(other, field)})) == Code.PROOF_INVALID
    event = make("event")
    assert refusal(replaced(event, receipt=other)) == Code.PROOF_INVALID
    assert refusal(replaced(event, event=EVENTS_AS_OCTETS[0])) == Code.PROOF_INVALID
    assert refusal(replaced(make("state"), store="ibc")) == Code.PROOF_INVALID


def test_names_cannot_speak_to_a_terminal():
    lines = receipt_lines(decode(RECEIPTS[0], Receipt), body_of(b"x", "\x1b[2Jgrant"), 7)
    assert "It called '\\x1b[2Jgrant' of" in lines[-1]
    assert receipt_lines(decode(RECEIPTS[0], Receipt), b"junk", 7)[-1] == (
        "Its body is 4 bytes that are no transaction of this version."
    )


@given(st.integers(0, 2**62))
def test_times_in_words(time_ns):
    from datetime import UTC, datetime, timedelta

    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ns // 10**6)
    assert utc_text(time_ns) == expected.isoformat(timespec="milliseconds").replace("+00:00", "Z")
