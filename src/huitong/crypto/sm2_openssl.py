"""SM2 signatures (GM/T 0003.2-2012) over libcrypto, where the native crate is not installed: its twin.

Both draw no randomness: the nonce is that of RFC 6979 with HMAC-SM3, so equal messages give equal signatures.
"""

from collections.abc import Iterator

from .libcrypto import Libcrypto
from .sm2_curve import ORDER, SCALAR_BYTES
from .sm3 import DIGEST_BYTES, hmac_sm3


class OpensslKey:
    """A signing key; the secret is the scalar, from 1 to n - 2."""

    __slots__ = ("_arithmetic", "_secret", "public_key")

    def __init__(self, arithmetic: Libcrypto, secret: bytes) -> None:
        point = arithmetic.multiply(secret)
        assert point is not None, "a number below the order does not lead to infinity"
        self._arithmetic = arithmetic
        self._secret = secret
        self.public_key = point

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign 32 bytes: r || s."""
        for nonce in nonces(self._secret, digest):
            signature = sign_with(self._arithmetic, self._secret, digest, nonce)
            if signature is not None:
                return signature
        raise AssertionError("unreachable: nonces do not end")


def sign_with(arithmetic: Libcrypto, secret: bytes, digest: bytes, nonce: bytes) -> bytes | None:
    """Sign a digest with a nonce that is used once; None when the nonce does not serve (as good as never)."""
    point = arithmetic.multiply(nonce)
    assert point is not None, "a nonce is below the order"
    number = (int.from_bytes(digest, "big") + int.from_bytes(point[1:33], "big")) % ORDER
    r = number.to_bytes(SCALAR_BYTES, "big")
    s = arithmetic.signature_scalar(secret, nonce, r)
    usable = number and any(s) and (number + int.from_bytes(s, "big")) % ORDER
    return r + s if usable else None


def nonces(secret: bytes, digest: bytes) -> Iterator[bytes]:
    """Nonces of RFC 6979, 3.2, with HMAC-SM3: of 32 bytes, in [1, n - 1], one after the other."""
    seed = secret + (int.from_bytes(digest, "big") % ORDER).to_bytes(SCALAR_BYTES, "big")
    value, key = b"\1" * DIGEST_BYTES, bytes(DIGEST_BYTES)
    for step in (b"\0", b"\1"):
        key = hmac_sm3(key, value + step + seed)
        value = hmac_sm3(key, value)
    while True:
        value = hmac_sm3(key, value)
        if 0 < int.from_bytes(value, "big") < ORDER:
            yield value
        key = hmac_sm3(key, value + b"\0")
        value = hmac_sm3(key, value)


def verify_digest(arithmetic: Libcrypto, public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """True when a signature of a digest holds. public_key: a checked point. signature: 64 bytes."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    total = (r + s) % ORDER
    if not (0 < r < ORDER and 0 < s < ORDER and total):
        return False
    point = arithmetic.sum_of_products(signature[32:], total.to_bytes(SCALAR_BYTES, "big"), public_key)
    if point is None:
        return False
    return (int.from_bytes(digest, "big") + int.from_bytes(point[1:33], "big") - r) % ORDER == 0
