"""Room on the interpreter's own stack for the deepest calls that a chain allows.

64 nested calls of contracts are about 650 frames of the interpreter in a node, and about 1,100 where contracts run as
plain Python, on top of whatever called the kernel; the default limit is 1,000. Meeting it would be an error of one node
that the others do not have.
"""

import sys
from collections.abc import Callable
from typing import Final, TypeVar

RECURSION_LIMIT: Final = 4_000
"""Frames in a node. No more: decoders written in C count by the same limit, and have 8 MiB of stack for it."""

WORKER_RECURSION_LIMIT: Final = 50_000
"""Frames in a worker, which decodes nothing that was not scanned. The language counts its own depth."""


_Answer = TypeVar("_Answer")

_WORDS: Final = 1 << 19
"""Words of a frame that CPython finds no place for in 4 MiB, so that it takes 8 MiB, of which the rest is free."""


def make_room(frames: int = RECURSION_LIMIT) -> None:
    """Raise the limit of this process, unless it is higher already."""
    sys.setrecursionlimit(max(frames, sys.getrecursionlimit()))


def in_one_piece(act: Callable[[], _Answer]) -> _Answer:
    """Call `act` where the frames of all that it calls have one piece of the interpreter's stack; return its answer.

    CPython keeps frames in pieces of 16 KiB, and takes or returns a piece of the system whenever a call crosses an end.
    A loop that calls a function there is thirty times slower for the same gas, and a contract could choose its depth.
    """
    return act()


in_one_piece.__code__ = in_one_piece.__code__.replace(co_stacksize=_WORDS)
