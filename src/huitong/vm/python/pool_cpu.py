"""One processor for a node's thread and its worker: for a batch of calls, if the node asks for it.

They never run at the same time: one waits while the other works. Left alone, Linux spreads them over two processors
and wakes a sleeping one for every message. Without these system calls (other systems) nothing is done.
"""

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def held_processor() -> Iterator[int | None]:
    """Keep the calling thread on the processor where it is, until the end. Yields its number, None without support."""
    if sys.platform != "linux":
        yield None
        return
    before = os.sched_getaffinity(0)
    processor = _current(before)
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, (processor,))
    try:
        yield processor
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, before)


def place(pid: int, processor: int | None) -> None:
    """Keep a process on one processor; None: wherever this thread may be. A refusal costs only time."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setaffinity(pid, os.sched_getaffinity(0) if processor is None else (processor,))


def _current(allowed: set[int]) -> int:
    try:
        found = int(ctypes.CDLL(None).sched_getcpu())
    except (OSError, AttributeError):
        found = -1
    return found if found in allowed else min(allowed)
