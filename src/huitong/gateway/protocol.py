"""uvicorn's HTTP protocol with a limit on the head of a request, and problem documents for what is no HTTP.

uvicorn limits heads only with h11; httptools would gather a head of any length in memory.
"""

from typing import Final

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from huitong.api import problem
from huitong.types import Code

from .settings import PROBLEM

MAX_HEAD_BYTES: Final = 64 * 1024
"""Longest request line and headers together."""
_SEPARATORS: Final = 4
"""Colon, space and line end of a header."""


class HeadTooLongError(Exception):
    """Stops the parser in the middle of a head."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. A head over `MAX_HEAD_BYTES`, or bytes that are no HTTP, get HT8001 and the connection closes."""

    _head_bytes = 0
    _in_head = True
    _unfinished = 0

    def on_message_begin(self) -> None:
        """Start to count the head of a request."""
        self._head_bytes = 0
        self._in_head = True
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
        super().on_headers_complete()

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            raise HeadTooLongError

    def data_received(self, data: bytes) -> None:
        """Take bytes; a head that does not end is cut off although the parser still gathers one of its fields."""
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
        body = msgspec.json.encode(problem(Code.REQUEST_MALFORMED, {"what": "request", "reason": reason}))
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            f"content-type: {PROBLEM}\r\n"
            f"content-length: {len(body)}\r\n"
            "connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()
