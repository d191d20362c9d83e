"""SM4 and SM4-GCM. Vectors: GM/T 0002-2012, appendix A; RFC 8998, appendix A.1."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from guomi_vectors import RFC_8998, SM4_KEY, SM4_MILLION, SM4_ONCE
from hypothesis import given
from hypothesis import strategies as st

from huitong.crypto import sm4_gcm_open, sm4_gcm_seal

NONCE = bytes.fromhex("00001234567800000000abcd")
BOUND = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")


def test_the_block_cipher_is_that_of_the_standard():
    encryptor = Cipher(SM4(SM4_KEY), ECB()).encryptor()
    block = encryptor.update(SM4_KEY)
    assert block.hex() == SM4_ONCE
    for _ in range(999_999):
        block = encryptor.update(block)
    assert block.hex() == SM4_MILLION


def test_gcm_is_that_of_rfc_8998():
    plain = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    assert sm4_gcm_seal(SM4_KEY, NONCE, plain, BOUND).hex() == RFC_8998
    assert sm4_gcm_open(SM4_KEY, NONCE, bytes.fromhex(RFC_8998), BOUND) == plain


@given(st.binary(max_size=100), st.binary(max_size=30), st.integers(0, 10**6), st.integers(0, 7))
def test_any_changed_bit_is_refused(contents, bound, position, bit):
    sealed = sm4_gcm_seal(SM4_KEY, NONCE, contents, bound)
    assert sm4_gcm_open(SM4_KEY, NONCE, sealed, bound) == contents
    changed = bytearray(sealed)
    changed[position % len(changed)] ^= 1 << bit
    with pytest.raises(InvalidTag):
        sm4_gcm_open(SM4_KEY, NONCE, bytes(changed), bound)
    with pytest.raises(InvalidTag):
        sm4_gcm_open(SM4_KEY, NONCE, sealed, bound + b".")


@pytest.mark.parametrize("size", [0, 1, 15])
def test_what_is_shorter_than_a_tag_is_refused(size):
    with pytest.raises(InvalidTag):
        sm4_gcm_open(SM4_KEY, NONCE, bytes(size), b"")


@pytest.mark.parametrize(
    ("key", "nonce"), [(bytes(15), NONCE), (bytes(32), NONCE), (SM4_KEY, bytes(11)), (SM4_KEY, bytes(16))]
)
def test_other_lengths_are_refused(key, nonce):
    with pytest.raises(ValueError, match=r"bytes|key size"):
        sm4_gcm_seal(key, nonce, b"contents", b"")
    with pytest.raises(ValueError, match=r"bytes|key size"):
        sm4_gcm_open(key, nonce, bytes(20), b"")
