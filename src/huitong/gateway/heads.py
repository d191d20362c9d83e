"""HEAD requests (RFC 9110 9.3.2): answered as GET without the body, as monitors and proxies ask them."""

from .asgi import Application, Message, Receive, Scope, Send
from .events import PATH as EVENTS


class Heads:
    """ASGI layer that lets routes of GET answer HEAD as well; an event stream has no end and gets no HEAD."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["method"] != "HEAD" or scope["path"] == EVENTS:
            await self._app(scope, receive, send)
            return
        asked = {**scope, "method": "GET"}

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                scope["path_template"] = asked.get("path_template")
            elif message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app(asked, receive, sender)
