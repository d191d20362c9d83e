"""`huitong net add-node`: a node without a vote that joins a running network."""

import asyncio
import time
from pathlib import Path
from typing import Any

import click

from huitong.api.client import AsyncClient
from huitong.cli.net import processes
from huitong.cli.net.following import state_sync
from huitong.cli.net.growing import grown, make_home, with_participant
from huitong.cli.net.membership import NETWORK
from huitong.cli.net.plan import client_tls, folder_option, known_plan
from huitong.cli.net.watching import wait_until_ready
from huitong.cli.options import json_option, signer_option
from huitong.cli.output import Printer
from huitong.cli.session import wallet_of
from huitong.engine.cometbft.program import build_program, find_program

from .net_members import DEFAULT_SIGNER


@click.command("add-node")
@click.argument("name")
@click.option(
    "--sync",
    type=click.Choice(("snapshot", "blocks")),
    default="snapshot",
    show_default=True,
    help="How it catches up.",
)
@click.option("--org", help="Organisation that runs it. Default: the first one of the network.")
@signer_option()
@folder_option()
@json_option()
def add_node(name: str, sync: str, org: str | None, signer: str | None, state: Path, *, as_json: bool) -> None:
    """Let a node follow the network of this machine; it answers questions and takes no transactions."""
    plan = known_plan(state)
    participant = grown(plan, name)
    organisation = org or plan.participants[0].organisation
    program = find_program() or build_program()

    async def run() -> dict[str, Any]:
        async with AsyncClient(plan.participants[0].url, tls=client_tls(state, plan.participants[0])) as client:
            wallet = await wallet_of(client, signer or DEFAULT_SIGNER)
            trusted = await state_sync(client, state, plan) if sync == "snapshot" else None
            newcomer = make_home(state, plan, participant, trusted)
            call = (NETWORK, "register_node", (organisation, newcomer.node, newcomer.address))
            await client.submit(await client.sign([call], wallet=wallet))
        begun = time.perf_counter()
        processes.start(state, participant, program)
        after = with_participant(state, plan, participant)
        await wait_until_ready(state, after, (participant,))
        async with AsyncClient(participant.url, tls=client_tls(state, participant)) as client:
            status = await client.status()
        return {
            "name": name,
            "url": participant.url,
            "height": status.height,
            "first_height": status.first_height,
            "seconds": round(time.perf_counter() - begun, 2),
        }

    found = asyncio.run(run())
    text = f"{name} follows at height {found['height']}, with blocks from {found['first_height']} on: {found['url']}"
    Printer(as_json=as_json).result(found, lambda: click.echo(text))
