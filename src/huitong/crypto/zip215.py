"""Ed25519 by the rule of ZIP-215, which CometBFT applies to validators' signatures.

ZIP-215 says exactly which signatures are good, so that all implementations agree: encodings of A and R need not be
canonical, S must be below the group order L, and the equation is the cofactored [8][S]B = [8]R + [8][k]A. Whatever
libsodium's stricter rule accepts, ZIP-215 accepts; only what it refuses is checked here again, in a few milliseconds.
Nothing secret passes through this module, so it need not take constant time.
"""

import hashlib
from typing import Final

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_M1: Final = pow(2, (_P - 1) // 4, _P)

_Point = tuple[int, int, int, int]
"""Extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, 5.1.4)."""

_IDENTITY: Final[_Point] = (0, 1, 1, 0)


def verify_zip215(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True when the signature is good by ZIP-215. Total: any bytes give an answer."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    try:
        crypto_sign_open(signature + message, public_key)
    except (CryptoError, ValueError):
        return _verify_cofactored(public_key, message, signature)
    return True


def _verify_cofactored(public_key: bytes, message: bytes, signature: bytes) -> bool:
    scalar = int.from_bytes(signature[32:], "little")
    key, commitment = decode_point(public_key), decode_point(signature[:32])
    if scalar >= _L or key is None or commitment is None:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + message).digest(), "little") % _L
    difference = _add(_multiply(scalar, _BASE), _negate(_add(commitment, _multiply(challenge, key))))
    return _is_identity(_double(_double(_double(difference))))


def decode_point(raw: bytes) -> _Point | None:
    """Decode 32 bytes: y in 255 bits (also p and above), then the sign of x (also of x = 0). None: not on the curve."""
    value = int.from_bytes(raw, "little")
    sign, y = value >> 255, (value & (2**255 - 1)) % _P
    numerator, denominator = (y * y - 1) % _P, (_D * y * y + 1) % _P
    root = numerator * pow(denominator, 3, _P) * pow(numerator * pow(denominator, 7, _P), (_P - 5) // 8, _P) % _P
    square = denominator * root * root % _P
    if square == -numerator % _P:
        root = root * _SQRT_M1 % _P
    elif square != numerator:
        return None
    if root & 1 != sign:
        root = -root % _P
    return (root, y, 1, root * y % _P)


def _add(left: _Point, right: _Point) -> _Point:
    a = (left[1] - left[0]) * (right[1] - right[0]) % _P
    b = (left[1] + left[0]) * (right[1] + right[0]) % _P
    c = 2 * left[3] * right[3] * _D % _P
    d = 2 * left[2] * right[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _double(point: _Point) -> _Point:
    return _add(point, point)


def _negate(point: _Point) -> _Point:
    return (-point[0] % _P, point[1], point[2], -point[3] % _P)


def _multiply(scalar: int, point: _Point) -> _Point:
    result = _IDENTITY
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _double(point)
        scalar >>= 1
    return result


def _is_identity(point: _Point) -> bool:
    return point[0] % _P == 0 and (point[1] - point[2]) % _P == 0


_BASE_BYTES: Final = (4 * pow(5, -1, _P) % _P).to_bytes(32, "little")


def _base() -> _Point:
    point = decode_point(_BASE_BYTES)
    assert point is not None, "the base point is on the curve"
    return point


_BASE: Final = _base()
