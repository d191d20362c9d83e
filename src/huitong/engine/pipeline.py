"""Writing one block while the next one is executed."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

T = TypeVar("T")


class Pipeline(Generic[T]):
    """A thread for what makes a block durable, one block at a time. Its methods belong to the executing thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="persist")
        self._written: Future[T] | None = None

    def write(self, work: Callable[[], T]) -> "Future[T]":
        """Begin to make a block durable; the one before is settled."""
        assert self._written is None, "one block at a time"
        self._written = self._thread.submit(work)
        return self._written

    def settle(self) -> None:
        """Wait until the block in flight is durable; raises what its writing raised, and again if it is asked again."""
        if self._written is not None:
            self._written.result()
            self._written = None

    def close(self) -> None:
        """End the thread, after the block in flight."""
        self._thread.shutdown(wait=True)
