"""Calls that are run before their turn, and kept until it comes.

What is kept decides nothing by itself. When the turn of a call comes, its outcome is used only if the call is the very
one that was run, and if every key that it read has the value now that it had then: a call is a pure function of these,
so the outcome is what running it now would give, byte for byte. Otherwise it is run as ever. A worker that dies, hangs
or lies during a batch is killed and the batch forgotten; each call then meets its own worker at its own turn.

While the node goes on with the outcomes of one batch, the next one runs already. So the worker remembers from batch to
batch what earlier calls of the block have read and written (`Seen`); once that proves wrong, it begins anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from huitong.types import Answer, Expected, Host, Invocation

from .engine_batch import Batch, Kept, Seen, View
from .engine_frame import settle
from .engine_hints import Hints
from .pool import Pool, Worker
from .wire import WorkerFault

MAX_METHODS: Final = 1024
MAX_SEEN_BYTES: Final = 8 * 1024 * 1024
"""What a worker may remember of a block's state before it begins anew."""
PAUSE: Final = 32
"""Calls of a method that are not run ahead after one of them was in vain."""
FEWEST: Final = 2
"""Fewer calls are not worth a batch."""

Load = Callable[[Worker, Mapping[bytes, bytes]], None]
"""Makes sure that a worker holds programs, by hash. Raises WorkerFault."""


class Pauses:
    """Methods whose calls were run in vain (they call others, scan, or hang on what is written in between)."""

    def __init__(self) -> None:
        self._left: OrderedDict[tuple[bytes, str], int] = OrderedDict()

    def paused(self, invocation: Invocation) -> bool:
        """Count one call of a method; true when it should not be run ahead."""
        name = (invocation.code_hash, invocation.method)
        left = self._left.get(name, 0)
        if left:
            self._left[name] = left - 1
        return left > 0

    def note(self, invocation: Invocation) -> None:
        """A call was run in vain."""
        self._left[invocation.code_hash, invocation.method] = PAUSE
        if len(self._left) > MAX_METHODS:
            self._left.popitem(last=False)


class Line:
    """What one thread has had run ahead. used: how many outcomes held, since the start."""

    def __init__(self, pool: Pool, hints: Hints, pauses: Pauses, load: Load) -> None:
        self._pool = pool
        self._hints = hints
        self._pauses = pauses
        self._load = load
        self._kept: list[Kept] = []
        self._next = 0
        self._running: tuple[Batch, Worker] | None = None
        self._worker: Worker | None = None
        self._seen: Seen = {}
        self._seen_bytes = 0
        self._stale = True
        self.used = 0

    def expect(self, calls: Sequence[Expected], view: View) -> None:
        """Run calls that follow those of before; returns while they run."""
        self.settle()
        chosen = [one for one in calls if not self._pauses.paused(one.invocation)]
        if len(chosen) < FEWEST:
            return
        self._kept, self._next = self._kept[self._next :], 0
        worker = self._pool.borrow()
        fresh = self._stale or worker is not self._worker or self._seen_bytes > MAX_SEEN_BYTES
        if fresh:
            self._seen, self._seen_bytes, self._stale = {}, 0, False
        self._worker = worker
        batch = Batch(chosen, view, self._hints, self._seen, fresh=fresh)
        try:
            self._load(worker, batch.codes)
            batch.send(worker.channel)
        except BaseException as error:
            self._lose(worker)
            if not isinstance(error, WorkerFault):
                raise
        else:
            self._running = (batch, worker)

    def settle(self) -> None:
        """Wait for what runs, so that this thread holds no worker."""
        if self._running is None:
            return
        batch, worker = self._running
        self._running = None
        try:
            self._kept += batch.collect(worker.channel)
        except BaseException as error:
            self._lose(worker)
            if not isinstance(error, WorkerFault):
                raise
        else:
            self._seen_bytes += batch.grown
            self._pool.give_back(worker)

    def end(self) -> None:
        """The block is over: forget all."""
        self.settle()
        self._kept, self._next, self._stale = [], 0, True
        self._seen = {}

    def _lose(self, worker: Worker) -> None:
        self._stale = True
        self._pool.discard(worker)

    def take(self, invocation: Invocation, host: Host) -> Answer | None:
        """Use the outcome of a call if there is one and it holds. What was kept for calls before it is dropped."""
        found = self._find(invocation)
        if found is None and self._running is not None and _is_among(invocation, self._running[0].calls):
            self.settle()
            found = self._find(invocation)
        if found is None:
            return None
        if found.outcome is None or not _holds(found, host):
            self._stale = self._stale or found.outcome is not None
            self._pauses.note(invocation)
            return None
        self.used += 1
        return settle(host, found.outcome)

    def _find(self, invocation: Invocation) -> Kept | None:
        kept = self._kept
        for place in range(self._next, len(kept)):
            one = kept[place].invocation
            if one.args is invocation.args and one == invocation:
                self._next = place + 1
                return kept[place]
        return None


def _is_among(invocation: Invocation, calls: Sequence[Invocation]) -> bool:
    """True for the very arguments: equal ones may differ in their encoding, True and 1."""
    return any(one.args is invocation.args and one == invocation for one in calls)


def _holds(kept: Kept, host: Host) -> bool:
    read = host.read
    return all(read(key) == value for key, value in kept.reads)
