"""Runs the gateway: a socket bound first, then uvicorn on it, stopped gracefully."""

import asyncio
import contextlib
import errno
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Final, cast

import uvicorn

from huitong.types import Code, HuitongError

from .app import Gateway
from .protocol import BoundedProtocol

_TRIES: Final = 100
"""Ports that are tried, from the wanted one upwards."""
_BACKLOG: Final = 1024
_STOP_SECONDS: Final = 10
_KEEP_ALIVE_SECONDS: Final = 75
"""Longer than clients keep idle connections: a request on one that just closes would have an unknown outcome."""


def bind(host: str, port: int, tries: int = _TRIES) -> socket.socket:
    """Bind a listening socket on the wanted port or the next free one; port 0 lets the system choose.

    Raises HT6002 when all of them are taken, HT6001 when the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    last = port if port == 0 else min(port + tries - 1, 65535)
    for candidate in range(port, last + 1):
        bound = _try_bind(family, host, candidate)
        if bound is not None:
            return bound
    raise HuitongError(Code.PORT_TAKEN, host=host, first=port, last=last, port=port)


def _try_bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket | None:
    candidate = socket.socket(family, socket.SOCK_STREAM)
    try:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        candidate.bind((host, port))
        candidate.listen(_BACKLOG)
    except OSError as error:
        candidate.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            return None
        reason = f"address {host} of the gateway: {error.strerror or error}"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason) from None
    candidate.setblocking(False)
    return candidate


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the node decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signals alone."""
        yield


class GatewayServer:
    """A gateway on a bound socket. `async with` serves; leaving it ends streams, finishes requests, closes."""

    def __init__(self, gateway: Gateway, bound: socket.socket, tls: ssl.SSLContext | None = None) -> None:
        self._gateway = gateway
        self._scheme = "http" if tls is None else "https"
        self._socket = bound
        config = uvicorn.Config(
            gateway,
            loop="uvloop",
            http=cast("type[asyncio.Protocol]", partial(BoundedProtocol, gateway.settings)),  # called, no more
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_STOP_SECONDS,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Port that it listens on."""
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Address for clients on this machine."""
        host: str = self._socket.getsockname()[0]
        return f"{self._scheme}://[{host}]:{self.port}" if ":" in host else f"{self._scheme}://{host}:{self.port}"

    async def start(self) -> None:
        """Begin to serve; returns when requests are answered. Raises HT6001 when the start fails."""
        self._task = asyncio.create_task(self._server.serve([self._socket]))
        while not self._server.started:
            done, _ = await asyncio.wait({self._task}, timeout=0.005)
            if done:
                reason = f"the HTTP server did not start: {self._task.exception()}"
                raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)

    async def stop(self) -> None:
        """End the event streams, finish the requests that run, close the socket."""
        self._gateway.close()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
            self._task = None
        self._socket.close()

    async def wait(self) -> None:
        """Return when the server has ended."""
        if self._task is not None:
            await asyncio.wait({self._task})


@contextlib.asynccontextmanager
async def serving(
    gateway: Gateway, bound: socket.socket, tls: ssl.SSLContext | None = None
) -> AsyncIterator[GatewayServer]:
    """Serve while the block runs."""
    server = GatewayServer(gateway, bound, tls)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
