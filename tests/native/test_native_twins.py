"""The native crate and its twins give the same; what is missing or damaged has its code."""

import sys
from random import Random

import coincurve
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.cli.qa import native as campaign
from huitong.cli.qa.native_signatures import bases, ed25519_with_torsion, recovery_cases, torsion
from huitong.crypto import is_fast, keccak256, merkle, private_key, recover_many, sha256, verify, verify_many
from huitong.crypto.address import packaged_keccak256
from huitong.crypto.keys import SECP256K1_ORDER
from huitong.crypto.recovery import recover
from huitong.crypto.sm3 import sm3
from huitong.state import SparseMerkleTree
from huitong.state.tree import fetch_from
from huitong.state.tree_core import NativeCore, PythonCore, make_core
from huitong.types import Code, HuitongError, Rejected, encode
from huitong.types import native as door
from huitong.types.registry import KeyKind
from huitong.types.scan import walk

CRATE = door.native()
needs_crate = pytest.mark.skipif(CRATE is None, reason="huitong-native is not installed (tools/native.sh says why)")


@needs_crate
@pytest.mark.parametrize(("area", "cases"), [(name, 1_500) for name in campaign.AREAS if name != "sm2_signing"])
def test_a_short_campaign_finds_no_difference(area, cases):
    assert campaign.AREAS[area][1](CRATE, Random(area), cases) == []


@needs_crate
def test_signatures_of_both_back_ends_are_the_same_bytes():
    assert campaign.sm2_signing(CRATE, Random(5), 25) == []


@needs_crate
def test_the_campaign_reports_what_it_did():
    report = campaign.run(cases=200, seed=3)
    assert report["good"] is True
    assert report["differences"] == 0
    assert report["cases"] >= 190


@needs_crate
def test_a_difference_is_found(monkeypatch):
    monkeypatch.setattr(campaign, "verify", lambda *_: True)
    report = campaign.run(cases=500)
    assert report["good"] is False
    assert report["first"][0].startswith("ed25519: kind 1")


def test_points_of_small_order_are_judged_without_a_cofactor():
    """Libraries differ here: the rule of the chain is that of the libsodium inside of PyNaCl, wherever it runs."""
    points = torsion()
    assert len(set(points)) == 8
    checks = [ed25519_with_torsion(Random(number), points) for number in range(40)]
    answers = [verify(*check) for check in checks]
    assert 0 < sum(answers) < 20
    assert verify_many(checks) == bytes(answers)
    plain = [ed25519_with_torsion(Random(number), points[:1]) for number in range(40)]
    assert verify_many(plain) == b"\1" * 40


def test_batches_say_what_single_checks_say():
    random = Random(2)
    checks = [check for kind in (1, 2, 3, 4) for check in bases(random, KeyKind(kind))[:8]]
    checks += [(kind, key, message + b"!", signature) for kind, key, message, signature in checks]
    checks += [(kind, *checks[0][1:]) for kind in (0, 5, 2**31, 2**40, -1)]
    checks += [(1, b"", b"", b""), (4, b"", b"", b""), (4, checks[-1][1], b"", bytes(64))]
    random.shuffle(checks)
    assert verify_many(checks) == bytes(verify(*check) for check in checks)
    assert verify_many(()) == b""


def test_without_the_crate_everything_is_done_in_python(monkeypatch):
    monkeypatch.setattr(door, "_module", None)
    assert door.native() is None
    assert not is_fast(KeyKind.ED25519)
    assert isinstance(make_core(sha256, 4), PythonCore)
    key = private_key(KeyKind.ED25519, sha256(b"a"))
    assert verify_many([(1, key.public_key, b"m", key.sign(b"m")), (1, key.public_key, b"n", bytes(64))]) == b"\1\0"
    with pytest.raises(HuitongError) as caught:
        campaign.run(cases=1)
    assert caught.value.code is Code.USAGE


def sha256_again(data):
    return sha256(data)


@needs_crate
def test_with_the_crate_trees_of_both_suites_use_it():
    assert sys.modules["huitong_native"] is CRATE
    assert is_fast(KeyKind.ED25519)
    assert is_fast(KeyKind.SM2)
    assert is_fast(KeyKind.SECP256K1)
    assert not is_fast(KeyKind.P256)
    for digest in (sha256, sm3):
        assert isinstance(make_core(digest, 4), NativeCore)
    assert isinstance(make_core(sha256_again, 4), PythonCore)


