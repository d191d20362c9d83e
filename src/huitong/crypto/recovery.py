"""Keys from signatures: an Ethereum transaction does not name its sender, its signature does."""

from collections.abc import Sequence
from typing import Final

import coincurve

from huitong.types.native import native

from .keys import SECP256K1_ORDER

_DIGEST_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 65
_MAX_V: Final = 3

Recoverable = tuple[bytes, bytes]
"""(digest of 32 bytes, r || s || v): v is the parity of the point's y, plus 2 where its x is not below the order."""


def recover_many(signatures: Sequence[Recoverable]) -> list[bytes | None]:
    """Return the secp256k1 key (0x04 || x || y) that made each signature, None where no key did.

    Total: any bytes give an answer. An s in the upper half gives None (EIP-2): another signature of the same key could
    stand in its place. With the native crate one call does the work, the interpreter's lock released.
    """
    crate = native()
    if crate is not None:
        return crate.secp256k1_recover_many(signatures)
    return [recover(*signature) for signature in signatures]


def recover(digest: bytes, signature: bytes) -> bytes | None:
    """Do it for one signature, by coincurve."""
    if len(digest) != _DIGEST_BYTES or len(signature) != _SIGNATURE_BYTES or signature[64] > _MAX_V:
        return None
    if int.from_bytes(signature[32:64], "big") > SECP256K1_ORDER // 2:
        return None
    try:
        key = coincurve.PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception:  # noqa: BLE001 - coincurve raises it bare where no key made the signature, ValueError elsewhere
        return None
    uncompressed: bytes = key.format(compressed=False)
    return uncompressed
