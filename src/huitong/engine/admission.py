"""Transactions into the pool: decoded once, checked against the newest state, signatures verified in batches."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from huitong.kernel import Kernel
from huitong.types import HuitongError
from huitong.types.registry import STORE_MAIN

from .pool import Pool
from .ports import StateReader
from .submission import Submission
from .verdicts import Check, Verdicts
from .verifier_pool import VerifierPool

BATCH: Final = 512
"""Transactions that are checked without giving the event loop back."""


class Admission:
    """The way into the pool. Belongs to the event loop; what comes in during one turn of it is checked together."""

    def __init__(
        self,
        kernel: Kernel,
        state: StateReader,
        pool: Pool,
        verdicts: Verdicts,
        verifiers: VerifierPool,
        next_time_ns: Callable[[], int],
        on_accepted: Callable[[], None],
        on_fault: Callable[[Exception], HuitongError],
    ) -> None:
        """on_fault: halts the engine over an error of our own; returns what clients hear."""
        self._kernel = kernel
        self._state = state
        self._pool = pool
        self._verdicts = verdicts
        self._verifiers = verifiers
        self._next_time_ns = next_time_ns
        self._on_accepted = on_accepted
        self._on_fault = on_fault
        self._waiting: list[Submission] = []
        self._checking: dict[bytes, Submission] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def offer(self, raw: bytes) -> Submission:
        """Take a transaction in for checking; equal bytes share one submission. Raises Rejected HT1001-HT1106.

        Only equal bytes: the same body with other signatures must not share the end of a forged one.
        """
        found = self._checking.get(raw)
        if found is not None:
            return found
        submission = Submission(raw, self._kernel.open_transaction(raw))
        self._checking[raw] = submission
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._begin)
        self._waiting.append(submission)
        return submission

    async def offer_many(self, raws: Sequence[bytes]) -> list[Submission | HuitongError]:
        """Take many in and wait until all are judged; the errors stand in place of what was not taken."""
        offered: list[Submission | HuitongError] = []
        for raw in raws:
            try:
                offered.append(self.offer(raw))
            except HuitongError as error:
                offered.append(error)
        answers: list[Submission | HuitongError] = []
        for item in offered:
            if isinstance(item, Submission):
                try:
                    await item.accepted()
                except HuitongError as error:
                    answers.append(error)
                    continue
            answers.append(item)
        return answers

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, []
        for start in range(0, len(waiting), BATCH):
            task = asyncio.create_task(self._check(waiting[start : start + BATCH]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _check(self, submissions: list[Submission]) -> None:
        """Check without signatures, verify all signatures together, judge again what hangs on a bad one."""
        try:
            with self._verdicts.collect() as pending:
                spans = [self._judge(submission, pending) for submission in submissions]
            bad = set(await self._verifiers.verify(pending)) if pending else set()
            for submission, span in zip(submissions, spans, strict=True):
                if span is None:
                    continue
                if bad and not bad.isdisjoint(pending[span]) and self._judge(submission, []) is None:
                    continue
                self._accept(submission)
        except Exception as error:  # noqa: BLE001 (clients must hear of it, whatever it is)
            halted = self._on_fault(error)
            for submission in submissions:
                submission.refuse(halted)
        finally:
            for submission in submissions:
                self._checking.pop(submission.raw, None)

    def _judge(self, submission: Submission, pending: list[Check]) -> slice | None:
        """Return where its signatures stand in the collected list; None when it is refused."""
        start = len(pending)
        view = self._state.snapshot().view(STORE_MAIN)
        try:
            self._kernel.check_transaction(submission.opened, view, self._state, self._next_time_ns())
        except HuitongError as error:
            submission.refuse(error)
            return None
        return slice(start, len(pending))

    def _accept(self, submission: Submission) -> None:
        first = self._pool.get(submission.tx_id)
        if first is not None:
            submission.follow(first)
            return
        try:
            self._pool.add(submission)
        except HuitongError as error:
            submission.refuse(error)
            return
        submission.accept()
        self._on_accepted()

    async def finish(self) -> None:
        """Wait until everything that was offered is judged."""
        while self._tasks or self._waiting:
            await asyncio.sleep(0)
            if self._tasks:
                await asyncio.wait(self._tasks)
