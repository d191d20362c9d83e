"""`huitong backup`: copies of a node's chain."""

from pathlib import Path

import click
import msgspec

from huitong.cli.options import json_option, state_option
from huitong.cli.output import Printer
from huitong.node import Home
from huitong.node.admin import ask
from huitong.node.backup import Backup, check, create, restore
from huitong.store import HomeLock, StoreSettings, open_store
from huitong.types import Code, HuitongError


@click.group()
def backup() -> None:
    """Copy a node's chain while it runs, check copies, and restore them. Keys are never in a backup."""


@backup.command(name="create")
@click.argument("folder", type=click.Path(path_type=Path))
@state_option()
@json_option()
def create_(folder: Path, state: Path, *, as_json: bool) -> None:
    """Copy the chain of a node into FOLDER, which must not be there yet. The node may run or not."""
    home = Home.existing(state)
    try:
        with HomeLock(home.path):
            found = _of_stopped(home, folder)
    except HuitongError as error:
        if error.code != Code.HOME_IN_USE:
            raise
        found = msgspec.convert(ask(home, "backup", to=str(folder.absolute())), Backup)
    _print(found, folder, "made", as_json=as_json)


@backup.command(name="check")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option()
def check_(folder: Path, *, as_json: bool) -> None:
    """Check every file of a backup, and that its state gives the app hash that it names."""
    _print(check(folder), folder, "good", as_json=as_json)


@backup.command(name="restore")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--state", type=click.Path(path_type=Path), required=True, help="The new node's folder.")
@json_option()
def restore_(folder: Path, state: Path, *, as_json: bool) -> None:
    """Make a node's folder of a backup. Put the node's keys beside it; see the page on operations for what may sign."""
    _print(restore(folder, Home(state)), folder, f"restored to {state}", as_json=as_json)


def _of_stopped(home: Home, folder: Path) -> Backup:
    genesis, _ = home.genesis()
    store = open_store(home.store, StoreSettings(suite=genesis.suite))
    try:
        return create(home, store, folder)
    finally:
        store.close()


def _print(found: Backup, folder: Path, what: str, *, as_json: bool) -> None:
    size = sum(item.size for item in found.files)

    def human() -> None:
        click.echo(f"{what}: {folder}, {found.chain_id} at height {found.height}, {size / 2**20:,.1f} MiB")
        click.echo(f"  app hash 0x{found.app_hash}")
        click.echo(f"  header   0x{found.header_hash or '(none yet)'}")

    document = {**msgspec.to_builtins(found), "files": len(found.files), "bytes": size, "folder": str(folder)}
    Printer(as_json=as_json).result(document, human)
