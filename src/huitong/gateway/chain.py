"""Addresses of the chain: status, blocks, headers, trust document, health."""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from huitong.api import BlockAnswer, ChainStatus, Problem, problem
from huitong.api.structs import STOPPING_REASON
from huitong.types import Code

from .parameters import Node, parse_height
from .replies import language, problem_response
from .settings import JSON, PREFIX


@get(f"{PREFIX}/status", operation_id="status")
async def status(node: Node) -> ChainStatus:
    """Where the node stands, and what a client needs to build transactions."""
    return await node.chain.status()


@get(f"{PREFIX}/blocks/{{height:str}}", operation_id="block")
async def block(node: Node, height: FromPath[str]) -> BlockAnswer:
    """Return a block by height, or the newest one by the word latest."""
    return await node.chain.block(parse_height(height))


@get(f"{PREFIX}/headers/{{height:str}}", operation_id="signed_header", media_type=JSON)
async def signed_header(node: Node, height: FromPath[str]) -> bytes:
    """Return a header with its commit and validators, for light clients; latest is the newest provable one."""
    return await node.chain.signed_header(parse_height(height))


@get(f"{PREFIX}/trust", operation_id="trust", media_type=JSON)
async def trust(node: Node) -> bytes:
    """Return the trust document of this chain: compare it with one that you got by another way before you use it."""
    return await node.chain.trust()


@get("/healthz", operation_id="health")
async def health(request: Request[Any, Any, Any], node: Node) -> Response[dict[str, str | int]] | Response[Problem]:
    """200 while the node takes transactions; a problem with status 503 and the reason otherwise."""
    now = await node.chain.status()
    if now.ready:
        found: dict[str, str | int] = {"status": "ok", "chain_id": now.chain_id, "height": now.height}
        return Response(found, media_type=JSON)
    code = Code.STOPPING if now.reason == STOPPING_REASON else Code.ENGINE_HALTED
    data = {"reason": now.reason or "it is not ready"}
    document = problem(code, data, language=language(request.scope), instance=request.scope["path"])
    return problem_response(request.scope, document)


ROUTES: Final = (status, block, signed_header, trust, health)
