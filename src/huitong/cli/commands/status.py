"""`huitong status`."""

import click
import msgspec

from huitong.api import ChainStatus
from huitong.cli.options import json_option, node_option, node_url
from huitong.cli.output import Printer
from huitong.cli.session import with_client


@click.command()
@node_option()
@json_option()
def status(node: str | None, *, as_json: bool) -> None:
    """Where a node stands: height, time, what it runs, whether it takes transactions."""
    found: ChainStatus = with_client(node, lambda client: client.status())

    def human() -> None:
        click.echo(f"{found.chain_id} at {node_url(node)}: {'ready' if found.ready else found.reason}")
        if found.stalled:
            click.echo(f"  no blocks at the moment: {found.stalled}")
        click.echo(f"  height {found.height} ({found.time}), provable to {found.provable_height}")
        click.echo(f"  app hash {found.app_hash}")
        click.echo(f"  engine {found.engine}, suite {found.suite}, contracts held by {found.sandbox}")
        click.echo(f"  {found.waiting} transactions wait")

    Printer(as_json=as_json).result(msgspec.to_builtins(found), human)
