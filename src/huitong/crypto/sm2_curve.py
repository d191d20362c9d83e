"""The curve of SM2 and the digest that SM2 signs (GM/T 0003.1, 0003.2 and 0003.5-2012).

y^2 = x^3 + a x + b over the prime field of p, prime order n, cofactor 1: every point but infinity has order n. Points
are 65 bytes, 0x04 then x and y big-endian; that form cannot write infinity. Numbers here are public: no secret passes
through Python's integers of variable running time.
"""

from functools import lru_cache
from typing import Final

from .sm3 import sm3

PRIME: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
B: Final = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
BASE_X: Final = 0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7
BASE_Y: Final = 0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0

POINT_BYTES: Final = 65
SCALAR_BYTES: Final = 32
USER_ID: Final = b"1234567812345678"
"""The id of every signer on a chain: GM/T 0009-2012, 10, names it for signatures without an agreed one."""
KEYS_REMEMBERED: Final = 4096
"""Public keys of which the check and Z are remembered, about 300 bytes each."""

_Z_TAIL: Final = b"".join(number.to_bytes(32, "big") for number in (A, B, BASE_X, BASE_Y))


@lru_cache(maxsize=KEYS_REMEMBERED)
def is_point(point: bytes) -> bool:
    """True for the 65 bytes of a point of the curve, both coordinates reduced."""
    if len(point) != POINT_BYTES or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < PRIME and y < PRIME and (y * y - (x * x + A) * x - B) % PRIME == 0


@lru_cache(maxsize=KEYS_REMEMBERED)
def identity_digest(public_key: bytes, user_id: bytes = USER_ID) -> bytes:
    """Z: SM3 of bit length (u16) and bytes of the id, a, b, base point and public key. 32 bytes."""
    return sm3((8 * len(user_id)).to_bytes(2, "big") + user_id + _Z_TAIL + public_key[1:])


def message_digest(public_key: bytes, message: bytes) -> bytes:
    """e: SM3(Z || message), 32 bytes; what is signed."""
    return sm3(identity_digest(public_key) + message)
