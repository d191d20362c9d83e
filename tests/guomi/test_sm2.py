"""SM2 against the published vectors, a plain Python oracle, and everything that is no signature.

Vectors: GM/T 0003.5-2012, appendices A (signature) and C (encryption); user id 1234567812345678.
"""

import pytest
import sm2_oracle as oracle
from guomi_vectors import CIPHERTEXT, IDENTITY, MESSAGE, NONCE, PUBLIC, SECRET, SIGNATURE
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import check_public_key, private_key, sm2_decrypt, sm2_encrypt, verify
from huitong.crypto.libcrypto import libcrypto
from huitong.crypto.sm2_curve import ORDER, PRIME, identity_digest, is_point, message_digest
from huitong.crypto.sm2_openssl import OpensslKey, sign_with, verify_digest
from huitong.types import Code, HuitongError
from huitong.types.native import native
from huitong.types.registry import KeyKind

KIND = KeyKind.SM2
SECRETS = st.integers(1, ORDER - 2).map(oracle.number)
NUMBERS = st.integers(0, 2**256 - 1).map(oracle.number)


@pytest.fixture(scope="module")
def arithmetic():
    found = libcrypto()
    if found is None:
        pytest.skip("this Python is not linked to an OpenSSL with SM2")
    return found


def test_z_and_digest_are_those_of_the_standard():
    assert identity_digest(PUBLIC).hex() == IDENTITY
    assert message_digest(PUBLIC, MESSAGE).hex() == "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640"


def test_the_signature_is_that_of_the_standard(arithmetic):
    assert private_key(KIND, SECRET).public_key == PUBLIC
    assert sign_with(arithmetic, SECRET, message_digest(PUBLIC, MESSAGE), NONCE) == SIGNATURE
    assert oracle.sign(int.from_bytes(SECRET, "big"), MESSAGE, int.from_bytes(NONCE, "big")) == SIGNATURE
    assert verify(KIND, PUBLIC, MESSAGE, SIGNATURE)


def test_the_ciphertext_is_that_of_the_standard():
    plain = b"encryption standard"
    assert sm2_encrypt(PUBLIC, plain, lambda size: NONCE[:size]) == CIPHERTEXT
    assert oracle.encrypt(PUBLIC, plain, int.from_bytes(NONCE, "big")) == CIPHERTEXT
    assert sm2_decrypt(SECRET, CIPHERTEXT) == plain


@given(SECRETS, SECRETS, st.binary(max_size=80))
@settings(deadline=None, max_examples=25)
def test_signatures_of_the_oracle_hold_and_none_for_another_message(secret, nonce, message):
    signature = oracle.sign(int.from_bytes(secret, "big"), message, int.from_bytes(nonce, "big"))
    public = private_key(KIND, secret).public_key
    assert public == oracle.encoded(oracle.multiply(int.from_bytes(secret, "big")))
    assert verify(KIND, public, message, signature)
    assert not verify(KIND, public, message + b".", signature)


@given(SECRETS, st.binary(max_size=80))
@settings(deadline=None, max_examples=25)
def test_the_oracle_accepts_our_signatures(secret, message):
    key = private_key(KIND, secret)
    signature = key.sign(message)
    assert oracle.verify(key.public_key, message, signature)


@given(NUMBERS, NUMBERS)
@settings(deadline=None, max_examples=25)
def test_random_numbers_are_judged_as_by_the_oracle(r, s):
    assert verify(KIND, PUBLIC, MESSAGE, r + s) == oracle.verify(PUBLIC, MESSAGE, r + s)


