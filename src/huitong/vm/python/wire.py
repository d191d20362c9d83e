"""The channel between a node and its worker, one end of a stream socket.

A message is a u32 length (little-endian, of the body alone), one byte of `Kind`, and a body. The two sides alternate
strictly: a request goes up or down, its reply comes back, and while a reply is awaited the other side may ask in turn
(nested calls). So no byte may ever stand behind a message. Whatever is wrong raises `WorkerFault`.
"""

import socket
import struct
import time
from typing import Any, Final

from huitong.types import Rejected, decode_scanned, encode

from .wire_messages import BODIES, KIND_OF, Body

POLL_SECONDS: Final = 1
"""How often the node looks at its clock while it waits for a worker."""

_HEAD: Final = struct.Struct("<IB")
_RECEIVE_BYTES: Final = 64 * 1024


class WorkerFault(Exception):
    """The worker broke the protocol, ended, or was too late. It must be killed; no rule of the chain depends on it."""


class Channel:
    """One end of the socket. `limit`: longest body that may arrive; 0 for the worker, which trusts the node."""

    __slots__ = ("_limit", "_socket")

    def __init__(self, endpoint: socket.socket, limit: int) -> None:
        self._socket = endpoint
        self._limit = limit

    def watch_clock(self) -> None:
        """Let waiting calls return every `POLL_SECONDS`, so that `receive` can look at its deadline."""
        interval = struct.pack("ll", POLL_SECONDS, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, interval)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, interval)

    def send(self, body: Body, seconds: float = 0.0) -> None:
        """Send one message. Raises WorkerFault when the other end is gone or takes no bytes for `seconds`."""
        self.send_as(KIND_OF[type(body)], encode(body), seconds)

    def send_as(self, kind: int, raw: bytes, seconds: float = 0.0) -> None:
        """Send an encoded body under a kind."""
        message = memoryview(_HEAD.pack(len(raw), kind) + raw)
        try:
            sent = self._socket.send(message)
            if sent < len(message):
                self._send_rest(message[sent:], seconds)
        except BlockingIOError:
            self._send_rest(message, seconds)
        except OSError as error:
            raise WorkerFault(f"the channel is broken: {error}") from None

    def _send_rest(self, rest: memoryview, seconds: float) -> None:
        started = time.monotonic()
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except BlockingIOError:
                if time.monotonic() - started > seconds:
                    raise WorkerFault(f"the worker took no bytes for {seconds:.0f} s") from None
            except OSError as error:
                raise WorkerFault(f"the channel is broken: {error}") from None

    def receive(self, seconds: float = 0.0) -> tuple[int, Any]:
        """Wait for one message; return (kind, body). `seconds`: patience, when `watch_clock` was called.

        Raises WorkerFault: the other end is gone, silent for too long, or sent what is no message.
        """
        raw = self._some(0, seconds)
        while len(raw) < _HEAD.size:
            raw += self._some(0, seconds)
        size, kind = _HEAD.unpack_from(raw)
        whole = size + _HEAD.size
        if self._limit and size > self._limit:
            raise WorkerFault(f"a message of {size} bytes")
        if len(raw) < whole:
            raw = self._rest(raw, whole, seconds)
        if len(raw) > whole:
            raise WorkerFault("bytes stand behind a message")
        shape = BODIES.get(kind)
        if shape is None:
            raise WorkerFault(f"message kind {kind}")
        try:
            return kind, decode_scanned(raw[_HEAD.size :], shape)
        except Rejected as refusal:
            raise WorkerFault(f"a malformed {shape.__name__}: {refusal.data.get('reason')}") from None

    def _some(self, wanted: int, seconds: float) -> bytes:
        try:
            raw = self._socket.recv(wanted or _RECEIVE_BYTES)
        except BlockingIOError:
            return self._patient(wanted, seconds)
        except OSError as error:
            raise WorkerFault(f"the channel is broken: {error}") from None
        if not raw:
            raise WorkerFault("the worker ended")
        return raw

    def _patient(self, wanted: int, seconds: float) -> bytes:
        """Go on waiting after the first interval of the clock."""
        started = time.monotonic() - POLL_SECONDS
        while time.monotonic() - started <= seconds:
            try:
                raw = self._socket.recv(wanted or _RECEIVE_BYTES)
            except BlockingIOError:
                continue
            if not raw:
                raise WorkerFault("the worker ended")
            return raw
        raise WorkerFault(f"no message for {seconds:.0f} s")

    def _rest(self, begun: bytes, whole: int, seconds: float) -> bytes:
        parts, size, started = [begun], len(begun), time.monotonic()
        while size < whole:
            if self._limit and time.monotonic() - started > seconds:
                raise WorkerFault(f"a message took more than {seconds:.0f} s")
            part = self._some(min(whole - size, 16 * _RECEIVE_BYTES), seconds)
            parts.append(part)
            size += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Close this end."""
        self._socket.close()
