"""Signatures that this node has verified: a block pays only for those it has not seen."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from huitong.crypto import verify

MAX_VERDICTS: Final = 200_000
"""Verdicts kept, 32 bytes each and about 100 of overhead."""

Check = tuple[int, bytes, bytes, bytes]
"""(kind, public key, message, signature)."""


def check_digest(check: Check) -> bytes:
    """Return the name of a check in the cache: a hash over all four parts, so that equal names mean equal checks."""
    kind, public_key, message, signature = check
    sizes = kind.to_bytes(4, "big") + len(public_key).to_bytes(4, "big") + len(signature).to_bytes(4, "big")
    return hashlib.sha256(sizes + public_key + signature + message).digest()


class Verdicts:
    """The kernel's `Verifier`: computes, and remembers good signatures. It saves time and never decides.

    Thread-safe: sets of hashes, whose loss costs a computation and nothing else.
    """

    def __init__(self, max_verdicts: int = MAX_VERDICTS) -> None:
        self._half = max_verdicts // 2
        self._young: set[bytes] = set()
        self._old: set[bytes] = set()
        self._collecting = threading.local()

    def verify(self, kind: int, public_key: bytes, message: bytes, signature: bytes) -> bool:
        """True when the signature holds under the rule of the key kind. Total.

        Inside `collect` what is not known is noted and answered with True for the time being.
        """
        check = (kind, public_key, message, signature)
        digest = check_digest(check)
        if digest in self._young or digest in self._old:
            return True
        pending: list[Check] | None = getattr(self._collecting, "pending", None)
        if pending is not None:
            pending.append(check)
            return True
        good = verify(kind, public_key, message, signature)
        if good:
            self._keep(digest)
        return good

    def knows(self, check: Check) -> bool:
        """True when this signature was found good before."""
        digest = check_digest(check)
        return digest in self._young or digest in self._old

    def learn(self, check: Check) -> None:
        """Take over that a signature was found good elsewhere (in a worker process of this node)."""
        self._keep(check_digest(check))

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

    def _keep(self, digest: bytes) -> None:
        if len(self._young) >= self._half:
            self._old, self._young = self._young, set()
        self._young.add(digest)