@given(st.integers(0, 511))
@settings(deadline=None)
def test_no_bit_of_a_signature_may_change(position):
    changed = bytearray(SIGNATURE)
    changed[position // 8] ^= 1 << position % 8
    assert not verify(KIND, PUBLIC, MESSAGE, bytes(changed))


R, S = int.from_bytes(SIGNATURE[:32], "big"), int.from_bytes(SIGNATURE[32:], "big")
NO_SIGNATURES = {
    "r zero": (0, S),
    "s zero": (R, 0),
    "both zero": (0, 0),
    "r is the order": (ORDER, S),
    "s is the order": (R, ORDER),
    "r above the order": (ORDER + 1, S),
    "s above the order": (R, ORDER + 1),
    "r all ones": (2**256 - 1, S),
    "r and s sum to the order": (R, ORDER - R),
    "the other s": (R, ORDER - S),
    "the other r": (ORDER - R, S),
    "swapped": (S, R),
}


@pytest.mark.parametrize("name", NO_SIGNATURES)
def test_numbers_out_of_range_and_malleated_ones_do_not_hold(name):
    r, s = NO_SIGNATURES[name]
    signature = oracle.number(r) + oracle.number(s)
    assert not verify(KIND, PUBLIC, MESSAGE, signature)
    assert not oracle.verify(PUBLIC, MESSAGE, signature)


def test_a_signature_that_leads_to_infinity_does_not_hold():
    """s G + (r + s) P = infinity: s = -(r + s) d, so s = -r d / (1 + d)."""
    d, r = int.from_bytes(SECRET, "big"), int.from_bytes(message_digest(PUBLIC, MESSAGE), "big") % ORDER
    s = -r * d * pow(1 + d, -1, ORDER) % ORDER
    assert oracle.add(oracle.multiply(s), oracle.multiply(r + s, oracle.decoded(PUBLIC))) is None
    assert not verify(KIND, PUBLIC, MESSAGE, oracle.number(r) + oracle.number(s))


@pytest.mark.parametrize("user_id", [b"", b"1234567812345677", b"ALICE123@YAHOO.COM"])
def test_a_signature_for_another_user_id_does_not_hold(user_id):
    signature = oracle.sign(int.from_bytes(SECRET, "big"), MESSAGE, int.from_bytes(NONCE, "big"), user_id)
    assert not verify(KIND, PUBLIC, MESSAGE, signature)


def test_a_digest_without_z_does_not_hold(arithmetic):
    naked = oracle.sm3(MESSAGE)
    signature = sign_with(arithmetic, SECRET, naked, NONCE)
    assert verify_digest(arithmetic, PUBLIC, naked, signature)
    assert not verify(KIND, PUBLIC, MESSAGE, signature)


@pytest.mark.parametrize("size", [0, 1, 63, 65, 70, 128])
def test_signatures_of_another_length_do_not_hold(size):
    assert not verify(KIND, PUBLIC, MESSAGE, (SIGNATURE * 2)[:size])


X, Y = oracle.decoded(PUBLIC)
NO_KEYS = {
    "empty": b"",
    "infinity": b"\0",
    "infinity padded": bytes(65),
    "origin": b"\4" + bytes(64),
    "compressed": bytes((2 + Y % 2,)) + oracle.number(X),
    "hybrid": bytes((6 + Y % 2,)) + PUBLIC[1:],
    "without a prefix": PUBLIC[1:],
    "one byte more": PUBLIC + b"\0",
    "not on the curve": PUBLIC[:-1] + bytes((PUBLIC[-1] ^ 1,)),
    "on the curve of P-256": bytes.fromhex(
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    ),
    "x is the prime": b"\4" + oracle.number(PRIME) + oracle.number(Y),
    "all ones": b"\4" + b"\xff" * 64,
}


@pytest.mark.parametrize("name", NO_KEYS)
def test_what_is_no_point_is_no_key_and_verifies_nothing(name):
    with pytest.raises(HuitongError) as caught:
        check_public_key(KIND, NO_KEYS[name])
    assert caught.value.code is Code.KEY_INVALID
    assert not verify(KIND, NO_KEYS[name], MESSAGE, SIGNATURE)
    with pytest.raises(HuitongError) as caught:
        sm2_encrypt(NO_KEYS[name], b"contents", lambda size: NONCE[:size])
    assert caught.value.code is Code.KEY_INVALID


def test_a_coordinate_that_is_not_reduced_is_no_key():
    """The smallest x of a point may be written as x + p in 32 bytes: that is another encoding, and refused."""
    x = next(x for x in range(1, 50) if pow(x**3 + oracle.A * x + oracle.B, (PRIME - 1) // 2, PRIME) == 1)
    y = pow(x**3 + oracle.A * x + oracle.B, (PRIME + 1) // 4, PRIME)
    assert is_point(b"\4" + oracle.number(x) + oracle.number(y))
    assert not is_point(b"\4" + oracle.number(x + PRIME) + oracle.number(y))


@given(SECRETS, st.binary(max_size=60))
@settings(deadline=None, max_examples=30)
def test_native_and_libcrypto_are_twins(arithmetic, secret, message):
    crate = native()
    if crate is None:
        pytest.skip("huitong-native is not installed")
    one, other = OpensslKey(arithmetic, secret), crate.Sm2Key(secret)
    assert one.public_key == other.public_key
    digest = message_digest(one.public_key, message)
    assert one.sign_digest(digest) == other.sign_digest(digest)


@given(st.binary(min_size=1, max_size=100), st.integers(0, 10**6), st.integers(0, 7))
@settings(deadline=None, max_examples=40)
def test_any_changed_bit_of_a_ciphertext_is_refused(plain, position, bit):
    ciphertext = sm2_encrypt(PUBLIC, plain, lambda size: NONCE[:size])
    assert sm2_decrypt(SECRET, ciphertext) == plain
    changed = bytearray(ciphertext)
    changed[position % len(changed)] ^= 1 << bit
    with pytest.raises(HuitongError) as caught:
        sm2_decrypt(SECRET, bytes(changed))
    assert caught.value.code is Code.KEY_INVALID


@pytest.mark.parametrize("size", [0, 64, 65, 97])
def test_a_ciphertext_that_is_too_short_is_refused(size):
    with pytest.raises(HuitongError) as caught:
        sm2_decrypt(SECRET, CIPHERTEXT[:size])
    assert caught.value.code is Code.KEY_INVALID


def test_another_key_decrypts_nothing():
    with pytest.raises(HuitongError) as caught:
        sm2_decrypt(b"\1" * 32, CIPHERTEXT)
    assert caught.value.code is Code.KEY_INVALID


def test_what_the_source_of_randomness_gives_out_of_range_is_drawn_again():
    drawn = iter((bytes(32), b"\xff" * 32, NONCE))
    assert sm2_encrypt(PUBLIC, b"encryption standard", lambda _: next(drawn)) == CIPHERTEXT
    with pytest.raises(AssertionError):
        sm2_encrypt(PUBLIC, b"contents", lambda _: bytes(32))
