"""Verification of client signatures. The rules per kind of key stand in `huitong.types.registry.KeyKind`."""

import hashlib

import nacl.bindings
from coincurve.ecdsa import cdata_to_der, deserialize_compact
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from nacl.exceptions import BadSignatureError

from huitong.types.registry import KeyKind

from . import sm2
from .keys import (
    ED25519_PUBLIC_BYTES,
    P256_ORDER,
    SECP256K1_ORDER,
    SIGNATURE_BYTES,
    parse_p256,
    parse_secp256k1,
)

_P256_SHA256 = ec.ECDSA(hashes.SHA256())


def verify(kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True when the signature holds. Total: any bytes and any kind give an answer, never an error.

    Only where SM2 cannot be computed, kind 4 raises HT6107: a chain that has such keys does not start there.
    """
    if len(signature) != SIGNATURE_BYTES:
        return False
    if kind == KeyKind.ED25519:
        return _verify_ed25519(public_key, message, signature)
    if kind == KeyKind.P256:
        return _verify_p256(public_key, message, signature)
    if kind == KeyKind.SECP256K1:
        return _verify_secp256k1(public_key, message, signature)
    if kind == KeyKind.SM2:
        return sm2.verify(public_key, message, signature)
    return False


def _verify_ed25519(public_key: bytes, message: bytes, signature: bytes) -> bool:
    # libsodium reads 32 bytes whatever the length of the object is
    if len(public_key) != ED25519_PUBLIC_BYTES:
        return False
    try:
        nacl.bindings.crypto_sign_open(signature + message, public_key)
    except BadSignatureError:
        return False
    return True


def _verify_p256(public_key: bytes, message: bytes, signature: bytes) -> bool:
    key = parse_p256(public_key)
    numbers = _numbers(signature, P256_ORDER)
    if key is None or numbers is None:
        return False
    try:
        key.verify(encode_dss_signature(*numbers), message, _P256_SHA256)
    except InvalidSignature:
        return False
    return True


def _verify_secp256k1(public_key: bytes, message: bytes, signature: bytes) -> bool:
    key = parse_secp256k1(public_key)
    if key is None or _numbers(signature, SECP256K1_ORDER) is None:
        return False
    der = cdata_to_der(deserialize_compact(signature))
    return bool(key.verify(der, hashlib.sha256(message).digest(), None))


def _numbers(signature: bytes, order: int) -> tuple[int, int] | None:
    """Read r and s; None when one is out of range or s is above half the order."""
    r = int.from_bytes(signature[:32], "big")
    s = int.from_bytes(signature[32:], "big")
    if 0 < r < order and 0 < s <= order // 2:
        return r, s
    return None
