"""Event streams: order, ids, resuming, filters, heartbeat, bounds, end."""

import asyncio
import json

import pytest

from huitong.api import NodeApi
from huitong.gateway import Gateway, GatewaySettings
from huitong.gateway.events import Streams, frames
from huitong.types import Code, HuitongError

OCTETS = {"content-type": "application/octet-stream"}
PATH = "/api/v1/events"


class Stream:
    """A GET of the event stream straight over ASGI, read piece by piece (httpx's ASGI transport buffers answers)."""

    def __init__(self, gateway, query="", headers=()):
        self._pieces = asyncio.Queue()
        self._gone = asyncio.Event()
        self.status = None
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": PATH, "raw_path": PATH.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(b"host", b"localhost"), *headers], "client": None, "server": None, "state": {},
        }  # fmt: skip
        self.task = asyncio.create_task(gateway(scope, self._receive, self._send))

    async def _receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            return
        if message["body"]:
            self._pieces.put_nowait(message["body"])
        if not message["more_body"]:
            self._gone.set()

    async def piece(self):
        return await asyncio.wait_for(self._pieces.get(), 5)

    async def event(self):
        """Next piece that is no comment, as (id, kind, data)."""
        while True:
            fields = dict(line.split(b": ", 1) for line in (await self.piece()).splitlines() if b": " in line)
            if b"data" in fields:
                return fields.get(b"id", b"").decode(), fields[b"event"].decode(), json.loads(fields[b"data"])

    async def leave(self):
        self._gone.set()
        await asyncio.wait_for(self.task, 5)


async def put(http, signed, *args):
    response = await http.post("/api/v1/transactions", content=signed(args=args), headers=OCTETS)
    assert response.json()["answer"] == "committed"


async def test_events_come_in_order_with_their_ids(http, signed, gateway):
    await put(http, signed, "before", 1)
    stream = Stream(gateway)
    assert (await stream.piece()).startswith(b"retry: 1000\n")
    await put(http, signed, "a", 1)
    await put(http, signed, "b", 2)
    first, second = await stream.event(), await stream.event()
    assert stream.status == 200
    assert (first[0], first[1], first[2]["data"]) == ("2.0.0", "event", {"key": "a", "value": "1"})
    assert (second[0], second[2]["id"]) == ("3.0.0", "3.0.0")
    await stream.leave()


async def test_stream_goes_on_after_the_last_id(http, signed, gateway):
    for number in range(4):
        await put(http, signed, "k", number)
    stream = Stream(gateway, headers=[(b"last-event-id", b"2.0.0")])
    assert [(await stream.event())[0] for _ in range(2)] == ["3.0.0", "4.0.0"]
    await stream.leave()


async def test_filters(http, signed, gateway):
    by_name = Stream(gateway, "name=Put&emitter=ledger")
    other = Stream(gateway, "name=Other")
    await by_name.piece()
    await other.piece()
    await put(http, signed, "k", 1)
    assert (await by_name.event())[0] == "1.0.0"
    assert await other.piece() == b": heartbeat\n\n"
    await by_name.leave()
    await other.leave()


async def test_unknown_emitter_is_refused_at_once(http):
    response = await http.get(PATH, params={"emitter": "nothing"})
    assert (response.status_code, response.json()["code"]) == (404, "HT8005")


async def test_silent_stream_has_a_heartbeat_and_outlives_the_request_timeout(node):
    gateway = Gateway(NodeApi(node, node, node), GatewaySettings(request_timeout=0.02, heartbeat=0.05))
    stream = Stream(gateway)
    await stream.piece()
    for _ in range(3):
        assert await stream.piece() == b": heartbeat\n\n"
    await stream.leave()


async def test_streams_are_bounded_and_places_are_given_back(gateway, http, settings):
    streams = [Stream(gateway) for _ in range(settings.max_streams)]
    for stream in streams:
        await stream.piece()
    refused = await http.get(PATH)
    assert (refused.status_code, refused.json()["code"]) == (503, "HT8014")
    assert gateway.streams.open == settings.max_streams
    for stream in streams:
        await stream.leave()
    assert gateway.streams.open == 0


async def test_closing_the_gateway_ends_streams_and_takes_no_more(gateway, http):
    stream = Stream(gateway)
    await stream.piece()
    gateway.close()
    await asyncio.wait_for(stream.task, 5)
    assert (await http.get(PATH)).json()["code"] == "HT6004"


async def test_forgotten_events_are_a_problem_in_the_stream(gateway):
    stream = Stream(gateway, headers=[(b"last-event-id", b"0.0.0")])
    _, kind, document = await stream.event()
    assert (kind, document["code"]) == ("problem", "HT8012")
    await asyncio.wait_for(stream.task, 5)
    assert gateway.streams.open == 0


@pytest.mark.parametrize("last", ["x", "1.2", "1.2.3.4", "1.-2.3", "9" * 70 + ".0.0", "1.².0"])
async def test_malformed_last_event_id(http, last):
    response = await http.get(PATH, headers={"last-event-id": last.encode()})
    assert (response.status_code, response.json()["code"]) == (400, "HT8001")


async def test_reader_that_leaves_ends_the_source():
    """The generator of the node is closed, so that it can give its place up."""
    closed = asyncio.Event()

    async def source():
        try:
            await asyncio.Event().wait()
            yield None
        finally:
            closed.set()

    written = frames(source(), asyncio.Event(), 10, "en")
    await anext(written)
    waiting = asyncio.create_task(anext(written))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(closed.wait(), 5)


def test_places_of_streams():
    streams = Streams(1)
    end = streams.enter()
    with pytest.raises(HuitongError) as refused:
        streams.enter()
    assert refused.value.code is Code.TOO_MANY_STREAMS
    streams.leave(end)
    streams.leave(streams.enter())
    streams.close()
    with pytest.raises(HuitongError) as stopped:
        streams.enter()
    assert stopped.value.code is Code.STOPPING
