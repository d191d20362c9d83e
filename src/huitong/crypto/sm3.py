"""SM3 (GM/T 0004-2012, ISO/IEC 10118-3:2018): the hash of the suite guomi, 32 bytes.

OpenSSL computes it: through `hashlib` where Python is linked to one that has it, else through `cryptography`, which
brings its own.
"""

import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes

DIGEST_BYTES: Final = 32
BLOCK_BYTES: Final = 64
_INNER: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER: Final = bytes(byte ^ 0x5C for byte in range(256))
_IN_HASHLIB: Final = "sm3" in hashlib.algorithms_available


def _bundled(data: bytes) -> bytes:
    """SM3 by the OpenSSL inside of `cryptography`."""
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


if _IN_HASHLIB:
    # hashlib.new spends half a microsecond on finding the algorithm; copying a fresh object does not
    _copy: Final = hashlib.new("sm3").copy

    def sm3(data: bytes) -> bytes:
        """SM3 of data: 32 bytes."""
        state = _copy()
        state.update(data)
        return state.digest()

else:
    sm3 = _bundled


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC (RFC 2104) with SM3: 32 bytes."""
    padded = (sm3(key) if len(key) > BLOCK_BYTES else key).ljust(BLOCK_BYTES, b"\0")
    return sm3(padded.translate(_OUTER) + sm3(padded.translate(_INNER) + data))
