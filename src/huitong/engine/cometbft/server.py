"""The ABCI socket: CometBFT dials four connections to it, and each gets its answers in the order of its requests.

The connections are served independently: while a block is executed for one of them, queries and CheckTx go on.
"""

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from google.protobuf.message import DecodeError

from huitong.types import Code, HuitongError

from .framing import FrameError, Frames, frame
from .protos import abci

MAX_QUEUED_BYTES: Final = 16 * 1024 * 1024
"""Requests of one connection that wait for their turn; above it nothing more is read from it."""

Handler = Callable[[abci.Request], Awaitable[abci.Response]]


class Connection(asyncio.Protocol):
    """One connection of CometBFT: strictly first in, first out."""

    def __init__(self, handler: Handler, connections: set["Connection"]) -> None:
        self._handler = handler
        self._connections = connections
        self._frames = Frames()
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._transport: asyncio.Transport | None = None
        self._worker: asyncio.Task[None] | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to listen to it."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "pause_reading")
        self._transport = transport  # type: ignore[assignment]  # uvloop's transports are no subclass of asyncio's
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (the name is asyncio's)
        """Forget what was asked: nobody is there to hear the answers."""
        self._connections.discard(self)
        self._queue.clear()
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Queue the requests that are complete."""
        try:
            messages = self._frames.feed(data)
        except FrameError:
            self.close()
            return
        self._queue.extend(messages)
        self._queued_bytes += sum(map(len, messages))
        if self._queued_bytes > MAX_QUEUED_BYTES and self._transport is not None and not self._paused:
            self._transport.pause_reading()
            self._paused = True
        if self._queue and (self._worker is None or self._worker.done()):
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Answer one request after the other."""
        while self._queue and self._transport is not None:
            raw = self._queue.popleft()
            self._queued_bytes -= len(raw)
            if self._paused and self._queued_bytes < MAX_QUEUED_BYTES // 2:
                self._transport.resume_reading()
                self._paused = False
            try:
                request = abci.Request.FromString(raw)
            except DecodeError:
                self.close()
                return
            response = await self._handler(request)
            if self._transport is not None:
                self._transport.write(frame(response.SerializeToString()))

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


class AbciServer:
    """Listens on a Unix socket in a folder that only its owner may enter: who speaks to it decides blocks."""

    def __init__(self, handler: Handler, path: Path) -> None:
        self._handler = handler
        self._path = path
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """What CometBFT's `proxy_app` is set to."""
        return f"unix://{self._path}"

    @property
    def connections(self) -> int:
        """How many connections there are; CometBFT holds four."""
        return len(self._connections)

    async def start(self) -> None:
        """Begin to listen. Raises HT6001 when the socket cannot be made."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.unlink(missing_ok=True)
            before = os.umask(0o077)
            try:
                self._server = await asyncio.get_running_loop().create_unix_server(self._connection, self._path)
            finally:
                os.umask(before)
        except OSError as error:
            raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{self._path}: {error}") from None

    def _connection(self) -> Connection:
        return Connection(self._handler, self._connections)

    async def stop(self) -> None:
        """Hang up and close the socket."""
        for connection in list(self._connections):
            connection.close()
        if self._server is not None:
            self._server.close()
            self._server = None
        self._path.unlink(missing_ok=True)
