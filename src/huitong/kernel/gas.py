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
LIFE_STEP: Final = 12_000
"""A step of a contract's life beside its deploy: it writes the record, perhaps the registry of names, one event."""
LIST_ROW: Final = 900
"""Per contract of a list."""
LOAD_BYTE: Final = 200
"""Per byte of code beyond `CodeBudget`'s free bytes, for its first use in a block: compiling takes 2 us a byte."""
EVENT_BASE: Final = 375
EVENT_BYTE: Final = 8


def intrinsic(size: int, signatures: int) -> int:
    """Gas of a native transaction before its first call."""
    return SIGNATURE * signatures + BYTE * size


def passed_on(left: int) -> int:
    """The most that a frame may give to a call: 63/64 of what is left."""
    return left - left // 64
