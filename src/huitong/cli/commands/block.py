"""`huitong block show`."""

import click
import msgspec

from huitong.cli.options import json_option, node_option
from huitong.cli.output import Printer
from huitong.cli.session import with_client


@click.group()
def block() -> None:
    """Look at blocks."""


@block.command()
@click.argument("height", type=click.IntRange(min=1), required=False)
@node_option()
@json_option()
def show(height: int | None, node: str | None, *, as_json: bool) -> None:
    """A block with what became of its transactions; the newest without HEIGHT."""
    found = with_client(node, lambda client: client.block(height))

    def human() -> None:
        click.echo(f"block {found.header.height}  {found.header.time}  {found.header.hash}")
        click.echo(f"  app hash {found.header.app_hash} (after the block before)")
        click.echo(f"  {len(found.envelopes)} envelopes, {len(found.transactions)} transactions")
        for item in found.transactions:
            note = "" if item.answer == "committed" else f" HT{item.code}"
            click.echo(f"  {item.answer}{note}  {item.tx_id}  {' '.join(item.calls)}")

    Printer(as_json=as_json).result(msgspec.to_builtins(found), human)
