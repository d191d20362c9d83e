"""SM2: signatures (GM/T 0003.2) and public key encryption (GM/T 0003.4-2012).

A signature is r || s, 64 bytes; s has no lower half, (r, n - s) does not verify. Signing draws no randomness: the
nonce is that of RFC 6979 with HMAC-SM3, as the crate `sm2` makes it, so equal messages give equal signatures under
every back end. There is no pure Python back end: without libcrypto and without the native crate all of this raises
HT6107.
"""

import hmac
from collections.abc import Callable, Iterator
from typing import Final

from huitong.types import Code, HuitongError

from .libcrypto import Libcrypto, libcrypto
from .sm2_curve import ORDER, POINT_BYTES, SCALAR_BYTES, is_point, message_digest
from .sm3 import DIGEST_BYTES, hmac_sm3, sm3

SIGNATURE_BYTES: Final = 64
CIPHERTEXT_EXTRA_BYTES: Final = POINT_BYTES + DIGEST_BYTES
"""How much longer a ciphertext is than its contents."""
MAX_PLAINTEXT_BYTES: Final = 1 << 20
_ATTEMPTS: Final = 64


def back_end() -> Libcrypto:
    """Return what computes. Raises HT6107 when there is nothing."""
    found = libcrypto()
    if found is None:
        raise HuitongError(Code.SM2_UNAVAILABLE)
    return found


def available() -> bool:
    """True when this machine can compute SM2."""
    return libcrypto() is not None


def public_key_of(secret: bytes) -> bytes:
    """Public key of a secret in [1, n - 2], 65 bytes. Raises HT4105 for another secret, HT6107."""
    point = back_end().multiply(_scalar(secret))
    assert point is not None, "a number below the order does not lead to infinity"
    return point


def sign(secret: bytes, public_key: bytes, message: bytes) -> bytes:
    """Sign a message; 64 bytes. public_key: that of the secret, which is part of what is signed. Raises HT6107."""
    digest = message_digest(public_key, message)
    for nonce in nonces(secret, digest):
        signature = sign_with(secret, digest, nonce)
        if signature is not None:
            return signature
    raise AssertionError("unreachable: nonces do not end")


def sign_with(secret: bytes, digest: bytes, nonce: bytes) -> bytes | None:
    """Sign a digest with a nonce that is used once; None when the nonce does not serve (as good as never)."""
    arithmetic = back_end()
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


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True when the signature holds; False for any other bytes. Raises HT6107."""
    if not is_point(public_key):
        return False
    return verify_digest(public_key, message_digest(public_key, message), signature)


def verify_digest(public_key: bytes, digest: bytes, signature: bytes) -> bool:
    """True when a signature of a digest holds. public_key: a checked point. Raises HT6107."""
    arithmetic = back_end()
    if len(signature) != SIGNATURE_BYTES:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    total = (r + s) % ORDER
    if not (0 < r < ORDER and 0 < s < ORDER and total):
        return False
    point = arithmetic.sum_of_products(signature[32:], total.to_bytes(SCALAR_BYTES, "big"), public_key)
    if point is None:
        return False
    return (int.from_bytes(digest, "big") + int.from_bytes(point[1:33], "big") - r) % ORDER == 0


def encrypt(public_key: bytes, plaintext: bytes, draw: Callable[[int], bytes]) -> bytes:
    """Encrypt 1 to 2^20 bytes to a public key: C1 (65 bytes) || C3 (32) || C2 (as long as the plaintext).

    draw: unpredictable bytes, such as `secrets.token_bytes`. Raises HT4105 for what is no key, HT6107.
    """
    if not is_point(public_key):
        raise _invalid("not an uncompressed point of the curve")
    if not 0 < len(plaintext) <= MAX_PLAINTEXT_BYTES:
        raise _invalid(f"it encrypts 1 to {MAX_PLAINTEXT_BYTES} bytes")
    arithmetic = back_end()
    for _ in range(_ATTEMPTS):
        ephemeral = draw(SCALAR_BYTES)
        if not 0 < int.from_bytes(ephemeral, "big") < ORDER:
            continue
        first, shared = arithmetic.multiply(ephemeral), arithmetic.multiply(ephemeral, public_key)
        assert first is not None
        assert shared is not None, "points of the curve times a number below the order"
        mask = _stretched(shared[1:], len(plaintext))
        if any(mask):
            return first + _check(shared, plaintext) + _xor(plaintext, mask)
    raise AssertionError("the source of randomness repeats itself")


def decrypt(secret: bytes, ciphertext: bytes) -> bytes:
    """Decrypt C1 || C3 || C2. Raises HT4105 for another key, changed bytes or a secret out of range, HT6107."""
    first, check, masked = ciphertext[:65], ciphertext[65:97], ciphertext[97:]
    if not masked or not is_point(first):
        raise _invalid("the ciphertext has another form")
    shared = back_end().multiply(_scalar(secret), first)
    assert shared is not None, "a point of the curve times a number below the order"
    mask = _stretched(shared[1:], len(masked))
    plaintext = _xor(masked, mask)
    if not any(mask) or not hmac.compare_digest(check, _check(shared, plaintext)):
        raise _invalid("the ciphertext is for another key, or was changed")
    return plaintext


def _check(shared: bytes, plaintext: bytes) -> bytes:
    """C3: SM3(x2 || plaintext || y2)."""
    return sm3(shared[1:33] + plaintext + shared[33:])


def _stretched(shared: bytes, size: int) -> bytes:
    """KDF of GM/T 0003.4, 5.4.3: SM3(shared || counter as u32) from 1 on, cut to size."""
    blocks = range(1, -(-size // DIGEST_BYTES) + 1)
    return b"".join(sm3(shared + counter.to_bytes(4, "big")) for counter in blocks)[:size]


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


def _scalar(secret: bytes) -> bytes:
    # n - 1 is no secret: signing divides by 1 + d
    if len(secret) != SCALAR_BYTES or not 0 < int.from_bytes(secret, "big") < ORDER - 1:
        raise _invalid(f"a secret is {SCALAR_BYTES} bytes from 1 to the order of the curve less 2")
    return secret


def _invalid(reason: str) -> HuitongError:
    return HuitongError(Code.KEY_INVALID, reason=f"key of kind sm2: {reason}")
