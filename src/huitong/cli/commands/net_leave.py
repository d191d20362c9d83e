"""`huitong net remove-org|remove-node`: who leaves the network of this machine."""

import asyncio
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from huitong.api.client import AsyncClient
from huitong.cli.net import processes
from huitong.cli.net.growing import without_participant
from huitong.cli.net.membership import NETWORK, Call, members, take_validator_out
from huitong.cli.net.plan import Participant, Plan, client_tls, folder_option, home_of, known_plan
from huitong.cli.options import Decorator, json_option, signer_option
from huitong.cli.output import Printer
from huitong.cli.session import wallet_of
from huitong.crypto import key_address, suite_by_name
from huitong.engine.cometbft.home import own_id
from huitong.node.comet import comet_folder
from huitong.node.home import node_key
from huitong.types import Code, HuitongError
from huitong.types.registry import KeyKind

from .net_members import DEFAULT_SIGNER

_DELETE: Final = "Delete the node's folder; otherwise it is set aside."


class Part(msgspec.Struct, frozen=True):
    """What a node of this machine is to the chain: CometBFT's node id, validator key, address of its gateway."""

    participant: Participant
    node: bytes
    validator: bytes
    gateway: bytes


class Standing(msgspec.Struct, frozen=True):
    """The chain's own word on the nodes of this machine. known: of `members`."""

    known: dict[str, Any]
    parts: tuple[Part, ...]

    def validates(self, part: Part) -> bool:
        """True when it has voting power."""
        return any(one["public_key"] == part.validator for one in self.known["validators"]["validators"])

    def sends(self, part: Part) -> bool:
        """True when its gateway may send envelopes."""
        return any(one["gateway"] == part.gateway for one in self.known["gateways"])

    def organisation(self, part: Part) -> str:
        """Organisation that registered the node, "" when it is not in the registry."""
        found = (str(one["organisation"]) for one in self.known["nodes"] if one["node"] == part.node)
        return next(found, "")


def part_of(state: Path, plan: Plan, participant: Participant) -> Part:
    """Read the public parts of a node's keys. Raises HT6001."""
    home = home_of(state, participant)
    keys = home.keys()
    address = key_address(suite_by_name(plan.suite), KeyKind.ED25519, node_key(keys.gateway).public_key)
    node = bytes.fromhex(own_id(comet_folder(home)))
    return Part(participant, node, node_key(keys.validator).public_key, address)


def _delete_option() -> Decorator:
    return click.option("--delete", is_flag=True, help=_DELETE)


@click.command("remove-org")
@click.argument("organisation")
@_delete_option()
@signer_option()
@folder_option()
@json_option()
def remove_org(organisation: str, signer: str | None, state: Path, *, delete: bool, as_json: bool) -> None:
    """Take an organisation's validator out, then its gateway and its nodes, and stop them. Members stay members."""
    plan = known_plan(state)
    participant = plan.participant(organisation)
    if len(plan.participants) == 1:
        raise HuitongError(Code.LAST_OF_NETWORK, what="validator")
    leaving = asyncio.run(_organisation_leaves(state, plan, participant, signer or DEFAULT_SIGNER))
    _gone(state, plan, leaving, organisation, delete=delete, as_json=as_json)


@click.command("remove-node")
@click.argument("name")
@_delete_option()
@signer_option()
@folder_option()
@json_option()
def remove_node(name: str, signer: str | None, state: Path, *, delete: bool, as_json: bool) -> None:
    """Take a node that follows without a vote out of the registry, and stop it."""
    plan = known_plan(state)
    participant = plan.participant(name)
    asyncio.run(_follower_leaves(state, plan, participant, signer or DEFAULT_SIGNER))
    _gone(state, plan, (participant,), name, delete=delete, as_json=as_json)


def _gone(state: Path, plan: Plan, leaving: tuple[Participant, ...], name: str, *, delete: bool, as_json: bool) -> None:
    """Stop the nodes, and take them out of the plan."""
    processes.stop(state, leaving)
    for one in leaving:
        plan = without_participant(state, plan, one, delete=delete)
    left = [one.organisation for one in plan.participants]
    found = {"name": name, "removed": [one.organisation for one in leaving], "left": left}
    Printer(as_json=as_json).result(found, lambda: click.echo(f"{name} has left; {len(left)} nodes stay"))


async def _standing(state: Path, plan: Plan, reader: Participant) -> Standing:
    async with AsyncClient(reader.url, tls=client_tls(state, reader)) as client:
        known = await members(client)
    return Standing(known, tuple(part_of(state, plan, one) for one in plan.participants))


async def _organisation_leaves(
    state: Path, plan: Plan, participant: Participant, signer: str
) -> tuple[Participant, ...]:
    """Send what takes an organisation out; what is out already is passed over. Return its nodes on this machine."""
    name = participant.organisation
    standing = await _standing(state, plan, next(one for one in plan.participants if one != participant))
    ours = next(part for part in standing.parts if part.participant == participant)
    owner = standing.organisation(ours)
    if owner not in {name, ""}:
        reason = f"{name} is a node of {owner}; type: huitong net remove-node {name}"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
    leaving = tuple(part for part in standing.parts if part == ours or standing.organisation(part) == name)
    async with _sender(state, standing, leaving) as client:
        wallet = await wallet_of(client, signer)
        if standing.validates(ours):
            await take_validator_out(client, wallet, ours.validator)
        calls: list[Call] = [(NETWORK, "remove_gateway", (ours.gateway,))] if standing.sends(ours) else []
        nodes = [one["node"] for one in standing.known["nodes"] if one["organisation"] == name]
        calls += [(NETWORK, "remove_node", (node,)) for node in nodes]
        if calls:
            await client.submit(await client.sign(calls, wallet=wallet))
    return tuple(part.participant for part in leaving)


async def _follower_leaves(state: Path, plan: Plan, participant: Participant, signer: str) -> None:
    """Send what takes a follower's node out of the registry, unless it is out already."""
    standing = await _standing(state, plan, next(one for one in plan.participants if one != participant))
    ours = next(part for part in standing.parts if part.participant == participant)
    name = participant.organisation
    if standing.validates(ours) or standing.sends(ours):
        reason = f"{name} is an organisation of the network, no follower; type: huitong net remove-org {name}"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
    if standing.organisation(ours):
        async with _sender(state, standing, (ours,)) as client:
            wallet = await wallet_of(client, signer)
            await client.submit(await client.sign([(NETWORK, "remove_node", (ours.node,))], wallet=wallet))


def _sender(state: Path, standing: Standing, leaving: tuple[Part, ...]) -> AsyncClient:
    """Client of a gateway that stays and takes transactions, which followers do not. Raises HT4206."""
    for part in standing.parts:
        if part not in leaving and standing.sends(part):
            return AsyncClient(part.participant.url, tls=client_tls(state, part.participant))
    raise HuitongError(Code.LAST_OF_NETWORK, what="gateway")
