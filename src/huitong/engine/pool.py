"""Checked transactions that wait for a block, in the order of their arrival."""

from collections import OrderedDict
from typing import Final

import msgspec

from huitong.types import Code, HuitongError, Rejected

from .submission import Submission

MAX_WAITING: Final = 20_000
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
ELEMENT_OVERHEAD: Final = 8
"""Bytes that [kind, bytes] adds to a transaction in an envelope, at most."""


class Room(msgspec.Struct, frozen=True):
    """What one block may carry of one gateway's transactions."""

    transactions: int
    size: int
    gas: int


class Pool:
    """Bounded; transactions in a block that is being made count too, and are found by id until they have an end."""

    def __init__(self, max_waiting: int = MAX_WAITING, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._max_waiting = max_waiting
        self._max_bytes = max_bytes
        self._waiting: OrderedDict[bytes, Submission] = OrderedDict()
        self._taken: dict[bytes, Submission] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def get(self, tx_id: bytes) -> Submission | None:
        """Return a transaction that waits or is in a block that is being made."""
        return self._waiting.get(tx_id) or self._taken.get(tx_id)

    def add(self, submission: Submission) -> None:
        """Take a transaction in. Raises Rejected HT1402."""
        count = len(self._waiting) + len(self._taken)
        size = len(submission.raw)
        if count >= self._max_waiting or self._bytes + size > self._max_bytes:
            raise Rejected(Code.POOL_FULL, count=count, limit=self._max_waiting)
        self._waiting[submission.tx_id] = submission
        self._bytes += size

    def take(self, room: Room) -> list[Submission]:
        """Hand out the oldest transactions that fit into one block.

        One that fits into no block at all is dropped with HT1401 or HT1003, or it would stand in the way for ever.
        """
        taken: list[Submission] = []
        size = gas = 0
        while self._waiting and len(taken) < room.transactions:
            submission = next(iter(self._waiting.values()))
            size += len(submission.raw) + ELEMENT_OVERHEAD
            gas += submission.opened.body.gas_limit
            if size > room.size or gas > room.gas:
                if taken:
                    break
                self.drop([submission], _misfit(room, over_gas=gas > room.gas))
                size = gas = 0
                continue
            del self._waiting[submission.tx_id]
            self._taken[submission.tx_id] = submission
            taken.append(submission)
        return taken

    def give_back(self, submissions: list[Submission]) -> None:
        """Let transactions wait again, before all others, that were handed out and came into no block."""
        for submission in reversed(submissions):
            if self._taken.pop(submission.tx_id, None) is not None:
                self._waiting[submission.tx_id] = submission
                self._waiting.move_to_end(submission.tx_id, last=False)

    def release(self, submissions: list[Submission]) -> None:
        """Forget transactions that have their end."""
        for submission in submissions:
            found = self._taken.pop(submission.tx_id, None) or self._waiting.pop(submission.tx_id, None)
            if found is not None:
                self._bytes -= len(found.raw)

    def drop(self, submissions: list[Submission], error: HuitongError) -> None:
        """End transactions outside of any block."""
        self.release(submissions)
        for submission in submissions:
            submission.drop(error)

    def everything(self) -> list[Submission]:
        """Return all that wait or are in a block that is being made."""
        return [*self._taken.values(), *self._waiting.values()]


def _misfit(room: Room, *, over_gas: bool) -> Rejected:
    if over_gas:
        return Rejected(Code.ENVELOPE_GAS_EXCEEDED, limit=room.gas)
    return Rejected(Code.ENCODING_TOO_LARGE, what="transaction", limit=f"{room.size} bytes")
