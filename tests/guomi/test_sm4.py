"""SM4 and SM4-GCM. Vectors: GM/T 0002-2012, appendix A; RFC 8998, appendix A.1."""

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import given
from hypothesis import strategies as st

from huitong.crypto import sm4_gcm_open, sm4_gcm_seal

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
NONCE = bytes.fromhex("00001234567800000000abcd")
BOUND = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
RFC_8998 = (
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)


def test_the_block_cipher_is_that_of_the_standard():
    encryptor = Cipher(SM4(KEY), ECB()).encryptor()
    block = encryptor.update(KEY)
    assert block.hex() == "681edf34d206965e86b3e94f536e4246"
    for _ in range(999_999):
        block = encryptor.update(block)
    assert block.hex() == "595298c7c6fd271f0402f804c33d3f66"


def test_gcm_is_that_of_rfc_8998():
    plain = bytes.fromhex("aa" * 8 + "bb" * 8 + "cc" * 8 + "dd" * 8 + "ee" * 8 + "ff" * 8 + "ee" * 8 + "aa" * 8)
    assert sm4_gcm_seal(KEY, NONCE, plain, BOUND).hex() == RFC_8998
    assert sm4_gcm_open(KEY, NONCE, bytes.fromhex(RFC_8998), BOUND) == plain


@given(st.binary(max_size=100), st.binary(max_size=30), st.integers(0, 10**6), st.integers(0, 7))
def test_any_changed_bit_is_refused(contents, bound, position, bit):
    sealed = sm4_gcm_seal(KEY, NONCE, contents, bound)
    assert sm4_gcm_open(KEY, NONCE, sealed, bound) == contents
    changed = bytearray(sealed)
    changed[position % len(changed)] ^= 1 << bit
    with pytest.raises(InvalidTag):
        sm4_gcm_open(KEY, NONCE, bytes(changed), bound)
    with pytest.raises(InvalidTag):
        sm4_gcm_open(KEY, NONCE, sealed, bound + b".")


@pytest.mark.parametrize("size", [0, 1, 15])
def test_what_is_shorter_than_a_tag_is_refused(size):
    with pytest.raises(InvalidTag):
        sm4_gcm_open(KEY, NONCE, bytes(size), b"")


@pytest.mark.parametrize(("key", "nonce"), [(bytes(15), NONCE), (bytes(32), NONCE), (KEY, bytes(11)), (KEY, bytes(16))])
def test_other_lengths_are_refused(key, nonce):
    with pytest.raises(ValueError, match=r"bytes|key size"):
        sm4_gcm_seal(key, nonce, b"contents", b"")
    with pytest.raises(ValueError, match=r"bytes|key size"):
        sm4_gcm_open(key, nonce, bytes(20), b"")
