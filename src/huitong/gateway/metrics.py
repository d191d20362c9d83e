"""Metrics in Prometheus' form, in a registry of the gateway's own, which the node may add to."""

import time
from typing import Any, Final

from litestar import Request, Response, get
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from .asgi import Application, Message, Receive, Scope, Send
from .events import Streams

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Metrics:
    """ASGI layer that counts and times requests by method, route and status. Routes are templates, never raw paths."""

    def __init__(self, app: Application, registry: CollectorRegistry, streams: Streams) -> None:
        self._app = app
        self._requests = Counter(
            "huitong_http_requests",
            "Requests by method, route and status",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "huitong_http_seconds", "Seconds until the answer starts", ("route",), buckets=_BUCKETS, registry=registry
        )
        Gauge("huitong_http_streams", "Open event streams", registry=registry).set_function(lambda: streams.open)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and count it."""
        started = time.perf_counter()

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._count(scope, message["status"], time.perf_counter() - started)
            await send(message)

        await self._app(scope, receive, sender)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(scope.get("path_template") or "none")
        method = scope["method"] if scope["method"] in ("GET", "POST", "OPTIONS", "HEAD") else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


@get("/metrics", operation_id="metrics", media_type="text/plain")
async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return the metrics of the gateway and its node as text."""
    return Response(generate_latest(request.app.state.registry), headers={"content-type": CONTENT_TYPE_PLAIN_0_0_4})


ROUTES: Final = (metrics,)
