"""`huitong node`: one node of one organisation, as a service runs it."""

import os
import signal
import time
from pathlib import Path
from typing import Final

import click
import msgspec

from huitong.cli.options import json_option, state_option
from huitong.cli.output import Printer
from huitong.node import Home
from huitong.store import HomeLock
from huitong.types import Code, HuitongError

STOP_SECONDS: Final = 30.0
_TICK_S: Final = 0.05


@click.group()
def node() -> None:
    """Run one node, as its folder's node.toml says."""


@node.command()
@state_option(required=True)
def start(state: Path) -> None:
    """Run the node in the foreground. SIGTERM and Ctrl-C finish the block and end it; SIGHUP reads [log] again."""
    from huitong.cli.serving import serve

    serve(Home.existing(state), Printer(as_json=False))


@node.command()
@state_option(required=True)
@json_option()
def status(state: Path, *, as_json: bool) -> None:
    """Say whether a node runs on the folder, and where it answers."""
    home = Home.existing(state)
    running = HomeLock(home.path).held
    found = home.ready() if running else None
    document = {"running": running, "ready": found is not None, **(msgspec.to_builtins(found) if found else {})}

    def human() -> None:
        if found is not None:
            click.echo(f"{found.chain_id} at {found.url}, process {found.pid}; more: huitong status --node {found.url}")
        else:
            click.echo("starting" if running else "stopped")

    Printer(as_json=as_json).result(document, human)


@node.command()
@state_option(required=True)
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=STOP_SECONDS, show_default=True)
def stop(state: Path, seconds: float) -> None:
    """End the node of a folder: it finishes what it accepted. Returns when it has ended."""
    home = Home.existing(state)
    if not HomeLock(home.path).held:
        click.echo("did not run")
        return
    found = home.ready()
    if found is None:
        reason = f"the node on {state} is starting or stopping; try again when it is ready"
        raise HuitongError(Code.NODE_UNREACHABLE, url=str(state), reason=reason)
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while HomeLock(home.path).held:
        if time.monotonic() > deadline:
            raise HuitongError(Code.NODE_UNREACHABLE, url=found.url, reason=f"it still ends after {seconds:g} s")
        time.sleep(_TICK_S)
    click.echo("stopped")
