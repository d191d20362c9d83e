"""Listening to events: server-sent events, gone on with after a broken connection."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import msgspec

from huitong.api.problems import exception_of
from huitong.api.structs import EventRecord, Problem
from huitong.types import Code, HuitongError


@dataclass
class Message:
    """One message of an event stream, gathered line by line (WHATWG HTML, server-sent events)."""

    kind: str = "message"
    id: str = ""
    data: list[str] = field(default_factory=list)


async def messages(response: httpx.Response) -> AsyncIterator[Message]:
    """Yield the messages of a stream that carry data."""
    message = Message()
    async for line in response.aiter_lines():
        if not line:
            if message.data:
                yield message
            message = Message()
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            message.data.append(value)
        elif name == "event":
            message.kind = value
        elif name == "id":
            message.id = value


def record_of(message: Message) -> EventRecord:
    """Read the record of a message. Raises what the node ended the stream with, HT8010."""
    body = "\n".join(message.data).encode()
    try:
        if message.kind == "problem":
            raise exception_of(msgspec.json.decode(body, type=Problem))
        return msgspec.json.decode(body, type=EventRecord)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise HuitongError(Code.ANSWER_INVALID, reason=str(error)[:200]) from None
