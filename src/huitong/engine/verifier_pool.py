"""Signatures in batches, in processes of their own: beside a busy interpreter threads starve."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Final

from huitong.crypto import verify

from .verdicts import Check, Verdicts

CHUNK: Final = 128
"""Checks per message to a worker: about 5 ms of work."""
INLINE: Final = 24
"""Fewer checks than this are done on the spot, about 1 ms."""


def verify_chunk(checks: Sequence[Check]) -> bytes:
    """Verify one after the other; byte i is 1 when check i holds."""
    return bytes(verify(*check) for check in checks)


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
    """Fills `Verdicts` from worker processes. workers = 0 verifies on the spot.

    A worker that dies costs time only: what it had is verified here, and new workers are started.
    """

    def __init__(self, verdicts: Verdicts, workers: int) -> None:
        self._verdicts = verdicts
        self._workers = workers
        self._executor: Executor | None = None
        self._starting: Future[bytes] | None = None

    def start(self) -> None:
        """Start the workers in the background; until one answers, checks are done on the spot."""
        if self._workers:
            self._starting = self._running().submit(verify_chunk, ())

    def _running(self) -> Executor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self._workers, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_parent
            )
        return self._executor

    async def verify(self, checks: Sequence[Check]) -> list[Check]:
        """Verify checks, remember the good ones, return the bad ones."""
        if self._better_here(checks):
            return self._judge(checks, verify_chunk(checks))
        futures = self._submit(checks)
        bad: list[Check] = []
        for chunk, future in futures:
            try:
                answers = await asyncio.wrap_future(future)
            except BrokenProcessPool:
                self._discard()
                answers = verify_chunk(chunk)
            bad += self._judge(chunk, answers)
        return bad

    def warm(self, checks: Sequence[Check]) -> None:
        """Verify checks and remember the good ones, for a replay; blocks this thread."""
        if self._better_here(checks):
            self._judge(checks, verify_chunk(checks))
            return
        for chunk, future in self._submit(checks):
            try:
                answers = future.result()
            except BrokenProcessPool:
                self._discard()
                answers = verify_chunk(chunk)
            self._judge(chunk, answers)

    def _better_here(self, checks: Sequence[Check]) -> bool:
        waking = self._starting is not None and not self._starting.done()
        return not self._workers or waking or len(checks) < INLINE

    def _submit(self, checks: Sequence[Check]) -> list[tuple[Sequence[Check], "Future[bytes]"]]:
        chunks = [checks[start : start + CHUNK] for start in range(0, len(checks), CHUNK)]
        try:
            return [(chunk, self._running().submit(verify_chunk, chunk)) for chunk in chunks]
        except BrokenProcessPool:
            self._discard()
            return [(chunk, self._running().submit(verify_chunk, chunk)) for chunk in chunks]

    def _judge(self, checks: Sequence[Check], answers: bytes) -> list[Check]:
        bad = []
        for check, answer in zip(checks, answers, strict=True):
            if answer:
                self._verdicts.learn(check)
            else:
                bad.append(check)
        return bad

    def _discard(self) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False)
            self._executor = None

    def close(self) -> None:
        """End the workers."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None
