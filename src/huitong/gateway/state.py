"""Addresses of the state: keys with proofs, contracts, views, members, organisations."""

from typing import Any, Final

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery

from huitong.api import ContractAnswer, MemberAnswer, StateAnswer, ViewAnswer

from .bodies import read_view
from .parameters import Node, parse_key
from .settings import PREFIX


@get(f"{PREFIX}/state/{{store:str}}/{{key:str}}", operation_id="state")
async def value(node: Node, store: FromPath[str], key: FromPath[str], *, prove: FromQuery[bool] = False) -> StateAnswer:
    """Return the value under a key (hex) of a store, null when it is absent.

    With prove=true at the newest provable height, with a proof of presence or absence.
    """
    return await node.state.state(store, parse_key(key), prove=prove)


@get(f"{PREFIX}/contracts/{{name:str}}", operation_id="contract")
async def contract(node: Node, name: FromPath[str]) -> ContractAnswer:
    """Return a contract by name or address, with its schema."""
    return await node.state.contract(name)


@post(f"{PREFIX}/views", status_code=200, operation_id="view")
async def view(request: Request[Any, Any, Any], node: Node) -> ViewAnswer:
    """Run a view of a contract or module on the newest state; nothing is recorded."""
    return await node.state.view(await read_view(request))


@get(f"{PREFIX}/members/{{name:str}}", operation_id="member")
async def member(node: Node, name: FromPath[str]) -> MemberAnswer:
    """Return a member by address or name@organisation."""
    return await node.state.member(name)


@get(f"{PREFIX}/organisations", operation_id="organisations")
async def organisations(node: Node) -> list[str]:
    """Return the names of the organisations, sorted."""
    return list(await node.state.organisations())


ROUTES: Final = (value, contract, view, member, organisations)
