"""Keeps a worker on the processor of the thread that waits for it.

Node and worker never run at the same time: one waits while the other works. Left alone, Linux spreads them over two
processors and wakes a sleeping one for every message: 43-54 us a round trip (measured, two virtual processors, 150
bytes), against 17 us with `Follower`, its own system calls included. Without these system calls it does nothing.
"""

import ctypes
import os
import sys
from collections.abc import Callable


class Follower:
    """Brings one worker process to the caller's processor, and holds the calling thread there for one call."""

    def __init__(self, pid: int | None) -> None:
        """pid: the worker; None to leave everything to the system."""
        self._pid = pid or 0
        self._processor = -1
        self._current = _current_processor() if pid else None

    def join(self) -> set[int] | None:
        """Pin the calling thread where it is, the worker beside it. Returns the thread's mask for `leave`."""
        if self._current is None:
            return None
        try:
            allowed = os.sched_getaffinity(0)
            processor = self._current()
            os.sched_setaffinity(0, (processor,))
            if processor != self._processor:
                os.sched_setaffinity(self._pid, (processor,))
                self._processor = processor
        except OSError:
            self._current = None
            return None
        return allowed

    def leave(self, allowed: set[int] | None) -> None:
        """Let the calling thread move again."""
        if allowed is not None and sys.platform == "linux":
            os.sched_setaffinity(0, allowed)


def _current_processor() -> Callable[[], int] | None:
    """The C library's sched_getcpu, None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        found: Callable[[], int] = ctypes.CDLL(None).sched_getcpu
    except (OSError, AttributeError):
        return None
    return found
