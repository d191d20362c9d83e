"""Signatures for `huitong qa native`: good ones, mutated ones, and those at the edges of the rules."""

import hashlib
from collections.abc import Callable
from random import Random
from typing import Final

import coincurve
from nacl import bindings

from huitong.crypto import Recoverable, private_key
from huitong.crypto.keys import SECP256K1_ORDER
from huitong.crypto.sm2_curve import ORDER, PRIME
from huitong.types.native import Check
from huitong.types.registry import KeyKind

KEYS: Final = 40
BASES: Final = 1_500
ED25519_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
ED25519_PRIME: Final = 2**255 - 19
_SECP256K1_PRIME: Final = 2**256 - 2**32 - 977
_SECP256K1_EDGES: Final = (
    0, 1, SECP256K1_ORDER // 2, SECP256K1_ORDER // 2 + 1, SECP256K1_ORDER - 1, SECP256K1_ORDER,
    _SECP256K1_PRIME - SECP256K1_ORDER, _SECP256K1_PRIME, 2**256 - 1,
)  # fmt: skip
_SM2_EDGES: Final = (0, 1, 2, ORDER - 1, ORDER, ORDER + 1, PRIME - 1, PRIME, 2**256 - 1)
_TORSION_GENERATOR: Final = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"


def torsion() -> list[bytes]:
    """The eight points of small order, canonically encoded."""
    generator = bytes.fromhex(_TORSION_GENERATOR)
    neutral = (1).to_bytes(32, "little")
    points = [neutral]
    for _ in range(7):
        points.append(bindings.crypto_core_ed25519_add(points[-1], generator))
    return points


def odd_encodings() -> list[bytes]:
    """Encodings with a small y or one that is not below p, with both signs."""
    numbers = [*range(24), *(ED25519_PRIME + extra for extra in range(19))]
    return [(number | sign << 255).to_bytes(32, "little") for number in numbers for sign in (0, 1)]


def ed25519_with_torsion(random: Random, points: list[bytes]) -> Check:
    """A signature that holds under a rule with cofactor: key and commitment have parts of small order."""
    secret, nonce = random.randrange(1, ED25519_ORDER), random.randrange(1, ED25519_ORDER)
    message = random.randbytes(random.randrange(64))

    def lifted(scalar: int) -> bytes:
        point = bindings.crypto_scalarmult_ed25519_base_noclamp(scalar.to_bytes(32, "little"))
        return bindings.crypto_core_ed25519_add(point, random.choice(points))

    key, commitment = lifted(secret), lifted(nonce)
    challenge = int.from_bytes(hashlib.sha512(commitment + key + message).digest(), "little")
    response = (nonce + challenge * secret) % ED25519_ORDER
    return KeyKind.ED25519, key, message, commitment + response.to_bytes(32, "little")


def bases(random: Random, kind: KeyKind) -> list[Check]:
    """Good signatures of a few keys."""
    keys = [private_key(kind, random.randbytes(32)) for _ in range(KEYS)]
    made = []
    for number in range(BASES):
        key, message = keys[number % KEYS], random.randbytes(random.randrange(300))
        made.append((int(kind), key.public_key, message, key.sign(message)))
    return made


def _flipped(random: Random, data: bytes) -> bytes:
    if not data:
        return b"\0"
    changed = bytearray(data)
    changed[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _keep(_: Random, check: Check) -> Check:
    return check


def _flip(random: Random, check: Check) -> Check:
    kind, key, message, signature = check
    part = random.randrange(4)
    if part == 0:
        return kind, _flipped(random, key), message, signature
    if part == 1:
        return kind, key, _flipped(random, message), signature
    return kind, key, message, _flipped(random, signature)


def _cut(random: Random, check: Check) -> Check:
    kind, key, message, signature = check
    if random.randrange(2):
        return kind, key[: random.randrange(len(key) + 1)], message, signature
    return kind, key, message, signature[: random.randrange(len(signature) + 1)] + random.randbytes(random.randrange(3))


def _random(random: Random, check: Check) -> Check:
    return check[0], check[1], check[2], random.randbytes(64)


def _sm2_edge(random: Random, check: Check) -> Check:
    kind, key, message, signature = check
    return kind, key, message, _edge_numbers(random, signature, ORDER, _SM2_EDGES)


def _secp256k1_edge(random: Random, check: Check) -> Check:
    kind, key, message, signature = check
    if random.randrange(2):
        key = random.choice((b"\2", b"\3", b"\4", b"\0")) + key[1:]
    return kind, key, message, _edge_numbers(random, signature, SECP256K1_ORDER, _SECP256K1_EDGES)


def _edge_numbers(random: Random, signature: bytes, order: int, edges: tuple[int, ...]) -> bytes:
    """Return r || s, each what it was, its negative, or a number at an edge."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    numbers = (r, s, order - r, order - s, *edges)
    r, s = random.choice((r, random.choice(numbers))), random.choice((s, order - s, random.choice(numbers)))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def recovery_cases(random: Random, count: int) -> list[Recoverable]:
    """Digests with signatures of which the key can be recovered: as they are, mutated, or at an edge."""
    key = coincurve.PrivateKey(random.randbytes(32))
    cases = []
    for _ in range(count):
        digest = random.randbytes(32)
        signature = key.sign_recoverable(digest, hasher=None)
        numbers = _edge_numbers(random, signature, SECP256K1_ORDER, _SECP256K1_EDGES)
        mutated = (
            signature,
            signature[:64] + bytes((random.randrange(6),)),
            numbers + signature[64:],
            _flipped(random, signature),
            random.randbytes(64) + bytes((random.randrange(4),)),
            signature[: random.randrange(66)],
        )
        cases.append((random.choice((digest, digest, digest[:31])), random.choice(mutated)))
    return cases


def _ed25519_edge(random: Random, check: Check) -> Check:
    kind, key, message, signature = check
    response = int.from_bytes(signature[32:], "little")
    edges = (0, 1, ED25519_ORDER - 1, ED25519_ORDER, response + ED25519_ORDER, ED25519_ORDER - response, 2**256 - 1)
    chosen = random.choice(edges) if random.randrange(2) else response
    encodings = odd_encodings()
    commitment = random.choice((signature[:32], random.choice(encodings)))
    key = random.choice((key, random.choice(encodings)))
    return kind, key, message, commitment + chosen.to_bytes(32, "little")


def signature_case(random: Random, made: list[Check], points: list[bytes]) -> Check:
    """One case from the good ones: as it is, mutated, or at an edge."""
    check = random.choice(made)
    if check[0] == KeyKind.ED25519:
        if random.randrange(20) == 0:
            mixed = ed25519_with_torsion(random, points)
            return random.choice((_keep, _flip))(random, mixed)
        edge: Callable[[Random, Check], Check] = _ed25519_edge
    else:
        edge = _sm2_edge if check[0] == KeyKind.SM2 else _secp256k1_edge
    return random.choice((_keep, _keep, _flip, _cut, _random, edge))(random, check)