@needs_crate
@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.dictionaries(st.binary(min_size=1, max_size=2), st.none() | st.binary(min_size=1, max_size=70))),
    st.integers(0, 9),
    st.sampled_from([sha256, sm3]),
)
def test_trees_of_both_cores_are_the_same(batches, bits, digest):
    trees, stores = [], ({}, {})
    for core, records in zip((PythonCore, make_core), stores, strict=True):
        trees.append(SparseMerkleTree(digest, bits, records, core))
    for writes in batches:
        updates = [tree.update(writes) for tree in trees]
        assert updates[0] == updates[1]
        assert [type(item) for item in (updates[1].removed, updates[1].root)] == [frozenset, bytes]
        for records, update in zip(stores, updates, strict=True):
            records.update(update.buckets)
            for bucket in [bucket for bucket, record in records.items() if not record]:
                del records[bucket]
        keyhashes = [digest(key) for key, value in writes.items() if value is not None]
        assert [trees[0].path(keyhash) for keyhash in keyhashes] == [trees[1].path(keyhash) for keyhash in keyhashes]
        assert trees[0].neighbours(b"other") == trees[1].neighbours(b"other")
    assert trees[0].grow() == trees[1].grow()
    assert trees[0].root == trees[1].root


@needs_crate
@pytest.mark.parametrize("record", [bytes(63), bytes(128), b"\xff" * 64])
def test_damaged_records_have_their_code(record):
    core = NativeCore(CRATE, "sha256", 2)
    with pytest.raises(HuitongError) as caught:
        core.load([(0, record)])
    assert caught.value.code is Code.STORE_DAMAGED
    core = NativeCore(CRATE, "sha256", 2)
    with pytest.raises(HuitongError) as caught:
        core.update({b"%d" % number: b"v" for number in range(50)}, fetch_from(dict.fromkeys(range(4), record)))
    assert caught.value.code is Code.STORE_DAMAGED
    assert core.count == 0
    assert core.node(1) == bytes(32)


@needs_crate
def test_tables_of_known_keys_are_bounded():
    random = Random(9)
    _, _, bound = CRATE.sm2_tables()
    checks = bases(random, KeyKind.SM2)
    try:
        CRATE.set_sm2_table_bytes(10 * 60_000)
        assert verify_many(checks) == b"\1" * len(checks)
        keys, held, limit = CRATE.sm2_tables()
        assert 0 < keys <= 10 * 60_000 // 53_248
        assert held <= limit == 600_000
        CRATE.set_sm2_table_bytes(0)
        assert CRATE.sm2_tables() == (0, 0, 0)
        assert verify_many(checks) == b"\1" * len(checks)
    finally:
        CRATE.set_sm2_table_bytes(bound)


def walked(raw):
    try:
        walk(raw, max_depth=4, max_items=40)
    except Rejected:
        return False
    return True


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=40) | st.binary(max_size=300),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=3), inner, max_size=18),
    max_leaves=30,
)


@needs_crate
@settings(deadline=None, max_examples=300)
@given(VALUES, st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3), st.integers(0, 3))
def test_the_scan_in_rust_passes_what_the_one_in_python_passes(value, changes, cut):
    raw = bytearray(encode(value))
    assert CRATE.scan(bytes(raw), 4, 40) == walked(bytes(raw))
    for place, byte in changes:
        raw[place % len(raw)] = byte
    mutated = bytes(raw[: len(raw) - cut])
    assert CRATE.scan(mutated, 4, 40) == walked(mutated)


@needs_crate
def test_scans_of_every_head_agree():
    for head in range(256):
        for rest in (b"", b"\1", b"\1\2", b"\0\0\0\0\1", b"\0\0\0\3" + bytes(9), b"\2" * 30, b"\xff" * 5):
            raw = bytes((head,)) + rest
            assert CRATE.scan(raw, 4, 40) == walked(raw), raw.hex()


@needs_crate
@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=80), max_size=40), st.sampled_from([sha256, sm3]))
def test_roots_of_both_back_ends_are_the_same(leaves, digest):
    assert merkle.root(leaves, digest) == merkle.computed_root(leaves, digest)


def test_keys_are_recovered_from_signatures_as_coincurve_does():
    """One with the crate, one without; the signer's own key comes back, and for a high s none."""
    cases = recovery_cases(Random(4), 300)
    expected = [recover(*case) for case in cases]
    assert recover_many(cases) == expected
    assert 60 < sum(key is not None for key in expected) < 200
    signer = coincurve.PrivateKey(sha256(b"signer"))
    digest = sha256(b"message")
    signature = signer.sign_recoverable(digest, hasher=None)
    s = SECP256K1_ORDER - int.from_bytes(signature[32:64], "big")
    other = signature[:32] + s.to_bytes(32, "big") + bytes((signature[64] ^ 1,))
    assert coincurve.PublicKey.from_signature_and_message(other, digest, hasher=None) == signer.public_key
    assert recover_many([(digest, signature), (digest, other)]) == [signer.public_key.format(compressed=False), None]


def test_without_the_crate_keys_are_recovered_by_coincurve(monkeypatch):
    cases = recovery_cases(Random(5), 60)
    expected = recover_many(cases)
    monkeypatch.setattr(door, "_module", None)
    assert recover_many(cases) == expected


def test_keccak_of_both_back_ends_is_the_same():
    assert packaged_keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    for size in (0, 1, 135, 136, 137, 500):
        assert keccak256(bytes(size)) == packaged_keccak256(bytes(size))
