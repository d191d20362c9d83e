"""`huitong export` and `huitong import`: a chain that has ended goes on elsewhere, under its next revision."""

from pathlib import Path

import click

from huitong.cli.options import json_option, state_option
from huitong.cli.output import Printer
from huitong.node import Home
from huitong.node.moving import export_chain, import_chain
from huitong.store import ExportFile, HomeLock
from huitong.types import Code, HuitongError


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The file to write.")
@state_option()
@json_option()
def export(out: Path, state: Path, *, as_json: bool) -> None:
    """Write the state of a stopped node's chain to a file, from which a network of several organisations can go on.

    The old chain ends there: do not start its node again.
    """
    home = Home.existing(state)
    if out.exists():
        raise HuitongError(Code.FILE_UNREADABLE, path=str(out), reason="it is there already; name a new file")
    out.parent.mkdir(parents=True, exist_ok=True)
    with HomeLock(home.path):
        metadata = export_chain(home, out)
    size = out.stat().st_size
    document = {
        "file": str(out),
        "bytes": size,
        "chain_id": metadata.chain_id,
        "height": metadata.height,
        "app_hash": "0x" + metadata.app_hash.hex(),
        "keys": sum(metadata.counts),
    }

    def human() -> None:
        click.echo(f"{metadata.chain_id} up to height {metadata.height}: {out}, {size / 2**20:,.1f} MiB")
        click.echo(f"  app hash 0x{metadata.app_hash.hex()}")
        click.echo(f"Next: huitong net up --from {out}")

    Printer(as_json=as_json).result(document, human)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@state_option()
@json_option()
def import_(file: Path, state: Path, *, as_json: bool) -> None:
    """Check an export and put its state below the chain of a node whose genesis document continues it."""
    home = Home.existing(state)
    with HomeLock(home.path):
        found = ExportFile(file)
        import_chain(home, found)
    metadata = found.metadata
    Printer(as_json=as_json).result(
        {"chain_id": metadata.chain_id, "height": metadata.height, "app_hash": "0x" + metadata.app_hash.hex()},
        lambda: click.echo(f"{home.path} goes on from {metadata.chain_id} at height {metadata.height}"),
    )
