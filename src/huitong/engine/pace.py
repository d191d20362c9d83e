"""When the embedded engine may make its next block: at once, at an interval, or when it is told to."""

import asyncio
import contextlib


class Pace:
    """Holds blocks back between `begin` and `end`; before and after, each is made at once.

    seconds: least time between two blocks, 0 for none. manual: each block waits for `release`.
    """

    def __init__(self, seconds: float, *, manual: bool) -> None:
        self._seconds = seconds
        self._manual = manual
        self._holds = False
        self._free_at = 0.0
        self._go = asyncio.Event()

    def begin(self) -> None:
        """Hold back from now on."""
        self._holds = self._manual or self._seconds > 0
        self._free_at = asyncio.get_running_loop().time() + self._seconds

    def end(self) -> None:
        """Hold back no more: what waits is made at once."""
        self._holds = False
        self._go.set()

    def release(self) -> None:
        """Let one block through, now or when there is a reason for one."""
        self._go.set()

    async def turn(self) -> None:
        """Wait until a block may be made."""
        if not self._holds:
            return
        loop = asyncio.get_running_loop()
        if self._manual:
            await self._go.wait()
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._go.wait(), self._free_at - loop.time())
        if self._holds:
            self._go.clear()
        self._free_at = loop.time() + self._seconds
