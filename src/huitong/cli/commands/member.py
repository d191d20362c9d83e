"""`huitong member show`, `huitong member list`."""

import click
import msgspec

from huitong.cli.options import json_option, node_option
from huitong.cli.output import Printer
from huitong.cli.session import with_client


@click.group()
def member() -> None:
    """Look at members."""


@member.command()
@click.argument("who")
@node_option()
@json_option()
def show(who: str, node: str | None, *, as_json: bool) -> None:
    """A member by name@organisation or address."""
    found = with_client(node, lambda client: client.member(who))

    def human() -> None:
        state = "" if found.active else " (inactive)"
        click.echo(f"{found.id}{state}  {found.address}")
        click.echo(f"  roles {', '.join(found.roles) or 'none'}")
        click.echo(f"  key {found.key_kind} {found.public_key}")
        if found.encryption_kind:
            click.echo(f"  encryption key {found.encryption_kind} {found.encryption_key}")

    Printer(as_json=as_json).result(msgspec.to_builtins(found), human)


@member.command("organisations")
@node_option()
@json_option()
def list_organisations(node: str | None, *, as_json: bool) -> None:
    """Names of the organisations."""
    found = with_client(node, lambda client: client.organisations())
    Printer(as_json=as_json).result(found, lambda: click.echo("\n".join(found)))
