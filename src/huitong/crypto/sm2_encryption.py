"""SM2 public key encryption (GM/T 0003.4-2012), ciphertexts in the order C1 || C3 || C2.

libcrypto multiplies the points, in constant time.
"""

import hmac
from collections.abc import Callable
from typing import Final

from .libcrypto import Libcrypto, libcrypto
from .sm2 import check_secret, invalid, unavailable
from .sm2_curve import ORDER, POINT_BYTES, SCALAR_BYTES, is_point
from .sm3 import DIGEST_BYTES, sm3

CIPHERTEXT_EXTRA_BYTES: Final = POINT_BYTES + DIGEST_BYTES
"""How much longer a ciphertext is than its contents."""
MAX_PLAINTEXT_BYTES: Final = 1 << 20
_ATTEMPTS: Final = 64


def sm2_encrypt(public_key: bytes, plaintext: bytes, draw: Callable[[int], bytes]) -> bytes:
    """Encrypt 1 to 2^20 bytes to a public key: C1 (65 bytes) || C3 (32) || C2 (as long as the plaintext).

    draw: unpredictable bytes, such as `secrets.token_bytes`. Raises HT4105 for what is no key, HT6107.
    """
    if not is_point(public_key):
        raise invalid("not an uncompressed point of the curve")
    if not 0 < len(plaintext) <= MAX_PLAINTEXT_BYTES:
        raise invalid(f"it encrypts 1 to {MAX_PLAINTEXT_BYTES} bytes")
    arithmetic = _arithmetic()
    for _ in range(_ATTEMPTS):
        ephemeral = draw(SCALAR_BYTES)
        if not 0 < int.from_bytes(ephemeral, "big") < ORDER:
            continue
        first, shared = arithmetic.multiply(ephemeral), arithmetic.multiply(ephemeral, public_key)
        assert first is not None
        assert shared is not None, "points of the curve times a number below the order"
        mask = stretched(shared[1:], len(plaintext))
        if any(mask):
            return first + _check(shared, plaintext) + _xor(plaintext, mask)
    raise AssertionError("the source of randomness repeats itself")


def sm2_decrypt(secret: bytes, ciphertext: bytes) -> bytes:
    """Decrypt C1 || C3 || C2. Raises HT4105 for another key, changed bytes or a secret out of range, HT6107."""
    first, check, masked = ciphertext[:65], ciphertext[65:97], ciphertext[97:]
    if not masked or not is_point(first):
        raise invalid("the ciphertext has another form")
    shared = _arithmetic().multiply(check_secret(secret), first)
    assert shared is not None, "a point of the curve times a number below the order"
    mask = stretched(shared[1:], len(masked))
    plaintext = _xor(masked, mask)
    if not any(mask) or not hmac.compare_digest(check, _check(shared, plaintext)):
        raise invalid("the ciphertext is for another key, or was changed")
    return plaintext


def _check(shared: bytes, plaintext: bytes) -> bytes:
    """C3: SM3(x2 || plaintext || y2)."""
    return sm3(shared[1:33] + plaintext + shared[33:])


def stretched(shared: bytes, size: int) -> bytes:
    """KDF of GM/T 0003.4, 5.4.3: SM3(shared || counter as u32) from 1 on, cut to size."""
    blocks = range(1, -(-size // DIGEST_BYTES) + 1)
    return b"".join(sm3(shared + counter.to_bytes(4, "big")) for counter in blocks)[:size]


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(len(left), "big")


def _arithmetic() -> Libcrypto:
    found = libcrypto()
    if found is None:
        raise unavailable("encryption needs an OpenSSL with SM2")
    return found
