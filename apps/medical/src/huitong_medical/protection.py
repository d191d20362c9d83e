r"""What protects contents and their keys, by the suite of the chain.

| | international | guomi |
| --- | --- | --- |
| commitments | SHA-256 | SM3 |
| contents, keys in the vault | AES-256-GCM | SM4-GCM (RFC 8998), 128 bit keys |
| keys to members | HPKE (RFC 9180) base mode: X25519, HKDF-SHA256, AES-256-GCM | SM2 encryption (GM/T 0003.4) |

Both wrappings bind an info: HPKE by itself; SM2 encrypts SM3(info) in front of the key, and what comes back with
another one is refused.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from huitong.crypto import sm2_decrypt, sm2_encrypt, sm3, sm4_gcm_open, sm4_gcm_seal
from huitong.types import HuitongError

__all__ = ["GUOMI", "INTERNATIONAL", "PROTECTIONS", "Protection"]

_HPKE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_INFO_BYTES: Final = 32
_SM4_KEY_BYTES: Final = 16


class Protection(msgspec.Struct, frozen=True):
    """Functions of one suite. All that open raise ValueError or InvalidTag for what is not as it was.

    wrapping: its name for people. digest: of commitments, 32 bytes. key_bytes: of the cipher. seal, open: key, nonce
    of 12 bytes, contents, bound bytes. wrap: contents, encryption key of a member, info. unwrap: wrapped, secret, info.
    """

    wrapping: str
    digest: Callable[[bytes], bytes]
    key_bytes: int
    seal: Callable[[bytes, bytes, bytes, bytes], bytes]
    open: Callable[[bytes, bytes, bytes, bytes], bytes]
    wrap: Callable[[bytes, bytes, bytes], bytes]
    unwrap: Callable[[bytes, bytes, bytes], bytes]


def _sha256(data: bytes) -> bytes:
    return sha256(data).digest()


def _seal_aes(key: bytes, nonce: bytes, contents: bytes, bound: bytes) -> bytes:
    return AESGCM(key).encrypt(nonce, contents, bound)


def _open_aes(key: bytes, nonce: bytes, sealed: bytes, bound: bytes) -> bytes:
    return AESGCM(key).decrypt(nonce, sealed, bound)


def _wrap_hpke(contents: bytes, encryption_key: bytes, info: bytes) -> bytes:
    return _HPKE.encrypt(contents, X25519PublicKey.from_public_bytes(encryption_key), info=info)


def _unwrap_hpke(wrapped: bytes, secret: bytes, info: bytes) -> bytes:
    return _HPKE.decrypt(wrapped, X25519PrivateKey.from_private_bytes(secret), info=info)


def _wrap_sm2(contents: bytes, encryption_key: bytes, info: bytes) -> bytes:
    try:
        return sm2_encrypt(encryption_key, sm3(info) + contents, token_bytes)
    except HuitongError as error:
        raise ValueError(str(error)) from None


def _unwrap_sm2(wrapped: bytes, secret: bytes, info: bytes) -> bytes:
    try:
        raw = sm2_decrypt(secret, wrapped)
    except HuitongError as error:
        raise ValueError(str(error)) from None
    if not compare_digest(raw[:_INFO_BYTES], sm3(info)):
        raise InvalidTag
    return raw[_INFO_BYTES:]


INTERNATIONAL: Final = Protection("HPKE", _sha256, 32, _seal_aes, _open_aes, _wrap_hpke, _unwrap_hpke)
GUOMI: Final = Protection("SM2", sm3, _SM4_KEY_BYTES, sm4_gcm_seal, sm4_gcm_open, _wrap_sm2, _unwrap_sm2)
PROTECTIONS: Final[Mapping[str, Protection]] = {"international": INTERNATIONAL, "guomi": GUOMI}
"""By the name of the chain's suite."""
