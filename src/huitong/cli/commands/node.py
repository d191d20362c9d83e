"""`huitong node`: one node of one organisation, as a service runs it."""

import os
import signal
import time
from pathlib import Path
from typing import Final

import click
import msgspec

from huitong.cli.options import Decorator, json_option
from huitong.cli.output import Printer
from huitong.node import Home
from huitong.store import HomeLock
from huitong.types import Code, HuitongError

STOP_SECONDS: Final = 30.0
_TICK_S: Final = 0.05


def home_option() -> Decorator:
    """--state DIR: the node's folder."""
    return click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="HUITONG_STATE",
        required=True,
        help="The node's folder.",
    )


@click.group()
def node() -> None:
    """Run one node, as its folder's node.toml says."""


@node.command()
@home_option()
def start(state: Path) -> None:
    """Run the node in the foreground. SIGTERM and Ctrl-C finish the block and end it; SIGHUP reads [log] again."""
    from huitong.cli.serving import serve

    serve(_home(state), Printer(as_json=False))


@node.command()
@home_option()
@json_option()
def status(state: Path, *, as_json: bool) -> None:
    """Say whether a node runs on the folder, and where it answers."""
    home = _home(state)
    found = _ready(home) if _held(home) else None
    document = {"running": _held(home), "ready": found is not None, **(msgspec.to_builtins(found) if found else {})}

    def human() -> None:
        if found is not None:
            click.echo(f"{found.chain_id} at {found.url}, process {found.pid}; more: huitong status --node {found.url}")
        else:
            click.echo("starting" if document["running"] else "stopped")

    Printer(as_json=as_json).result(document, human)


@node.command()
@home_option()
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=STOP_SECONDS, show_default=True)
def stop(state: Path, seconds: float) -> None:
    """End the node of a folder: it finishes what it accepted. Returns when it has ended."""
    home = _home(state)
    if not _held(home):
        click.echo("did not run")
        return
    found = _ready(home)
    if found is None:
        reason = f"the node on {state} is starting or stopping; try again when it is ready"
        raise HuitongError(Code.NODE_UNREACHABLE, url=str(state), reason=reason)
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while _held(home):
        if time.monotonic() > deadline:
            raise HuitongError(Code.NODE_UNREACHABLE, url=found.url, reason=f"it still ends after {seconds:g} s")
        time.sleep(_TICK_S)
    click.echo("stopped")


class Ready(msgspec.Struct, frozen=True):
    """What a running node says in `ready.json`."""

    url: str
    chain_id: str
    pid: int


def _home(state: Path) -> Home:
    home = Home(state)
    if not home.exists:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{state} holds no chain: genesis.json is missing")
    return home


def _held(home: Home) -> bool:
    """Whether a process has the folder."""
    try:
        with HomeLock(home.path):
            return False
    except HuitongError as error:
        if error.code != Code.HOME_IN_USE:
            raise
        return True


def _ready(home: Home) -> Ready | None:
    try:
        return msgspec.json.decode(home.ready_file.read_bytes(), type=Ready)
    except (OSError, msgspec.DecodeError):
        return None
