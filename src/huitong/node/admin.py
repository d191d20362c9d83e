"""The administrative door of a running node: a Unix socket in its folder, for the user that runs the node alone.

One request a connection, one JSON object on one line: `{"act": "backup", "to": "/path"}`; the answer is one line too.
Every act is written to `audit.jsonl` in the folder, with the user that asked.
"""

import asyncio
import contextlib
import os
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from huitong.types import Code, HuitongError

from .home import Home

MAX_REQUEST_BYTES: Final = 64 * 1024
REQUEST_SECONDS: Final = 5.0

Act = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class AdminDoor:
    """Serves the acts that it is given. `start` and `stop` once each, in one event loop."""

    def __init__(self, home: Home, acts: Mapping[str, Act]) -> None:
        self._home = home
        self._acts = acts
        self._server: asyncio.Server | None = None
        self._log = structlog.get_logger("huitong.admin")

    async def start(self) -> None:
        """Open the door. Raises HT6201 when the socket cannot be made."""
        path = self._home.admin_socket
        path.unlink(missing_ok=True)  # of a node that was killed: the lock of the folder is ours
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _short(path) as name:
                listener.bind(name)
            path.chmod(0o600)  # until here the folder's mode, 0700, keeps others out
        except OSError as error:
            listener.close()
            raise HuitongError(Code.STORE_UNREADABLE, path=str(path), reason=str(error.strerror)) from None
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_REQUEST_BYTES)

    async def stop(self) -> None:
        """Close the door."""
        if self._server is not None:
            self._server.close()
            self._server = None
            self._home.admin_socket.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        user = _peer(writer.get_extra_info("socket"))
        try:
            answer = await self._answer(reader, user)
            writer.write(msgspec.json.encode(answer) + b"\n")
            await writer.drain()
        except OSError:
            self._log.info("the asker left", user=user)
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, user: int) -> dict[str, Any]:
        name = ""
        request: dict[str, Any] = {}
        try:
            name, request = await self._read(reader)
            answer, outcome = await self._acts[name](request), "done"
        except HuitongError as error:
            outcome = f"HT{int(error.code)}"
            answer = {"error": {"code": int(error.code), "data": dict(error.data)}}
        self._note(user, name, request, outcome)
        return answer

    async def _read(self, reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]]:
        """Read a request: its act and the rest. Raises HT8001."""
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                request = msgspec.json.decode(await reader.readuntil(b"\n"), type=dict[str, Any])
        except TimeoutError:
            raise _malformed("it did not come in time") from None
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, msgspec.MsgspecError, RecursionError) as error:
            raise _malformed(str(error)[:200]) from None
        name = str(request.pop("act", ""))
        if name not in self._acts:
            raise _malformed(f"there is no such act; there are {', '.join(self._acts)}")
        return name, request

    def _note(self, user: int, act: str, request: dict[str, Any], outcome: str) -> None:
        record = {"time_ns": time.time_ns(), "user": user, "act": act, "request": request, "outcome": outcome}
        try:
            with self._home.audit_file.open("ab") as file:
                file.write(msgspec.json.encode(record) + b"\n")
        except OSError as error:
            self._log.error("the audit file cannot be written", reason=error.strerror)


def ask(home: Home, act: str, **request: Any) -> dict[str, Any]:
    """Ask the node of a folder to act; returns its answer. Raises what the node answers, HT8007 when none answers."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door, _short(home.admin_socket) as name:
            door.connect(name)
            door.sendall(msgspec.json.encode({"act": act, **request}) + b"\n")
            with door.makefile("rb") as answers:
                answer = msgspec.json.decode(answers.readline(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise HuitongError(Code.NODE_UNREACHABLE, url=str(home.admin_socket), reason=str(error)) from None
    if "error" in answer:
        raise HuitongError(Code(answer["error"]["code"]), **answer["error"]["data"])
    return answer


def _malformed(reason: str) -> HuitongError:
    return HuitongError(Code.REQUEST_MALFORMED, what="request", reason=reason)


def _peer(connection: socket.socket) -> int:
    """User id of the other end; -1 where the system does not say."""
    with contextlib.suppress(OSError, AttributeError):
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[1])
    return -1


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """Name a socket by the descriptor of its folder: names of sockets are at most 107 bytes long."""
    if not Path("/proc/self/fd").exists():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
