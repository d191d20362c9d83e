"""Signing keys of members: the form of public keys, and private keys that sign deterministically.

Encodings per kind stand in `huitong.types.registry.KeyKind`. Nothing here draws randomness: secrets are 32 bytes
that the caller brings.
"""

from functools import lru_cache
from typing import Final, Protocol

import coincurve
import nacl.bindings
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

from . import sm2
from .sm2_curve import is_point, message_digest

SECRET_BYTES: Final = 32
ED25519_PUBLIC_BYTES: Final = 32
COMPRESSED_POINT_BYTES: Final = 33
SIGNATURE_BYTES: Final = 64
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SECP256K1_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
P256_CACHE_KEYS: Final = 4096
"""Parsed P-256 keys kept: decompressing a point costs a third of a verification."""

_P256_SHA256: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


class PrivateKey(Protocol):
    """A signing key. `sign` is deterministic: equal messages give equal signatures."""

    @property
    def kind(self) -> KeyKind:
        """Kind of key, which decides the form of `public_key` and of signatures."""
        ...

    @property
    def public_key(self) -> bytes:
        """Public key in the encoding of its kind."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign a message (hashed by the rule of the kind); 64 bytes."""
        ...


class Ed25519Key:
    """RFC 8032 key; the secret is the seed."""

    __slots__ = ("_expanded", "public_key")
    kind = KeyKind.ED25519

    def __init__(self, secret: bytes) -> None:
        self.public_key, self._expanded = nacl.bindings.crypto_sign_seed_keypair(_secret(secret))

    def sign(self, message: bytes) -> bytes:
        """Sign as RFC 8032 says: R and S, 64 bytes."""
        return nacl.bindings.crypto_sign(message, self._expanded)[:SIGNATURE_BYTES]


class P256Key:
    """NIST P-256 key; the secret is the scalar, big-endian, from 1 to n - 1."""

    __slots__ = ("_key", "public_key")
    kind = KeyKind.P256

    def __init__(self, secret: bytes) -> None:
        self._key = ec.derive_private_key(_scalar(secret, P256_ORDER), ec.SECP256R1())
        self.public_key = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)

    def sign(self, message: bytes) -> bytes:
        """Sign the SHA-256 of a message, RFC 6979 nonce, low s: r and s, 64 bytes."""
        r, s = decode_dss_signature(self._key.sign(message, _P256_SHA256))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


class Secp256k1Key:
    """SEC 2 secp256k1 key; the secret is the scalar, big-endian, from 1 to n - 1."""

    __slots__ = ("_key", "public_key")
    kind = KeyKind.SECP256K1

    def __init__(self, secret: bytes) -> None:
        _scalar(secret, SECP256K1_ORDER)
        self._key = coincurve.PrivateKey(secret)
        self.public_key: bytes = self._key.public_key.format(compressed=True)

    def sign(self, message: bytes) -> bytes:
        """Sign the SHA-256 of a message, RFC 6979 nonce, low s: r and s, 64 bytes."""
        signature: bytes = self._key.sign_recoverable(message)[:SIGNATURE_BYTES]
        return signature


class Sm2Key:
    """GM/T 0003 key; the secret is the scalar, big-endian, from 1 to n - 2."""

    __slots__ = ("_key", "public_key")
    kind = KeyKind.SM2

    def __init__(self, secret: bytes) -> None:
        self._key = sm2.signing_key(secret)
        self.public_key = self._key.public_key

    def sign(self, message: bytes) -> bytes:
        """Sign SM3(Z || message) with the user id 1234567812345678, nonce of RFC 6979: r and s, 64 bytes."""
        return self._key.sign_digest(message_digest(self.public_key, message))


def private_key(kind: int, secret: bytes) -> PrivateKey:
    """Make a signing key from its 32-byte secret.

    Raises HT4105 for a kind that this program cannot sign with, a secret of another length, or a scalar out of range,
    HT6107 for an SM2 key where SM2 cannot be computed.
    """
    if kind == KeyKind.ED25519:
        return Ed25519Key(secret)
    if kind == KeyKind.P256:
        return P256Key(secret)
    if kind == KeyKind.SECP256K1:
        return Secp256k1Key(secret)
    if kind == KeyKind.SM2:
        return Sm2Key(secret)
    raise kind_missing(kind)


def check_public_key(kind: int, public_key: bytes) -> None:
    """Check that bytes are a usable public key of a kind: length, encoding, on the curve, of the right order.

    Raises HT4105 otherwise, and for kinds that are reserved or unknown.
    """
    if kind == KeyKind.ED25519:
        _check_ed25519(public_key)
    elif kind == KeyKind.P256:
        if parse_p256(public_key) is None:
            raise _invalid(kind, "not a compressed point of the curve")
    elif kind == KeyKind.SECP256K1:
        if parse_secp256k1(public_key) is None:
            raise _invalid(kind, "not a compressed point of the curve")
    elif kind == KeyKind.SM2:
        if not is_point(public_key):
            raise _invalid(kind, "not an uncompressed point of the curve")
    else:
        raise kind_missing(kind)


def kind_missing(kind: int) -> HuitongError:
    """HT4105: keys of this kind are not used here."""
    return _invalid(kind, "this program has no keys of this kind")


def _check_ed25519(public_key: bytes) -> None:
    if len(public_key) != ED25519_PUBLIC_BYTES:
        raise _invalid(KeyKind.ED25519, f"{len(public_key)} bytes, not {ED25519_PUBLIC_BYTES}")
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(public_key):
        raise _invalid(KeyKind.ED25519, "not a canonical point of the prime-order group")


@lru_cache(maxsize=P256_CACHE_KEYS)
def parse_p256(public_key: bytes) -> ec.EllipticCurvePublicKey | None:
    """Read a compressed P-256 point, None when the bytes are none. Answers are cached by the bytes."""
    if not _is_compressed(public_key):
        return None
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        return None


def parse_secp256k1(public_key: bytes) -> coincurve.PublicKey | None:
    """Read a compressed secp256k1 point, None when the bytes are none."""
    if not _is_compressed(public_key):
        return None
    try:
        return coincurve.PublicKey(public_key)
    except ValueError:
        return None


def _is_compressed(public_key: bytes) -> bool:
    return len(public_key) == COMPRESSED_POINT_BYTES and public_key[0] in (2, 3)


def _secret(secret: bytes) -> bytes:
    if len(secret) != SECRET_BYTES:
        raise HuitongError(Code.KEY_INVALID, reason=f"a secret has {SECRET_BYTES} bytes, not {len(secret)}")
    return secret


def _scalar(secret: bytes, order: int) -> int:
    number = int.from_bytes(_secret(secret), "big")
    if not 0 < number < order:
        raise HuitongError(Code.KEY_INVALID, reason="the secret is not between 1 and the order of the curve")
    return number


def _invalid(kind: int, reason: str) -> HuitongError:
    known = kind in KeyKind.__members__.values()
    name = KeyKind(kind).name.lower().replace("_", "-") if known else str(kind)
    return HuitongError(Code.KEY_INVALID, reason=f"key of kind {name}: {reason}")
