"""Verification is total and takes one form of each signature only."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import private_key, verify
from huitong.crypto.keys import P256_ORDER, SECP256K1_ORDER
from huitong.types.registry import KeyKind

ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
KINDS = (KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1)
ECDSA = ((KeyKind.P256, P256_ORDER), (KeyKind.SECP256K1, SECP256K1_ORDER))
MESSAGE = b"what is signed"
KEYS = {kind: private_key(kind, b"\7" * 32) for kind in KINDS}


@settings(deadline=None)
@given(st.integers(0, 300), st.binary(max_size=70), st.binary(max_size=40), st.binary(max_size=70))
def test_any_bytes_give_an_answer(kind, public_key, message, signature):
    assert verify(kind, public_key, message, signature) is False


@given(st.sampled_from(KINDS), st.binary(min_size=64, max_size=64))
@settings(deadline=None)
def test_random_signatures_are_refused(kind, signature):
    assert verify(kind, KEYS[kind].public_key, MESSAGE, signature) is False


@given(st.sampled_from(KINDS), st.sampled_from(["public_key", "message", "signature"]), st.integers(0, 2**16))
@settings(deadline=None)
def test_one_changed_bit_is_refused(kind, where, bit):
    key = KEYS[kind]
    parts = {"public_key": key.public_key, "message": MESSAGE, "signature": key.sign(MESSAGE)}
    changed = bytearray(parts[where])
    bit %= len(changed) * 8
    changed[bit // 8] ^= 1 << bit % 8
    parts[where] = bytes(changed)
    assert verify(kind, parts["public_key"], parts["message"], parts["signature"]) is False


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + b"\0", lambda s: b"", lambda s: bytes(64)])
def test_signatures_of_another_length_or_of_zeros_are_refused(kind, change):
    key = KEYS[kind]
    assert not verify(kind, key.public_key, MESSAGE, change(key.sign(MESSAGE)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [lambda key: key[:-1], lambda key: key + b"\0", lambda key: b""])
def test_public_keys_of_another_length_are_refused(kind, change):
    key = KEYS[kind]
    assert not verify(kind, change(key.public_key), MESSAGE, key.sign(MESSAGE))


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_of_one_kind_is_none_of_another(kind):
    key = KEYS[kind]
    for other in range(6):
        assert verify(other, key.public_key, MESSAGE, key.sign(MESSAGE)) is (other == kind)


def test_ed25519_scalar_above_the_order_is_refused():
    key = KEYS[KeyKind.ED25519]
    signature = key.sign(MESSAGE)
    scalar = int.from_bytes(signature[32:], "little") + ED25519_ORDER
    assert not verify(KeyKind.ED25519, key.public_key, MESSAGE, signature[:32] + scalar.to_bytes(32, "little"))


SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]


@pytest.mark.parametrize("public_key", SMALL_ORDER)
def test_ed25519_keys_of_small_order_sign_nothing(public_key):
    """With such a key, R = identity and S = 0 satisfy the equation for an eighth of all messages or more."""
    point = bytes.fromhex(public_key)
    for number in range(16):
        for commitment in (bytes.fromhex(SMALL_ORDER[0]), point):
            assert not verify(KeyKind.ED25519, point, b"%d" % number, commitment + bytes(32))


@pytest.mark.parametrize(("kind", "order"), ECDSA)
def test_high_s_is_refused(kind, order):
    key = KEYS[kind]
    signature = key.sign(MESSAGE)
    s = int.from_bytes(signature[32:], "big")
    assert s <= order // 2
    assert verify(kind, key.public_key, MESSAGE, signature)
    assert not verify(kind, key.public_key, MESSAGE, signature[:32] + (order - s).to_bytes(32, "big"))


@pytest.mark.parametrize(("kind", "order"), ECDSA)
def test_r_and_s_out_of_range_are_refused(kind, order):
    key = KEYS[kind]
    signature = key.sign(MESSAGE)
    for wrong in (0, order, order + 1, 2**256 - 1):
        number = wrong.to_bytes(32, "big")
        assert not verify(kind, key.public_key, MESSAGE, number + signature[32:])
        assert not verify(kind, key.public_key, MESSAGE, signature[:32] + number)
    # r + n is the same number modulo the order where it still fits
    r = int.from_bytes(signature[:32], "big")
    if r + order < 2**256:
        assert not verify(kind, key.public_key, MESSAGE, (r + order).to_bytes(32, "big") + signature[32:])


@pytest.mark.parametrize(("kind", "order"), ECDSA)
def test_negated_public_key_is_refused(kind, order):
    key = KEYS[kind]
    negated = bytes((key.public_key[0] ^ 1,)) + key.public_key[1:]
    assert not verify(kind, negated, MESSAGE, key.sign(MESSAGE))
