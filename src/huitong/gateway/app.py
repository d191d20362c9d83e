"""The gateway as one ASGI application over a `NodeApi`."""

from typing import cast

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from prometheus_client import CollectorRegistry

from huitong.api import NodeApi
from huitong.types import HuitongError

from . import chain, events, metrics, state, transactions
from .asgi import Application, Receive, Scope, Send
from .events import Streams
from .guard import Guard
from .heads import Heads
from .limits import Limits
from .metrics import Metrics
from .openapi import openapi_config
from .replies import on_fault, on_http_exception, on_huitong_error
from .settings import GatewaySettings


class Gateway:
    """ASGI application. Layers from the outside: metrics, guard against web pages, limits, HEAD, Litestar.

    registry: of metrics; the node may register its own there. None makes one.
    """

    def __init__(
        self, node: NodeApi, settings: GatewaySettings | None = None, registry: CollectorRegistry | None = None
    ) -> None:
        settings = self.settings = settings or GatewaySettings()
        registry = registry or CollectorRegistry()
        self.streams = Streams(settings.max_streams)
        self._inner = cast("Application", _litestar(node, settings, registry, self.streams))
        self._layers = Metrics(Guard(Limits(Heads(self._inner), settings), settings), registry, self.streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection; WebSockets are not served."""
        if scope["type"] == "http":
            await self._layers(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._inner(scope, receive, send)

    def close(self) -> None:
        """End the event streams, so that the server can stop."""
        self.streams.close()


def _litestar(node: NodeApi, settings: GatewaySettings, registry: CollectorRegistry, streams: Streams) -> Litestar:
    return Litestar(
        route_handlers=[
            *transactions.ROUTES,
            *chain.ROUTES,
            *state.ROUTES,
            *events.ROUTES,
            *metrics.ROUTES,
        ],
        dependencies={
            "node": Provide(lambda: node, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "streams": Provide(lambda: streams, sync_to_thread=False),
        },
        exception_handlers={
            HuitongError: on_huitong_error,
            HTTPException: on_http_exception,
            Exception: on_fault,
        },
        state=State({"registry": registry}),
        openapi_config=openapi_config(),
        logging_config=None,
        request_max_body_size=max(settings.max_body, settings.max_batch_body),
        debug=False,
    )
