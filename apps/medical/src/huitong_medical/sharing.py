r"""Handing data keys to members, by HPKE or, under the suite guomi, SM2 encryption (see `protection`).

A data key is wrapped to the encryption key in the recipient's member record on the chain. The info binds chain,
recipient, entry of the access log and place, so that a wrapped key means nothing anywhere else.
"""

from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag

from .commitment import check_commitment
from .errors import KeyRefused
from .protection import INTERNATIONAL, Protection
from .vault import DataKey, Place, Sealed, open_contents

__all__ = ["Occasion", "Parcel", "open_parcel", "seal_parcel"]

_INFO: Final = b"huitong-medical/wrap/1\0"


class Occasion(msgspec.Struct, frozen=True):
    """For whom and why a key is wrapped: chain id, recipient's address, number of the entry in the access log."""

    chain_id: str
    recipient: bytes
    entry: int

    def info(self, place: Place) -> bytes:
        """What binds a wrapped key: tag, chain id, recipient, entry (8 bytes), place; texts behind their lengths."""
        chain = self.chain_id.encode()
        head = len(chain).to_bytes(4, "big") + chain + self.recipient + self.entry.to_bytes(8, "big")
        return _INFO + head + place.bound(b"")


class Parcel(msgspec.Struct, frozen=True):
    """What a custodian hands out for one resource type: sealed contents, and their key wrapped to the recipient.

    wrapped_key: by HPKE 32 bytes of encapsulation, 64 of ciphertext, 16 of tag; by SM2 65 bytes C1, 32 C3, 80 C2.
    """

    sealed: Sealed
    wrapped_key: bytes


def seal_parcel(
    sealed: Sealed,
    data_key: DataKey,
    occasion: Occasion,
    encryption_key: bytes,
    protection: Protection = INTERNATIONAL,
) -> Parcel:
    """Wrap a data key to a member's encryption key. Raises KeyRefused when the member has no usable one."""
    try:
        wrapped = protection.wrap(data_key.to_bytes(), encryption_key, occasion.info(sealed.place))
    except ValueError:
        raise KeyRefused(recipient=occasion.recipient.hex(), reason="no usable encryption key") from None
    return Parcel(sealed, wrapped)


def open_parcel(
    parcel: Parcel,
    occasion: Occasion,
    secret: bytes,
    commitment: bytes,
    protection: Protection = INTERNATIONAL,
) -> bytes:
    """Unwrap the key, open the contents, and compare them with the commitment on the chain.

    Raises KeyRefused (another recipient, occasion or place, or changed bytes), CommitmentMismatch.
    """
    place = parcel.sealed.place
    try:
        raw = protection.unwrap(parcel.wrapped_key, secret, occasion.info(place))
    except (InvalidTag, ValueError):
        raise KeyRefused(record=place.record, resource=place.resource, entry=occasion.entry) from None
    data_key = DataKey.from_bytes(raw, protection.key_bytes)
    contents = open_contents(parcel.sealed, data_key, protection)
    check_commitment(commitment, data_key.salt, contents, protection)
    return contents
