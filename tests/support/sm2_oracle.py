"""SM2 in plain Python, straight from the standard's formulas: slow, not constant in time, for comparison only."""

from __future__ import annotations

import hashlib

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
ID = b"1234567812345678"

Point = tuple[int, int] | None
"""None is infinity."""


def add(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    if left[0] == right[0]:
        if (left[1] + right[1]) % P == 0:
            return None
        slope = (3 * left[0] * left[0] + A) * pow(2 * left[1], -1, P)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P)
    x = (slope * slope - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def multiply(scalar: int, point: Point = G) -> Point:
    result: Point = None
    for bit in f"{scalar % N:b}":
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def encoded(point: Point) -> bytes:
    assert point is not None
    return b"\4" + number(point[0]) + number(point[1])


def decoded(raw: bytes) -> Point:
    return int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:65], "big")


def sm3(data: bytes) -> bytes:
    return hashlib.new("sm3", data).digest()


def z_value(public_key: bytes, user_id: bytes = ID) -> bytes:
    curve = b"".join(map(number, (A, B, *G)))
    return sm3((len(user_id) * 8).to_bytes(2, "big") + user_id + curve + public_key[1:])


def digest(public_key: bytes, message: bytes, user_id: bytes = ID) -> int:
    return int.from_bytes(sm3(z_value(public_key, user_id) + message), "big")


def sign(secret: int, message: bytes, nonce: int, user_id: bytes = ID) -> bytes:
    """As GM/T 0003.2, 6.1 writes it."""
    e = digest(encoded(multiply(secret)), message, user_id)
    point = multiply(nonce)
    assert point is not None
    r = (e + point[0]) % N
    s = pow(1 + secret, -1, N) * (nonce - r * secret) % N
    assert r
    assert s
    assert r + nonce != N
    return number(r) + number(s)


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """As GM/T 0003.2, 7.1 writes it."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (1 <= r < N and 1 <= s < N) or (r + s) % N == 0:
        return False
    point = add(multiply(s), multiply(r + s, decoded(public_key)))
    return point is not None and (digest(public_key, message) + point[0]) % N == r


def stretch(shared: bytes, size: int) -> bytes:
    blocks = b"".join(sm3(shared + count.to_bytes(4, "big")) for count in range(1, size // 32 + 2))
    return blocks[:size]


def encrypt(public_key: bytes, plaintext: bytes, nonce: int) -> bytes:
    """C1 C3 C2 of GM/T 0003.4."""
    shared = encoded(multiply(nonce, decoded(public_key)))
    mask = stretch(shared[1:], len(plaintext))
    masked = bytes(one ^ two for one, two in zip(plaintext, mask, strict=True))
    return encoded(multiply(nonce)) + sm3(shared[1:33] + plaintext + shared[33:]) + masked
