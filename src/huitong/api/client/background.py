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
        try:
            _refuse_running_loop()
            future = self._started(coroutine)
        except HuitongError:
            coroutine.close()
            raise
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            if not self._ended:
                raise
            raise _unusable("it was closed while it waited") from None
        except BaseException:
            future.cancel()
            raise

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


def _refuse_running_loop() -> None:
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop()
        raise _unusable("this thread runs an event loop, which it would block")


def _unusable(reason: str) -> HuitongError:
    return HuitongError(Code.CLIENT_UNUSABLE, reason=reason)
