"""A transaction on its way, and what became of it."""

import asyncio

import msgspec

from huitong.kernel import OpenedTransaction
from huitong.types import Event, HuitongError, Receipt


class Outcome(msgspec.Struct, frozen=True):
    """The end of a transaction.

    height, envelope, index: where its receipt stands; height 0 when it is in no block. number: of the transaction in
    its block, from 0. time_ns: of the block. receipt: None exactly when `error` is set: it was dropped before any block
    (expired in the pool, not executable, engine halted).
    """

    tx_id: bytes
    height: int
    envelope: int
    index: int
    number: int
    time_ns: int
    receipt: Receipt | None
    events: tuple[Event, ...]
    log: str
    error: HuitongError | None


class Submission:
    """One transaction that was handed in. All methods belong to the engine's event loop."""

    __slots__ = ("_accepted", "_outcome", "opened", "raw")

    def __init__(self, raw: bytes, opened: OpenedTransaction) -> None:
        loop = asyncio.get_running_loop()
        self.raw = raw
        self.opened = opened
        self._accepted: asyncio.Future[HuitongError | None] = loop.create_future()
        self._outcome: asyncio.Future[Outcome] = loop.create_future()

    @property
    def tx_id(self) -> bytes:
        """Id of the transaction."""
        return self.opened.tx_id

    async def accepted(self) -> None:
        """Wait until it is in the pool. Raises the HuitongError that keeps it out."""
        error = await asyncio.shield(self._accepted)
        if error is not None:
            raise error

    async def committed(self) -> Outcome:
        """Wait for its end: a durable receipt, or why there is none. Cancelling the wait withdraws nothing."""
        return await asyncio.shield(self._outcome)

    def outcome(self) -> Outcome | None:
        """Return its end if it has come."""
        return self._outcome.result() if self._outcome.done() else None

    def accept(self) -> None:
        """Say that it is in the pool."""
        self._accepted.set_result(None)

    def refuse(self, error: HuitongError) -> None:
        """Say what keeps it out of the pool, if nothing was said yet."""
        if not self._accepted.done():
            self._accepted.set_result(error)
            self.drop(error)

    def follow(self, first: "Submission") -> None:
        """Share the end of the same transaction that was handed in before."""
        self._outcome = first._outcome  # noqa: SLF001 (the same class)
        self.accept()

    def drop(self, error: HuitongError) -> None:
        """End it outside of any block."""
        if not self._outcome.done():
            self._outcome.set_result(Outcome(self.tx_id, 0, 0, 0, 0, 0, None, (), "", error))

    def finish(self, outcome: Outcome) -> None:
        """End it in a block."""
        if not self._outcome.done():
            self._outcome.set_result(outcome)
