"""Signatures that this node has verified: a block pays only for those it has not seen."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from huitong.crypto import verify

MAX_VERDICT_BYTES: Final = 64 * 1024 * 1024
_OVERHEAD: Final = 300
"""Bytes that a check costs beside its content: a tuple, three byte strings, places in a set."""

Check = tuple[int, bytes, bytes, bytes]
"""(kind, public key, message, signature)."""


class Verdicts:
    """The kernel's `Verifier`: computes, and remembers good signatures. It saves time and never decides.

    A check is its own name: nothing is hashed with SHA-256 again, and Python keeps the hashes of byte strings that the
    opened transaction shares with this. Thread-safe: sets whose loss costs a computation and nothing else.
    """

    def __init__(self, max_bytes: int = MAX_VERDICT_BYTES) -> None:
        self._half = max_bytes // 2
        self._young: set[Check] = set()
        self._old: set[Check] = set()
        self._size = 0
        self._collecting = threading.local()

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """True when the signature holds under the rule of the key kind. Total.

        Inside `collect` what is not known is noted and answered with True for the time being.
        """
        check = (kind, public_key, message, signature)
        if check in self._young or check in self._old:
            return True
        pending: list[Check] | None = getattr(self._collecting, "pending", None)
        if pending is not None:
            pending.append(check)
            return True
        good = verify(kind, public_key, message, signature)
        if good:
            self.learn(check)
        return good

    def knows(self, check: Check) -> bool:
        """True when this signature was found good before."""
        return check in self._young or check in self._old

    def learn(self, check: Check) -> None:
        """Remember that a signature was found good, here or by a worker of this node."""
        _, public_key, message, signature = check
        if self._size > self._half:
            self._old, self._young, self._size = self._young, set(), 0
        self._young.add(check)
        self._size += len(public_key) + len(message) + len(signature) + _OVERHEAD

    @contextmanager
    def collect(self) -> Iterator[list[Check]]:
        """Note the checks of this thread that are not known yet, instead of computing them.

        Whoever collects must verify the list and judge again what hangs on a bad one.
        """
        pending: list[Check] = []
        self._collecting.pending = pending
        try:
            yield pending
        finally:
            self._collecting.pending = None
