"""CometBFT as a child of the node: started when the socket is there, started again when it ends by itself."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import structlog

STOP_SECONDS: Final = 10.0
FIRST_PAUSE_S: Final = 0.3
LONGEST_PAUSE_S: Final = 10.0
STEADY_S: Final = 30.0
"""After this time a start counts as good, and the next pause is short again."""


class Companion(Protocol):
    """A CometBFT that lives as long as the engine."""

    @property
    def pid(self) -> int:
        """Id of the running process; 0 when there is none."""
        ...

    async def start(self, proxy_app: str, wanted: Callable[[], bool]) -> None:
        """Start it against our socket; `wanted` says whether it may be started again."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...


class CometProcess:
    """The program on a home of its own. Its log goes to a file."""

    def __init__(self, program: Path, home: Path, log_file: Path, options: Sequence[str] = ()) -> None:
        """options: of `cometbft start`, before those that the configuration file gives."""
        self._command = (str(program), "start", "--home", str(home), *options)
        self._log_file = log_file
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("cometbft")

    @property
    def pid(self) -> int:
        """Id of the running process; 0 when there is none."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else 0

    async def start(self, proxy_app: str, wanted: Callable[[], bool]) -> None:
        """Start it, and again whenever it ends while it is wanted."""
        await self._spawn(proxy_app)
        self._keeper = asyncio.create_task(self._keep(proxy_app, wanted), name="cometbft")

    async def _spawn(self, proxy_app: str) -> None:
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, "--proxy_app", proxy_app, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def _keep(self, proxy_app: str, wanted: Callable[[], bool]) -> None:
        pause = FIRST_PAUSE_S
        loop = asyncio.get_running_loop()
        while self._process is not None:
            begun = loop.time()
            status = await self._process.wait()
            if not wanted():
                return
            pause = FIRST_PAUSE_S if loop.time() - begun > STEADY_S else pause
            self._log.warning("ended", status=status, log=str(self._log_file), again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)
            await self._spawn(proxy_app)

    async def stop(self) -> None:
        """End it, by force after a while."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
