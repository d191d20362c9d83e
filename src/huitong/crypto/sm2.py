"""SM2 signatures (GM/T 0003.2-2012): the choice of what computes them.

A signature is r || s, 64 bytes, over SM3(Z || message) with the user id 1234567812345678; (r, n - s) does not verify.
The native crate computes where it is installed, else libcrypto; both sign in constant time and give the same bytes.
There is no pure Python back end: without either, all of this raises HT6107.
"""

from functools import cache
from typing import Final, Protocol

from huitong.types import Code, HuitongError
from huitong.types.native import native
from huitong.types.registry import KeyKind

from .libcrypto import Libcrypto, libcrypto
from .sm2_curve import ORDER, SCALAR_BYTES, USER_ID, is_point, message_digest
from .sm2_openssl import OpensslKey, verify_digest

SIGNATURE_BYTES: Final = 64


class SigningKey(Protocol):
    """A secret that signs digests, deterministically."""

    @property
    def public_key(self) -> bytes:
        """65 bytes."""
        ...

    def sign_digest(self, digest: bytes) -> bytes:
        """Sign 32 bytes: r || s."""
        ...


def back_end() -> str:
    """Name of what computes SM2 here: native or libcrypto. Raises HT6107 when there is nothing."""
    return "native" if native() is not None else _openssl().name


@cache
def _openssl() -> Libcrypto:
    found = libcrypto()
    if found is None:
        raise unavailable("huitong-native is not installed, and no OpenSSL with SM2 was found")
    return found


def signing_key(secret: bytes) -> SigningKey:
    """Make the key of a secret in [1, n - 2]. Raises HT4105 for another secret, HT6107."""
    check_secret(secret)
    crate = native()
    return OpensslKey(_openssl(), secret) if crate is None else crate.Sm2Key(secret)


def public_key_of(secret: bytes) -> bytes:
    """Public key of a secret in [1, n - 2], 65 bytes. Raises HT4105, HT6107."""
    return signing_key(secret).public_key


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """True when the signature holds; False for any other bytes. Raises HT6107."""
    if len(signature) != SIGNATURE_BYTES or not is_point(public_key):
        return False
    crate = native()
    if crate is not None:
        return crate.verify_many([(KeyKind.SM2, public_key, message, signature)], USER_ID) == b"\1"
    return verify_digest(_openssl(), public_key, message_digest(public_key, message), signature)


def check_secret(secret: bytes) -> bytes:
    """Return a secret in [1, n - 2]: n - 1 is none, signing divides by 1 + d. Raises HT4105."""
    if len(secret) != SCALAR_BYTES or not 0 < int.from_bytes(secret, "big") < ORDER - 1:
        raise invalid(f"a secret is {SCALAR_BYTES} bytes from 1 to the order of the curve less 2")
    return secret


def invalid(reason: str) -> HuitongError:
    """HT4105."""
    return HuitongError(Code.KEY_INVALID, reason=f"key of kind sm2: {reason}")


def unavailable(reason: str) -> HuitongError:
    """HT6107."""
    return HuitongError(Code.SM2_UNAVAILABLE, reason=reason)
