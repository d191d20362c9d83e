"""SM4-GCM (GM/T 0002-2012, RFC 8998): authenticated encryption under the suite guomi."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

KEY_BYTES: Final = 16
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


def sm4_gcm_seal(key: bytes, nonce: bytes, contents: bytes, bound: bytes) -> bytes:
    """Return the ciphertext, as long as the contents, and its tag of 16 bytes.

    key: 16 bytes. nonce: 12 bytes, never twice with one key. bound: bytes that are authenticated, not encrypted.
    Raises ValueError for other lengths.
    """
    _check(nonce)
    encryptor = Cipher(SM4(key), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(bound)
    return encryptor.update(contents) + encryptor.finalize() + encryptor.tag


def sm4_gcm_open(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    """Return the contents. Raises InvalidTag when anything is not as it was sealed, ValueError for other lengths."""
    _check(nonce)
    if len(sealed) < TAG_BYTES:
        raise InvalidTag
    decryptor = Cipher(SM4(key), GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
    decryptor.authenticate_additional_data(bound)
    return decryptor.update(sealed[:-TAG_BYTES]) + decryptor.finalize()


def _check(nonce: bytes) -> None:
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"a nonce has {NONCE_BYTES} bytes, not {len(nonce)}")
