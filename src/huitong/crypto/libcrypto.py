"""The OpenSSL library that this Python is linked to, for what no binding offers: arithmetic on the curve of SM2.

Every call is one of libcrypto's own, documented functions. Its multiplication of one point by one number is a ladder
of constant time, its sum of two multiplications is fast and for public numbers only.
"""

import ctypes
from ctypes import c_char_p, c_int, c_size_t, c_void_p
from functools import cache
from typing import Any, Final, Self

from .sm2_curve import ORDER, POINT_BYTES, SCALAR_BYTES

_NAMES: Final = ("libcrypto.so.3", "libcrypto.so.4", "libcrypto.3.dylib", "libcrypto-3-x64.dll")
_CONSTANT_TIME: Final = 4
_UNCOMPRESSED: Final = 4
_SIGNATURES: Final[dict[str, tuple[Any, tuple[Any, ...]]]] = {
    "BN_CTX_free": (None, (c_void_p,)),
    "BN_CTX_secure_new": (c_void_p, ()),
    "BN_add": (c_int, (c_void_p, c_void_p, c_void_p)),
    "BN_bin2bn": (c_void_p, (c_char_p, c_int, c_void_p)),
    "BN_bn2binpad": (c_int, (c_void_p, c_char_p, c_int)),
    "BN_clear_free": (None, (c_void_p,)),
    "BN_mod_add": (c_int, (c_void_p,) * 5),
    "BN_mod_exp_mont_consttime": (c_int, (c_void_p,) * 6),
    "BN_mod_mul": (c_int, (c_void_p,) * 5),
    "BN_mod_sub": (c_int, (c_void_p,) * 5),
    "BN_set_flags": (None, (c_void_p, c_int)),
    "EC_GROUP_new_by_curve_name": (c_void_p, (c_int,)),
    "EC_POINT_add": (c_int, (c_void_p,) * 5),
    "EC_POINT_clear_free": (None, (c_void_p,)),
    "EC_POINT_mul": (c_int, (c_void_p,) * 6),
    "EC_POINT_new": (c_void_p, (c_void_p,)),
    "EC_POINT_oct2point": (c_int, (c_void_p, c_void_p, c_char_p, c_size_t, c_void_p)),
    "EC_POINT_point2oct": (c_size_t, (c_void_p, c_void_p, c_int, c_char_p, c_size_t, c_void_p)),
    "OBJ_sn2nid": (c_int, (c_char_p,)),
}


class _Scope:
    """Numbers and points of one computation; wiped and freed at its end."""

    def __init__(self, library: Any, group: int) -> None:
        self._library = library
        self._group = group
        self._numbers: list[int] = []
        self._points: list[int] = []
        self.context: int = library.BN_CTX_secure_new()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for number in self._numbers:
            self._library.BN_clear_free(number)
        for point in self._points:
            self._library.EC_POINT_clear_free(point)
        self._library.BN_CTX_free(self.context)

    def number(self, value: bytes) -> int:
        """Big-endian bytes as a number that is computed with in constant time."""
        found: int = self._library.BN_bin2bn(value, len(value), None)
        self._numbers.append(found)
        self._library.BN_set_flags(found, _CONSTANT_TIME)
        return found

    def point(self, encoded: bytes | None = None) -> int | None:
        """Point of 65 bytes, or a fresh one; None when the bytes are no point."""
        found: int = self._library.EC_POINT_new(self._group)
        self._points.append(found)
        if encoded is None:
            return found
        good = self._library.EC_POINT_oct2point(self._group, found, encoded, len(encoded), self.context)
        return found if good else None


