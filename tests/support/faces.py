"""Gateways with several faces: names that lead to one real node, each with a way of its own to misbehave."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

Face = Callable[["Faces", httpx.Request], Awaitable[httpx.Response]]


class Faces(httpx.AsyncBaseTransport):
    """Routes requests by host name: to a face, or unchanged to the node. asked: (host, method, path) of each."""

    def __init__(self, node_url: str, faces: dict[str, Face]) -> None:
        self._node_url = node_url
        self._faces = faces
        self._inner = httpx.AsyncHTTPTransport()
        self.asked: list[tuple[str, str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.url.host, request.method, request.url.path))
        face = self._faces.get(request.url.host)
        return await (self.forward(request) if face is None else face(self, request))

    async def forward(self, request: httpx.Request) -> httpx.Response:
        """What the node answers."""
        url = self._node_url + request.url.raw_path.decode()
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        content = await request.aread()
        passed = httpx.Request(request.method, url, headers=headers, content=content, extensions=request.extensions)
        response = await self._inner.handle_async_request(passed)
        body = await response.aread()
        kept = {"content-type": response.headers["content-type"]}
        return httpx.Response(response.status_code, headers=kept, content=body, request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()


def changing(part: str, change: Callable[[Any], Any]) -> Face:
    """A face that passes everything on, and changes the answers whose path contains `part`."""

    async def face(faces: Faces, request: httpx.Request) -> httpx.Response:
        response = await faces.forward(request)
        if part not in request.url.path or response.status_code != 200:
            return response
        changed = change(json.loads(response.content))
        content = changed if isinstance(changed, bytes) else _encoded(changed)
        return httpx.Response(200, headers=response.headers, content=content, request=request)

    return face


def _encoded(document: Any) -> bytes:
    """JSON in which a proof bundle has its one form."""
    if not isinstance(document, dict) or not isinstance(document.get("proof"), dict):
        return json.dumps(document, indent=2).encode()
    proof = json.dumps(document["proof"], indent=2, ensure_ascii=False)
    return json.dumps({**document, "proof": "HERE"}).replace('"HERE"', proof).encode()


async def unreachable(_: Faces, request: httpx.Request) -> httpx.Response:
    """A face that nobody reaches."""
    raise httpx.ConnectError("no route", request=request)
