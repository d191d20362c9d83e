"""Encryption keys of members: what others wrap data keys to. They never sign."""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from huitong.types import Code, HuitongError
from huitong.types.registry import EncryptionKind

from . import sm2
from .sm2_curve import POINT_BYTES, is_point
from .suite import Suite

X25519_BYTES: Final = 32


def encryption_kind(suite: Suite, public_key: bytes) -> int:
    """Kind of an encryption key, told by its length: 0 none, 32 bytes X25519, 65 bytes SM2 (under guomi).

    Raises HT4105 for another length, and for 65 bytes that are no point of SM2's curve.
    """
    if not public_key:
        return 0
    if len(public_key) == X25519_BYTES:
        return EncryptionKind.X25519
    if suite.encryption_kind != EncryptionKind.SM2:
        raise HuitongError(Code.KEY_INVALID, reason=f"an X25519 key has {X25519_BYTES} bytes")
    if not is_point(public_key):
        reason = f"an encryption key is {X25519_BYTES} bytes (X25519), or {POINT_BYTES} of an uncompressed SM2 point"
        raise HuitongError(Code.KEY_INVALID, reason=reason)
    return EncryptionKind.SM2


def encryption_public_key(kind: int, secret: bytes) -> bytes:
    """Public key of a 32-byte encryption secret. Raises HT4105 for a secret or kind that is none, HT6107."""
    if kind == EncryptionKind.SM2:
        return sm2.public_key_of(secret)
    if kind == EncryptionKind.X25519 and len(secret) == X25519_BYTES:
        return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    raise HuitongError(Code.KEY_INVALID, reason="an encryption secret is 32 bytes, for X25519 or SM2")
