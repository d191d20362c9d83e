"""An event loop in a thread of its own, for callers that have none: they wait for what runs there."""

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from huitong.types import Code, HuitongError

T = TypeVar("T")

_END_SECONDS: Final = 5.0
"""How long ending waits for connections to close; the thread is a daemon and does not keep the process."""


class BackgroundLoop:
    """Runs coroutines of any thread in one loop. at_end: what is done there when it ends.

    Works in the process that made it: a fork has no such thread.
    """

    def __init__(self, at_end: Callable[[], Awaitable[None]]) -> None:
        self._lock = threading.RLock()
        self._ended = False
        started: concurrent.futures.Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = (
            concurrent.futures.Future()
        )
        self._thread = threading.Thread(
            target=lambda: asyncio.run(_serve(started, at_end)), name="huitong-client", daemon=True
        )
        self._thread.start()
        self._loop, self._stop = started.result()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end and return what it returns; an interrupt of the caller cancels it.

        Raises what it raises; HT8024 in a thread that runs an event loop, in a forked process, and once this has ended.
        """
        tasks: list[asyncio.Task[Any]] = []
        held = _noted(coroutine, tasks)
        try:
            _refuse_running_loop()
            return self._started(held).result()
        except HuitongError:
            held.close()
            coroutine.close()
            raise
        except concurrent.futures.CancelledError:
            coroutine.close()  # it may have been cancelled before its first step
            if not self._ended:
                raise
            raise _unusable("it was closed while it waited") from None
        except BaseException:  # an interrupt may come anywhere, before the future is in our hands too
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._abandon, tasks, 2)
            raise

    def _abandon(self, tasks: list["asyncio.Task[Any]"], looks: int) -> None:
        """Cancel a task, which may have been handed over just now and begins after this."""
        for task in tasks:
            task.cancel()
        if not tasks and looks:
            self._loop.call_soon(self._abandon, tasks, looks - 1)

    def start(self, coroutine: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine without waiting, from any thread; nothing is done when this has ended."""
        try:
            self._started(coroutine)
        except HuitongError:
            coroutine.close()

    def _started(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        if not self._thread.is_alive():
            raise _unusable("it is closed" if self._ended else "it was made in another process, before a fork")
        with self._lock:  # what is handed over before the end is begun before it, and so cancelled by it
            if self._ended:
                raise _unusable("it is closed")
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def end(self) -> None:
        """Cancel what runs, do what is to be done at the end, end the thread. More than once is no harm."""
        if self._thread.is_alive():
            with self._lock:
                if not self._ended:
                    self._ended = True
                    self._loop.call_soon_threadsafe(self._stop.set)
            if threading.current_thread() is not self._thread:
                self._thread.join(_END_SECONDS)
        self._ended = True


async def _serve(
    started: concurrent.futures.Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]],
    at_end: Callable[[], Awaitable[None]],
) -> None:
    stop = asyncio.Event()
    started.set_result((asyncio.get_running_loop(), stop))
    await stop.wait()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await at_end()


async def _noted(coroutine: Coroutine[Any, Any, T], tasks: list["asyncio.Task[Any]"]) -> T:
    """Run a coroutine and say in which task."""
    task = asyncio.current_task()
    assert task is not None, "it runs in a task"
    tasks.append(task)
    return await coroutine


def _refuse_running_loop() -> None:
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        raise _unusable("this thread runs an event loop, which it would block")


def _unusable(reason: str) -> HuitongError:
    return HuitongError(Code.CLIENT_UNUSABLE, reason=reason)
