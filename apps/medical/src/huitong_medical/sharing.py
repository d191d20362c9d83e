r"""Handing data keys to members: HPKE (RFC 9180) base mode, X25519, HKDF-SHA256, AES-256-GCM.

A data key is wrapped to the encryption key in the recipient's member record on the chain. The HPKE info binds chain,
recipient, entry of the access log and place, so that a wrapped key means nothing anywhere else.
"""

from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from .commitment import check_commitment
from .errors import KeyRefused
from .vault import DataKey, Place, Sealed, open_contents

__all__ = ["Occasion", "Parcel", "open_parcel", "seal_parcel"]

_INFO: Final = b"huitong-medical/wrap/1\0"
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Occasion(msgspec.Struct, frozen=True):
    """For whom and why a key is wrapped: chain id, recipient's address, number of the entry in the access log."""

    chain_id: str
    recipient: bytes
    entry: int

    def info(self, place: Place) -> bytes:
        """HPKE info: tag, chain id, recipient, entry (8 bytes), place; each text with its length before it."""
        chain = self.chain_id.encode()
        head = len(chain).to_bytes(4, "big") + chain + self.recipient + self.entry.to_bytes(8, "big")
        return _INFO + head + place.bound(b"")


class Parcel(msgspec.Struct, frozen=True):
    """What a custodian hands out for one resource type: sealed contents, and their key wrapped to the recipient.

    wrapped_key: HPKE encapsulation (32 bytes), ciphertext of 64 bytes, tag.
    """

    sealed: Sealed
    wrapped_key: bytes


def seal_parcel(sealed: Sealed, data_key: DataKey, occasion: Occasion, encryption_key: bytes) -> Parcel:
    """Wrap a data key to a member's X25519 public key. Raises KeyRefused when the member has no usable one."""
    try:
        public_key = X25519PublicKey.from_public_bytes(encryption_key)
        wrapped = _SUITE.encrypt(data_key.to_bytes(), public_key, info=occasion.info(sealed.place))
    except ValueError:
        raise KeyRefused(recipient=occasion.recipient.hex(), reason="no usable encryption key") from None
    return Parcel(sealed, wrapped)


def open_parcel(parcel: Parcel, occasion: Occasion, secret: bytes, commitment: bytes) -> bytes:
    """Unwrap the key, open the contents, and compare them with the commitment on the chain.

    Raises KeyRefused (another recipient, occasion or place, or changed bytes), CommitmentMismatch.
    """
    place = parcel.sealed.place
    try:
        private_key = X25519PrivateKey.from_private_bytes(secret)
        raw = _SUITE.decrypt(parcel.wrapped_key, private_key, info=occasion.info(place))
    except (InvalidTag, ValueError):
        raise KeyRefused(record=place.record, resource=place.resource, entry=occasion.entry) from None
    data_key = DataKey.from_bytes(raw)
    contents = open_contents(parcel.sealed, data_key)
    check_commitment(commitment, data_key.salt, contents)
    return contents
