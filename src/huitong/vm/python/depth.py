"""Room on the interpreter's own stack for the deepest calls that a chain allows.

64 nested calls of contracts are about 650 frames of the interpreter in a node, and about 1,100 where contracts run as
plain Python, on top of whatever called the kernel; the default limit is 1,000. Meeting it would be an error of one node
that the others do not have.
"""

import sys
from typing import Final

RECURSION_LIMIT: Final = 4_000
"""Frames in a node. No more: decoders written in C count by the same limit, and have 8 MiB of stack for it."""

WORKER_RECURSION_LIMIT: Final = 50_000
"""Frames in a worker, which decodes nothing that was not scanned. The language counts its own depth."""


def make_room(frames: int = RECURSION_LIMIT) -> None:
    """Raise the limit of this process, unless it is higher already."""
    sys.setrecursionlimit(max(frames, sys.getrecursionlimit()))
