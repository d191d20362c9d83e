"""uvicorn's HTTP protocol with limits on connections and the head of a request, and problem documents for what is none.

uvicorn limits heads only with h11; httptools would gather a head of any length in memory, for any time.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from huitong.api import problem
from huitong.types import Code

from .settings import PROBLEM, GatewaySettings
from .tls import lacks_certificate

MAX_HEAD_BYTES: Final = 64 * 1024
"""Longest request line and headers together."""
_SEPARATORS: Final = 4
"""Colon, space and line end of a header."""


class HeadTooLongError(Exception):
    """Stops the parser in the middle of a head."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection, which closes after what it refuses.

    HT8001: a head over `MAX_HEAD_BYTES`, or bytes that are no HTTP. HT8015: a head that does not come in time. HT8023:
    too many connections.
    """

    _head_bytes = 0
    _in_head = True
    _unfinished = 0
    _head_timer: asyncio.TimerHandle | None = None

    _stranger = False

    def __init__(self, limits: GatewaySettings, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._limits = limits

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """Begin, or refuse one connection too many."""
        super().connection_made(transport)
        self._stranger = lacks_certificate(transport)
        limit = self._limits.max_connections
        if len(self.connections) > limit:
            self._refuse(Code.TOO_MANY_CONNECTIONS, limit=limit)
        else:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._head_came()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._limits.head_timeout, self._give_up)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        self._head_timer = None
        if self._unfinished or self._head_bytes:
            self._refuse(Code.REQUEST_TIMEOUT, seconds=self._limits.head_timeout)
        else:
            self.transport.close()  # not a byte came

    def on_message_begin(self) -> None:
        """Start to count the head of a request."""
        self._head_bytes = 0
        self._in_head = True
        self._await_head()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._count(len(name) + len(value) + _SEPARATORS)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin the body."""
        self._in_head = False
        self._head_came()
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLongError

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that does not end is cut off although the parser still gathers one of its fields."""
        if self._stranger:
            if not self.transport.is_closing():
                self._refuse(Code.CLIENT_CERTIFICATE_MISSING)
            return
        waiting = self._in_head
        super().data_received(data)
        if waiting and self._in_head and not self.transport.is_closing():
            self._unfinished += len(data)
            if self._unfinished > MAX_HEAD_BYTES:
                self.send_400_response("")
        else:
            self._unfinished = 0

    def _unsupported_upgrade_warning(self) -> None:
        """Serve a request for another protocol as HTTP, without uvicorn's advice about packages in our log."""

    def send_400_response(self, msg: str) -> None:
        """Answer what cannot be read as HTTP, and close."""
        del msg  # uvicorn's own words
        reason = f"no HTTP request, or a head over {MAX_HEAD_BYTES} bytes"
        self._refuse(Code.REQUEST_MALFORMED, what="request", reason=reason)

    def _refuse(self, code: Code, **data: Any) -> None:
        """Answer with a problem document, and close."""
        document = problem(code, data)
        body = msgspec.json.encode(document)
        head = (
            f"HTTP/1.1 {document.status} {HTTPStatus(document.status).phrase}\r\n"
            f"content-type: {PROBLEM}\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self._head_came()
        self.transport.write(head.encode() + body)
        self.transport.close()
