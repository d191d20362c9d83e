"""`huitong net add-org|members|change|export`: who is in the network."""

import asyncio
from pathlib import Path
from typing import Any

import click
import msgspec

from huitong.api import TransactionAnswer
from huitong.api.client import AsyncClient
from huitong.api.values import from_hex, to_json
from huitong.cli.commands.tx import print_answer
from huitong.cli.net import processes
from huitong.cli.net.growing import grown, make_home, with_participant
from huitong.cli.net.membership import (
    MAX_POWER,
    NETWORK,
    admit,
    make_validator,
    members,
    wait_for_signature,
)
from huitong.cli.net.plan import client_tls, folder_option, home_of, known_plan
from huitong.cli.net.watching import wait_until_ready
from huitong.cli.options import json_option, node_option, signer_option
from huitong.cli.output import Printer
from huitong.cli.session import default_signer, wallet_of, with_client
from huitong.engine.cometbft.program import build_program, find_program
from huitong.node.home import write_file
from huitong.types import Code, HuitongError

DEFAULT_SIGNER = "alice@hospital-a"


@click.command("add-org")
@click.argument("organisation")
@click.option("--power", type=click.IntRange(1, 10**6), default=MAX_POWER, show_default=True, help="Voting power.")
@signer_option()
@folder_option()
@json_option()
def add_org(organisation: str, power: int, signer: str | None, state: Path, *, as_json: bool) -> None:
    """Let one more organisation join the network of this machine; returns when its node validates."""
    plan = known_plan(state)
    participant = grown(plan, organisation)
    program = find_program() or build_program()
    newcomer = make_home(state, plan, participant)
    printer = Printer(as_json=as_json)

    async def run() -> dict[str, Any]:
        async with AsyncClient(plan.participants[0].url, tls=client_tls(state, plan.participants[0])) as client:
            wallet = await wallet_of(client, signer or DEFAULT_SIGNER)
            await admit(client, wallet, newcomer)
            after = with_participant(state, plan, participant)
            processes.start(state, participant, program)
            await wait_until_ready(state, after, (participant,))
            printer.line(f"{organisation} is registered and follows the chain")
            given, height = await make_validator(client, wallet, organisation, newcomer.validator_key, power)
            signed = await wait_for_signature(client, newcomer.validator_key, height)
        return {"organisation": organisation, "power": given, "height": signed, "url": participant.url}

    found = asyncio.run(run())
    text = f"{organisation} signed block {found['height']} with power {found['power']}: {found['url']}"
    printer.result(found, lambda: click.echo(text))


@click.command("members")
@node_option()
@json_option()
def show_members(node: str | None, *, as_json: bool) -> None:
    """Show nodes, gateways, validators, admins and rules as the chain knows them."""
    found = with_client(node, members)

    def human() -> None:
        validators = found["validators"]
        click.echo(f"validators (sign from block {validators['from_height']} on)")
        for one in validators["validators"]:
            click.echo(f"  {one['organisation']:20} power {one['power']:<6} {one['public_key'].hex()}")
        click.echo("nodes")
        for one in found["nodes"]:
            click.echo(f"  {one['organisation']:20} {one['node'].hex()} {one['address']}")
        click.echo("gateways")
        for one in found["gateways"]:
            click.echo(f"  {one['organisation']:20} 0x{one['gateway'].hex()}")
        click.echo(f"admins of the network: {', '.join(found['admins'])}")
        rules = found["rules"]
        planned = f", version {rules['next_version']} from {rules['next_height']}" if rules["next_version"] else ""
        click.echo(f"rules: version {rules['version']}{planned}")

    Printer(as_json=as_json).result(to_json(found), human)


@click.command("change")
@click.argument("method")
@click.argument("args", nargs=-1)
@signer_option()
@node_option()
@json_option()
def change(method: str, args: tuple[str, ...], signer: str | None, node: str | None, *, as_json: bool) -> None:
    """Send one message of the module network, such as schedule_rules 2 5000, or set_admins '["hospital-a"]'.

    ARGS: 0x and digits are bytes, digits a number, JSON a list, all else text. docs/networks.md lists the messages.
    """
    values = [_value(text) for text in args]

    async def run(client: AsyncClient) -> TransactionAnswer:
        return await client.call(NETWORK, method, *values)

    found = with_client(node, run, signer=default_signer(signer))
    Printer(as_json=as_json).result(msgspec.to_builtins(found), lambda: print_answer(found))


def _value(text: str) -> Any:
    if text.startswith("0x"):
        return from_hex(text, "argument")
    if not text.startswith("[") and not text.isdigit():
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise HuitongError(Code.USAGE, reason=f"{text[:40]} is no JSON: {error}") from None


@click.command("export")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write into.")
@folder_option()
@json_option()
def export(out: Path, state: Path, *, as_json: bool) -> None:
    """Write what others need to know of the network: genesis.json, trust.json, network.json."""
    plan = known_plan(state)
    document = home_of(state, plan.participants[0]).genesis()[1]

    async def fetch(client: AsyncClient) -> tuple[bytes, dict[str, Any]]:
        return await client.trust(), await members(client)

    trust, known = with_client(plan.participants[0].url, fetch, tls=client_tls(state, plan.participants[0]))
    network = msgspec.json.format(msgspec.json.encode({"chain_id": plan.chain_id, **to_json(known)}), indent=2)
    files = {"genesis.json": document, "trust.json": trust, "network.json": network + b"\n"}
    for name, content in files.items():
        write_file(out / name, content)
    written = [str(out / name) for name in files]
    Printer(as_json=as_json).result({"files": written}, lambda: click.echo("\n".join(written)))