class Libcrypto:
    """SM2 arithmetic by libcrypto. Safe in any thread; calls release the GIL."""

    name: Final = "libcrypto"

    def __init__(self, library: Any, group: int) -> None:
        self._library = library
        self._group = group

    def multiply(self, scalar: bytes, point: bytes | None = None) -> bytes | None:
        """Multiply a point (default: the base point) by a secret number in [1, n - 1]; 65 bytes, in constant time.

        None when `point` is none of the curve.
        """
        with _Scope(self._library, self._group) as scope:
            result, number = scope.point(), scope.number(scalar)
            if point is None:
                done = self._library.EC_POINT_mul(self._group, result, number, None, None, scope.context)
            else:
                factor = scope.point(point)
                if factor is None:
                    return None
                done = self._library.EC_POINT_mul(self._group, result, None, factor, number, scope.context)
            assert done, "libcrypto multiplies points of its own curve"
            return self._encoded(result, scope)

    def sum_of_products(self, base_scalar: bytes, scalar: bytes, point: bytes) -> bytes | None:
        """base_scalar * G + scalar * point for public numbers; 65 bytes, None for infinity or what is no point."""
        with _Scope(self._library, self._group) as scope:
            result, factor = scope.point(), scope.point(point)
            if factor is None:
                return None
            first, second = scope.number(base_scalar), scope.number(scalar)
            done = self._library.EC_POINT_mul(self._group, result, first, factor, second, scope.context)
            assert done, "libcrypto multiplies points of its own curve"
            return self._encoded(result, scope)

    def signature_scalar(self, secret: bytes, nonce: bytes, r: bytes) -> bytes:
        """Return s = (1 + secret)^-1 (nonce + r) - r mod n, GM/T 0003.2's (1 + d)^-1 (k - r d): 32 bytes."""
        library = self._library
        with _Scope(library, self._group) as scope:
            number, context = scope.number, scope.context
            order, below = number(ORDER.to_bytes(32, "big")), number((ORDER - 2).to_bytes(32, "big"))
            result, inverse, public = number(nonce), number(secret), number(r)
            out = ctypes.create_string_buffer(SCALAR_BYTES)
            done = (
                library.BN_add(inverse, inverse, number(b"\1"))
                # Fermat: an inverse without a branch on the secret
                and library.BN_mod_exp_mont_consttime(inverse, inverse, below, order, context, None)
                and library.BN_mod_add(result, result, public, order, context)
                and library.BN_mod_mul(result, result, inverse, order, context)
                and library.BN_mod_sub(result, result, public, order, context)
                and library.BN_bn2binpad(result, out, SCALAR_BYTES) == SCALAR_BYTES
            )
            assert done, "libcrypto computes with numbers below the order"
            return out.raw

    def agreement_scalar(self, secret: bytes, factor: bytes, ephemeral: bytes) -> bytes:
        """Return t = secret + factor * ephemeral mod n of GM/T 0003.3: 32 bytes."""
        library = self._library
        with _Scope(library, self._group) as scope:
            number, context = scope.number, scope.context
            order, result = number(ORDER.to_bytes(32, "big")), number(ephemeral)
            out = ctypes.create_string_buffer(SCALAR_BYTES)
            done = (
                library.BN_mod_mul(result, result, number(factor), order, context)
                and library.BN_mod_add(result, result, number(secret), order, context)
                and library.BN_bn2binpad(result, out, SCALAR_BYTES) == SCALAR_BYTES
            )
            assert done, "libcrypto computes with numbers below the order"
            return out.raw

    def point_and_product(self, point: bytes, scalar: bytes, factor: bytes) -> bytes | None:
        """Point + scalar * factor for public values; 65 bytes, None for infinity or what is no point."""
        with _Scope(self._library, self._group) as scope:
            result, first, second = scope.point(), scope.point(point), scope.point(factor)
            if first is None or second is None:
                return None
            number, context = scope.number(scalar), scope.context
            done = self._library.EC_POINT_mul(
                self._group, result, None, second, number, context
            ) and self._library.EC_POINT_add(self._group, result, result, first, context)
            assert done, "libcrypto adds points of its own curve"
            return self._encoded(result, scope)

    def _encoded(self, point: int | None, scope: _Scope) -> bytes | None:
        out = ctypes.create_string_buffer(POINT_BYTES)
        size = self._library.EC_POINT_point2oct(self._group, point, _UNCOMPRESSED, out, POINT_BYTES, scope.context)
        return out.raw if size == POINT_BYTES else None


@cache
def libcrypto() -> Libcrypto | None:
    """Return the library, None when there is none with SM2 (some distributions build OpenSSL without it)."""
    for name in (_linked_to_python(), *_NAMES):
        library = _open(name) if name else None
        group = library and library.EC_GROUP_new_by_curve_name(library.OBJ_sn2nid(b"SM2"))
        if group:
            return Libcrypto(library, group)
    return None


def _open(name: str) -> Any:
    """Load a library and describe its functions; None when it is not there, or is another one."""
    try:
        library = ctypes.CDLL(name)
        for function, (result, arguments) in _SIGNATURES.items():
            found = getattr(library, function)
            found.restype, found.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    return library


def _linked_to_python() -> str | None:
    """File of Python's own OpenSSL binding: the symbols of the libcrypto that it is linked to are found through it."""
    try:
        import _hashlib
    except ImportError:
        return None
    return getattr(_hashlib, "__file__", None)
