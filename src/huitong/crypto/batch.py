"""Signatures in batches, by what is fastest here; the answers are those of `verify`, one after the other."""

from collections.abc import Sequence

from huitong.types.native import NATIVE_KINDS, UNDECIDED, Check, native

from .signature import verify
from .sm2_curve import USER_ID


def verify_many(checks: Sequence[Check]) -> bytes:
    """Verify (kind, public key, message, signature); byte i is 1 when check i holds, 0 when not.

    Total as `verify` is. With the native crate one call does the work of `NATIVE_KINDS`, the interpreter's lock
    released: other threads go on.
    """
    crate = native()
    if crate is None or not any(check[0] in NATIVE_KINDS for check in checks):
        return bytes(verify(*check) for check in checks)
    answers = crate.verify_many(checks, USER_ID)
    if UNDECIDED not in answers:
        return answers
    return bytes(
        verify(*check) if answer == UNDECIDED else answer for check, answer in zip(checks, answers, strict=True)
    )


def is_fast(kind: int) -> bool:
    """True when batches of this kind of key are verified natively."""
    return native() is not None and kind in NATIVE_KINDS
