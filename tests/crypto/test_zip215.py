"""ZIP-215: the edge cases on which Ed25519 libraries differ are all decided as the rule says."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from huitong.crypto import private_key, verify_zip215
from huitong.crypto.zip215 import _BASE, _add, _double, _is_identity, _multiply, _verify_cofactored, decode_point

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493


def encode_point(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def small_order_encodings():
    """All encodings, canonical or not, of the eight points whose order divides the cofactor."""
    torsion, seed = set(), 0
    while len(torsion) < 8:
        seed += 1
        point = decode_point(hashlib.sha256(bytes([seed])).digest())
        if point is not None:
            torsion.add(encode_point(_multiply(L, point)))
    ordinates = {int.from_bytes(raw, "little") & (2**255 - 1) for raw in torsion}
    candidates = [y + shift for y in ordinates for shift in (0, P) if y + shift < 2**255]
    encodings = [(y | sign << 255).to_bytes(32, "little") for y in candidates for sign in (0, 1)]
    points = [(raw, decode_point(raw)) for raw in encodings]
    return [raw for raw, point in points if point and _is_identity(_double(_double(_double(point))))]


SMALL = small_order_encodings()


def test_all_pairs_of_small_order_points_are_accepted():
    """14 x 14 signatures with S = 0, for any message: good by ZIP-215, many of them refused by libsodium."""
    assert len(set(SMALL)) == 14
    refused = 0
    for key in SMALL:
        for commitment in SMALL:
            signature = commitment + bytes(32)
            assert verify_zip215(key, b"Zcash", signature)
            try:
                crypto_sign_open(signature + b"Zcash", key)
            except BadSignatureError:
                refused += 1
    assert refused > 100


def test_the_equation_is_the_cofactored_one():
    """A commitment moved by a point of small order is good; libsodium refuses it."""
    secret, nonce, message = 987654321, 123456789, b"cofactor"
    key = encode_point(_multiply(secret, _BASE))
    for torsion in SMALL[1:]:
        commitment = encode_point(_add(_multiply(nonce, _BASE), decode_point(torsion)))
        challenge = int.from_bytes(hashlib.sha512(commitment + key + message).digest(), "little")
        signature = commitment + ((nonce + challenge * secret) % L).to_bytes(32, "little")
        assert verify_zip215(key, message, signature)
        assert not verify_zip215(key, message + b"x", signature)


def test_s_must_be_below_the_order():
    key = private_key(1, b"\x07" * 32)
    signature = key.sign(b"message")
    assert verify_zip215(key.public_key, b"message", signature)
    higher = int.from_bytes(signature[32:], "little") + L
    assert not verify_zip215(key.public_key, b"message", signature[:32] + higher.to_bytes(32, "little"))
    assert not verify_zip215(SMALL[0], b"message", SMALL[0] + L.to_bytes(32, "little"))


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.integers(0, 511))
def test_both_ways_agree_on_ordinary_signatures(secret, message, bit):
    key = private_key(1, secret)
    signature = key.sign(message)
    assert verify_zip215(key.public_key, message, signature)
    assert _verify_cofactored(key.public_key, message, signature)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verify_zip215(key.public_key, message, bytes(changed))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=40), st.binary(max_size=10), st.binary(max_size=70))
def test_verification_is_total(key, message, signature):
    assert verify_zip215(key, message, signature) is False


@pytest.mark.parametrize(("key", "signature"), [(31, 64), (33, 64), (32, 63), (32, 65), (0, 0)])
def test_lengths(key, signature):
    assert not verify_zip215(bytes(key), b"", bytes(signature))
