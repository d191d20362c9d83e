"""SM2 key exchange (GM/T 0003.3-2012): two parties with long and ephemeral keys agree on a key and confirm it.

Each sends the point of its ephemeral key, then a confirmation. Who holds neither long key learns nothing, and whoever
poses as another fails at the confirmation.
"""

from typing import Final

import msgspec

from .libcrypto import libcrypto
from .sm2 import check_secret, invalid, unavailable
from .sm2_curve import SCALAR_BYTES, USER_ID, identity_digest, is_point
from .sm2_encryption import stretched
from .sm3 import sm3

_HALF: Final = 1 << 127


class Party(msgspec.Struct, frozen=True):
    """What both sides know of one: long public key and ephemeral point (65 bytes each), user id."""

    public_key: bytes
    ephemeral: bytes
    user_id: bytes = USER_ID


class Agreement(msgspec.Struct, frozen=True):
    """Result of one side. key: as long as asked. from_responder (S1, SB), from_initiator (SA, S2): confirmations.

    Each side sends the one named after it and compares the other in constant time.
    """

    key: bytes
    from_responder: bytes
    from_initiator: bytes


def agree(
    secret: bytes, ephemeral_secret: bytes, initiator: Party, responder: Party, *, begins: bool, size: int
) -> Agreement:
    """Compute one side of the exchange.

    secret, ephemeral_secret: own, 32 bytes; the latter is used once. begins: the own side is the initiator. size: of
    the key, bytes. Raises HT4105 for a secret out of range, what is no point, or an agreement on infinity, HT6107.
    """
    arithmetic = libcrypto()
    if arithmetic is None:
        raise unavailable("key exchange needs an OpenSSL with SM2")
    own, other = (initiator, responder) if begins else (responder, initiator)
    points = (initiator.public_key, initiator.ephemeral, responder.public_key, responder.ephemeral)
    if not all(map(is_point, points)):
        raise invalid("a key of the exchange is no point of the curve")
    factor = _factor(own.ephemeral)
    scalar = arithmetic.agreement_scalar(check_secret(secret), factor, check_secret(ephemeral_secret))
    combined = arithmetic.point_and_product(other.public_key, _factor(other.ephemeral), other.ephemeral)
    shared = arithmetic.multiply(scalar, combined) if combined and any(scalar) else None
    if shared is None:
        raise invalid("the keys agree on infinity")
    identities = b"".join(identity_digest(one.public_key, one.user_id) for one in (initiator, responder))
    inner = sm3(shared[1:33] + identities + initiator.ephemeral[1:] + responder.ephemeral[1:])
    return Agreement(
        stretched(shared[1:] + identities, size),
        sm3(b"\2" + shared[33:] + inner),
        sm3(b"\3" + shared[33:] + inner),
    )


def _factor(ephemeral: bytes) -> bytes:
    """2^127 + (x mod 2^127) of a point."""
    x = int.from_bytes(ephemeral[1:33], "big")
    return (_HALF + x % _HALF).to_bytes(SCALAR_BYTES, "big")
