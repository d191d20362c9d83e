"""Gas that the kernel itself charges, version 1. Engines have schedules of their own."""

from typing import Final

SIGNATURE: Final = 3_000
"""Per signature of a native transaction; a rejected one charges it to the gateway."""
BYTE: Final = 4
"""Per byte of the encoded transaction."""
CALL: Final = 700
"""Per entry into a contract frame, by whichever engine."""
DEPLOY_BYTE: Final = 50
"""Per byte of code kept in state."""
EVENT_BASE: Final = 375
EVENT_BYTE: Final = 8


def intrinsic(size: int, signatures: int) -> int:
    """Gas of a native transaction before its first call."""
    return SIGNATURE * signatures + BYTE * size


def passed_on(left: int) -> int:
    """The most that a frame may give to a call: 63/64 of what is left."""
    return left - left // 64
