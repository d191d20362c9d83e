"""Server-sent events: what happens on the chain, as it is committed, with ids to go on from."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, SkipValidation
from litestar.response import Stream

from huitong.api import EventRecord, problem
from huitong.types import Code, HuitongError

from .asgi import header
from .parameters import Node, Settings
from .replies import language
from .settings import EVENT_STREAM, PREFIX

PATH: Final = f"{PREFIX}/events"
_RETRY: Final = b"retry: 1000\n: connected\n\n"
"""First bytes of a stream: pause before reconnecting in ms, and a comment that makes proxies pass the head on."""
_HEARTBEAT: Final = b": heartbeat\n\n"
_MAX_ID: Final = 64


class Streams:
    """Counts open event streams, bounds them, and ends them when the gateway stops."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._ends: set[asyncio.Event] = set()
        self._closed = False

    @property
    def open(self) -> int:
        """Number of open streams."""
        return len(self._ends)

    def enter(self) -> asyncio.Event:
        """Take a place; the event is set when the stream must end. Raises HT8014, HT6004."""
        if self._closed:
            raise HuitongError(Code.STOPPING)
        if len(self._ends) >= self._limit:
            raise HuitongError(Code.TOO_MANY_STREAMS, limit=self._limit)
        end = asyncio.Event()
        self._ends.add(end)
        return end

    def leave(self, end: asyncio.Event) -> None:
        """Give a place back."""
        self._ends.discard(end)

    def close(self) -> None:
        """End all streams and take no more."""
        self._closed = True
        for end in self._ends:
            end.set()


OpenStreams: TypeAlias = NamedDependency[SkipValidation[Streams]]


def frame(record: EventRecord) -> bytes:
    """Write an event: id, kind "event", the record as one line of JSON."""
    return b"id: %b\nevent: event\ndata: %b\n\n" % (record.id.encode(), msgspec.json.encode(record))


def wanted(record: EventRecord, emitter: str | None, name: str | None) -> bool:
    """Whether an event passes the filters. emitter: address in hex."""
    return emitter in (None, record.emitter) and name in (None, record.name)


async def frames(
    source: AsyncIterator[EventRecord], end: asyncio.Event, heartbeat: float, spoken: str
) -> AsyncGenerator[bytes, None]:
    """Write events as they come, comments while nothing comes, and a problem when the source fails."""
    ended = asyncio.ensure_future(end.wait())
    following: asyncio.Future[EventRecord] | None = asyncio.ensure_future(anext(source))
    try:
        await asyncio.sleep(0)  # the source has subscribed before the client hears that it is connected
        yield _RETRY
        while not end.is_set():
            following = following or asyncio.ensure_future(anext(source))
            waited: set[asyncio.Future[Any]] = {following, ended}
            await asyncio.wait(waited, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                if not end.is_set():
                    yield _HEARTBEAT
                continue
            record = following.result()
            following = None
            yield frame(record)
    except StopAsyncIteration:
        return
    except HuitongError as error:
        document = problem(error.code, error.data, language=spoken, instance=PATH)
        yield b"event: problem\ndata: %b\n\n" % msgspec.json.encode(document)
    finally:
        await _cancel(ended)
        if following is not None:
            await _cancel(following)


async def _cancel(task: asyncio.Future[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, StopAsyncIteration, HuitongError):
        await task


async def _filtered(
    source: AsyncIterator[EventRecord], emitter: str | None, name: str | None
) -> AsyncGenerator[EventRecord, None]:
    async for record in source:
        if wanted(record, emitter, name):
            yield record


async def _served(
    source: AsyncIterator[EventRecord], streams: Streams, end: asyncio.Event, heartbeat: float, spoken: str
) -> AsyncGenerator[bytes, None]:
    try:
        async for chunk in frames(source, end, heartbeat, spoken):
            yield chunk
    finally:
        streams.leave(end)


@get(PATH, operation_id="events", media_type=EVENT_STREAM)
async def events(
    request: Request[Any, Any, Any],
    node: Node,
    settings: Settings,
    streams: OpenStreams,
    emitter: FromQuery[str | None] = None,
    name: FromQuery[str | None] = None,
) -> Stream:
    """Stream events of contracts and modules as they are committed (text/event-stream).

    Ids are height.transaction.event. The header Last-Event-ID goes on after that event; without it only new events
    come. emitter (address or contract name) and name choose among them. Comments keep a silent stream alive.
    """
    after = header(request.scope, b"last-event-id") or None
    if after is not None and not _is_id(after):
        raise HuitongError(Code.REQUEST_MALFORMED, what="Last-Event-ID", reason="not height.transaction.event")
    if emitter is not None:
        emitter = emitter.lower() if emitter.startswith("0x") else (await node.state.contract(emitter)).address
    source = _filtered(node.chain.events(after), emitter, name)
    end = streams.enter()
    spoken = language(request.scope)
    return Stream(
        _served(source, streams, end, settings.heartbeat, spoken),
        media_type=EVENT_STREAM,
        headers={"x-accel-buffering": "no"},
    )


def _is_id(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 3 and len(text) <= _MAX_ID and all(part.isascii() and part.isdigit() for part in parts)


ROUTES: Final = (events,)
