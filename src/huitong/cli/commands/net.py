"""`huitong net`: a network of several organisations on this machine, ordered by CometBFT."""

import asyncio
import shutil
import time
from collections import deque
from pathlib import Path
from typing import Final

import click
import msgspec

from huitong.cli import logs
from huitong.cli.net import processes
from huitong.cli.net.continuing import continue_network
from huitong.cli.net.plan import (
    FIRST_PORT,
    OTHERS,
    STORY,
    Plan,
    client_tls,
    folder_option,
    home_of,
    known_plan,
    make_network,
    read_plan,
)
from huitong.cli.net.watching import Standing, standing, wait_until_ready
from huitong.cli.options import json_option
from huitong.cli.output import Printer
from huitong.crypto import INTERNATIONAL, SUITES, suite_by_name
from huitong.engine.cometbft.home import PROFILES
from huitong.engine.cometbft.program import VERSION, build_program, find_program
from huitong.types import Code, HuitongError

from .net_follow import add_node
from .net_join import admit_request, init, invite, join
from .net_leave import remove_node, remove_org
from .net_members import add_org, change, export, show_members

MAX_ORGANISATIONS: Final = len(STORY) + len(OTHERS)


@click.group()
def net() -> None:
    """Run several organisations on this machine, one node and one CometBFT each."""
    logs.configure()


@net.command()
@click.option("--orgs", type=click.IntRange(1, MAX_ORGANISATIONS), help="Organisations of a new network. Default: 4.")
@click.option("--port", type=click.IntRange(1024, 30_000), default=FIRST_PORT, show_default=True, help="First port.")
@click.option("--suite", "suite_name", type=click.Choice(tuple(SUITES)), default=INTERNATIONAL.name, show_default=True)
@click.option("--profile", type=click.Choice(tuple(PROFILES)), default="near", show_default=True)
@click.option("--tls", is_flag=True, help="Gateways of a new network take only clients with a certificate (TLS 1.3).")
@click.option("--from", "exported", type=click.Path(path_type=Path), help="Go on with the state of this export.")
@folder_option()
@json_option()
def up(
    orgs: int | None,
    port: int,
    suite_name: str,
    profile: str,
    exported: Path | None,
    state: Path,
    *,
    tls: bool,
    as_json: bool,
) -> None:
    """Start a network, making it first when the folder has none; returns when every node is ready."""
    printer = Printer(as_json=as_json)
    program = find_program()
    if program is None:
        printer.line(f"CometBFT {VERSION} is built once with Go; that takes about two minutes.")
        program = build_program()
    started = time.perf_counter()
    plan = _kept(state, orgs, exported)
    if plan is None and exported is not None:
        plan = continue_network(state, exported, profile, port, tls=tls)
    elif plan is None:
        plan = make_network(state, orgs or len(STORY), suite_by_name(suite_name), profile, port, tls=tls)
    fresh = tuple(one for one in plan.participants if not processes.running(home_of(state, one)))
    for participant in fresh:
        processes.start(state, participant, program)
    try:
        found = asyncio.run(wait_until_ready(state, plan, plan.participants))
    except HuitongError:
        processes.stop(state, fresh)  # what does not become ready is not left behind
        raise
    elapsed = time.perf_counter() - started
    printer.line(f"Chain {plan.chain_id} · {len(found)} organisations · CometBFT {VERSION} · ready in {elapsed:.1f} s")
    _print(printer, plan, found, elapsed)
    if (tls_folder := client_tls(state, plan.participants[0])) is not None:
        printer.line(f"Certificates: export HUITONG_TLS={tls_folder}")
    printer.line(f"Next: export HUITONG_NODE={found[0].url} · huitong net status · huitong net down")


def _kept(state: Path, orgs: int | None, exported: Path | None) -> Plan | None:
    """Return the plan of the network that the folder holds, None when there is none. Raises HT6001, HT9001."""
    plan = read_plan(state)
    if exported is not None and orgs is not None:
        raise HuitongError(Code.USAGE, reason="an export names its organisations: leave --orgs out")
    if plan is not None and exported is not None:
        reason = f"{state} holds a network already; an export begins a new one: take another --state"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
    if plan is not None and orgs not in (None, len(plan.participants)):
        reason = f"the network in {state} has {len(plan.participants)} organisations; take another --state"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
    return plan


@net.command()
@folder_option()
@json_option()
def status(state: Path, *, as_json: bool) -> None:
    """Show where each node stands."""
    plan = known_plan(state)
    _print(Printer(as_json=as_json), plan, asyncio.run(standing(state, plan)), None)


@net.command("logs")
@click.argument("organisation")
@click.option("--lines", type=click.IntRange(1, 10_000), default=40, show_default=True)
@click.option("--cometbft", is_flag=True, help="The log of its CometBFT.")
@folder_option()
def logs_(organisation: str, lines: int, state: Path, *, cometbft: bool) -> None:
    """Show the end of a node's log."""
    home = home_of(state, known_plan(state).participant(organisation))
    path = processes.comet_log_file(home) if cometbft else processes.log_file(home)
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in deque(file, maxlen=lines):
            click.echo(line, nl=False)


@net.command()
@click.argument("organisation")
@folder_option()
def stop(organisation: str, state: Path) -> None:
    """Stop one organisation's node."""
    participant = known_plan(state).participant(organisation)
    ran = processes.stop(state, (participant,))
    click.echo(f"{organisation} {'stopped' if ran else 'did not run'}")


@net.command()
@click.argument("organisation")
@folder_option()
def start(organisation: str, state: Path) -> None:
    """Start one organisation's node again; returns when it is ready."""
    plan = known_plan(state)
    participant = plan.participant(organisation)
    processes.start(state, participant, find_program() or build_program())
    found = asyncio.run(wait_until_ready(state, plan, (participant,)))
    here = next(item for item in found if item.organisation == organisation)
    click.echo(f"{organisation} ready at height {here.height}: {here.url}")


@net.command()
@click.option("--delete", is_flag=True, help="Delete the network's folder, keys and chain with it.")
@folder_option()
def down(state: Path, *, delete: bool) -> None:
    """Stop all nodes; the chain is kept unless told otherwise."""
    ran = processes.stop(state, known_plan(state).participants)
    click.echo(f"{len(ran)} nodes stopped")
    if delete:
        shutil.rmtree(state)
        click.echo(f"{state} deleted")


for command in (
    add_node,
    remove_node,
    add_org,
    remove_org,
    show_members,
    change,
    export,
    init,
    invite,
    join,
    admit_request,
):
    net.add_command(command)


def _print(printer: Printer, plan: Plan, found: list[Standing], elapsed: float | None) -> None:
    document = {"chain_id": plan.chain_id, "suite": plan.suite, "nodes": msgspec.to_builtins(found)}
    if elapsed is not None:
        document["ready_s"] = round(elapsed, 2)

    def human() -> None:
        for item in found:
            where = f"height {item.height:<8} {item.app_hash[:18]:18} {item.url}"
            click.echo(f"  {item.organisation:14} {item.state:10} {where}")

    printer.result(document, human)
