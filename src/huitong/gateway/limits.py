"""Limits of size and time on every request, enforced while its body streams in."""

import asyncio
from typing import Final

import structlog

from huitong.types import Code, HuitongError

from .asgi import Application, Message, Receive, Scope, Send, header
from .replies import send_problem
from .settings import PREFIX, GatewaySettings

_LOG = structlog.get_logger("huitong.gateway")

_TRANSACTIONS: Final = f"{PREFIX}/transactions"
_BATCH: Final = f"{PREFIX}/transactions/batch"


class Limits:
    """ASGI layer: bodies over the limit get HT8002, requests over their time HT8015.

    The time counts until the answer starts, so event streams may go on. What fails outside of a handler's own reach
    still gets a problem document.
    """

    def __init__(self, app: Application, settings: GatewaySettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request within its limits."""
        limit = self._settings.max_batch_body if scope["path"] == _BATCH else self._settings.max_body
        declared = header(scope, b"content-length")
        if declared.isdigit() and int(declared[:20]) > limit:
            await send_problem(scope, send, Code.BODY_TOO_LARGE, limit=limit)
            return
        if not scope["query_string"].isascii():
            await send_problem(scope, send, Code.REQUEST_MALFORMED, what="query", reason="it is not ASCII")
            return
        await self._in_time(scope, _bounded(receive, limit), send)

    async def _in_time(self, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = self._settings.request_timeout
        if scope["method"] == "POST" and scope["path"].startswith(_TRANSACTIONS):
            seconds += self._settings.max_wait
        started = False

        async def sender(message: Message) -> None:
            nonlocal started
            if not started:
                started = True
                deadline.reschedule(None)
            await send(message)

        try:
            async with asyncio.timeout(seconds) as deadline:
                await self._app(scope, receive, sender)
        except TimeoutError:
            if started or not deadline.expired():
                raise
            await send_problem(scope, send, Code.REQUEST_TIMEOUT, seconds=seconds)
        except Exception as error:
            if started:
                raise
            _LOG.exception("request failed outside of its handler", path=scope["path"])
            await send_problem(scope, send, Code.INTERNAL, reason=type(error).__name__)


def _bounded(receive: Receive, limit: int) -> Receive:
    total = 0

    async def receiver() -> Message:
        nonlocal total
        message = await receive()
        if message["type"] == "http.request":
            total += len(message.get("body", b""))
            if total > limit:
                raise HuitongError(Code.BODY_TOO_LARGE, limit=limit)
        return message

    return receiver
