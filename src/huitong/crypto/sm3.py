"""SM3 (GM/T 0004-2012, ISO/IEC 10118-3:2018): the hash of the suite guomi, 32 bytes.

The native crate computes it where it is installed, else OpenSSL: through `hashlib` where Python is linked to one that
has it, else through `cryptography`, which brings its own.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives import hashes

from huitong.types.native import native

DIGEST_BYTES: Final = 32
BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))


def bundled_sm3(data: bytes) -> bytes:
    """SM3 by the OpenSSL inside of `cryptography`: 32 bytes."""
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


def _fastest() -> Callable[[bytes], bytes]:
    crate = native()
    if crate is not None:
        return crate.sm3
    try:
        # hashlib.new spends half a microsecond on finding the algorithm; copying a fresh object does not
        copy = hashlib.new("sm3").copy
    except ValueError:
        return bundled_sm3

    def hashed(data: bytes) -> bytes:
        state = copy()
        state.update(data)
        return state.digest()

    return hashed


sm3: Final = _fastest()
"""SM3 of bytes: 32 bytes."""


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC (RFC 2104) with SM3: 32 bytes."""
    padded = (sm3(key) if len(key) > BLOCK_BYTES else key).ljust(BLOCK_BYTES, b"\0")
    return sm3(padded.translate(_OUTER) + sm3(padded.translate(_INNER) + data))
