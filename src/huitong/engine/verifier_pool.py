"""Signatures in batches, beside the interpreter.

With the native crate: threads with one call for many signatures, which releases the interpreter's lock once. Without
it, and for kinds of keys that the crate leaves to others: processes, as threads with a call per signature starve beside
a busy interpreter.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Final

from huitong.crypto import is_fast, verify_many
from huitong.types.registry import KeyKind

from .verdicts import Check, Verdicts

CHUNK: Final = 128
"""Checks per message to a worker process: about 5 ms of work."""
INLINE: Final = 24
"""Fewer checks than this are done on the spot, about 1 ms."""

_Task = tuple[Sequence[Check], "Future[bytes] | None"]
"""Checks and who verifies them; None: whoever asked."""


def _end_with_parent() -> None:
    """Leave interrupts to the parent, and end when it is gone: a killed parent closes no queue."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    wait([sentinel])
    os._exit(0)


class VerifierPool:
    """Fills `Verdicts` from workers. workers = 0 verifies on the spot.

    A worker process that dies costs time only: what it had is verified here, and new ones are started.
    """

    def __init__(self, verdicts: Verdicts, workers: int) -> None:
        self._verdicts = verdicts
        self._workers = workers
        self._threads: ThreadPoolExecutor | None = None
        self._processes: ProcessPoolExecutor | None = None
        self._starting: Future[bytes] | None = None

    def start(self) -> None:
        """Start worker processes in the background where all keys need them.

        Until one answers, checks are done on the spot; so they are when processes are started for a first rare key.
        """
        if self._workers and not is_fast(KeyKind.ED25519):
            self._begin()

    def _begin(self) -> None:
        self._starting = self._running().submit(verify_many, ())

    def _running(self) -> ProcessPoolExecutor:
        if self._processes is None:
            self._processes = ProcessPoolExecutor(
                self._workers, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
            )
        return self._processes

    async def verify(self, checks: Sequence[Check]) -> list[Check]:
        """Verify checks, remember the good ones, return the bad ones."""
        bad: list[Check] = []
        for chunk, future in self._submit(checks):
            try:
                answers = verify_many(chunk) if future is None else await asyncio.wrap_future(future)
            except BrokenProcessPool:
                self._discard()
                answers = verify_many(chunk)
            bad += self._judge(chunk, answers)
        return bad

    def begin(self, checks: Sequence[Check]) -> Callable[[], None]:
        """Begin to verify checks, for a replay; what is returned waits for the end and remembers the good ones."""
        tasks = self._submit(checks)

        def finish() -> None:
            for chunk, future in tasks:
                try:
                    answers = verify_many(chunk) if future is None else future.result()
                except BrokenProcessPool:
                    self._discard()
                    answers = verify_many(chunk)
                self._judge(chunk, answers)

        return finish

    def _submit(self, checks: Sequence[Check]) -> list[_Task]:
        """Hand checks out in chunks; those without a future are for the caller."""
        if not self._workers or len(checks) < INLINE:
            return [(checks, None)]
        fast = [check for check in checks if is_fast(check[0])]
        slow = checks if not fast else [check for check in checks if not is_fast(check[0])]
        return self._to_threads(fast) + self._to_processes(slow)

    def _to_threads(self, checks: Sequence[Check]) -> list[_Task]:
        """One call per thread: a batch costs less per signature the larger it is."""
        if not checks:
            return []
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._workers, thread_name_prefix="verifier")
        submit = self._threads.submit
        return [(chunk, submit(verify_many, chunk)) for chunk in _chunks(checks, -(-len(checks) // self._workers))]

    def _to_processes(self, checks: Sequence[Check]) -> list[_Task]:
        if len(checks) < INLINE:
            return [(checks, None)] if checks else []
        if self._starting is None:
            self._begin()
        if self._starting is not None and not self._starting.done():
            return [(checks, None)]
        chunks = _chunks(checks, CHUNK)
        try:
            return [(chunk, self._running().submit(verify_many, chunk)) for chunk in chunks]
        except BrokenProcessPool:
            self._discard()
            return [(chunk, self._running().submit(verify_many, chunk)) for chunk in chunks]

    def _judge(self, checks: Sequence[Check], answers: bytes) -> list[Check]:
        bad = []
        for check, answer in zip(checks, answers, strict=True):
            if answer:
                self._verdicts.learn(check)
            else:
                bad.append(check)
        return bad

    def _discard(self) -> None:
        if self._processes is not None:
            self._processes.shutdown(wait=False)
            self._processes = None

    def close(self) -> None:
        """End the workers."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._threads = None
        if self._processes is not None:
            self._processes.shutdown(wait=True, cancel_futures=True)
            self._processes = None


def _chunks(checks: Sequence[Check], size: int) -> list[Sequence[Check]]:
    return [checks[start : start + size] for start in range(0, len(checks), size)]
