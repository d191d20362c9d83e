"""`huitong key new`, `huitong key list`."""

from pathlib import Path
from typing import TextIO

import click
import msgspec

from huitong.api.keys import KIND_NAMES, KeyFolder, kind_by_name
from huitong.cli.options import json_option
from huitong.cli.output import Printer
from huitong.cli.session import KEY_FOLDER, ask_password


@click.group()
def key() -> None:
    """Make and list keys. They stay on this machine, encrypted."""


@key.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(tuple(KIND_NAMES.values())), default="ed25519", show_default=True)
@click.option("--folder", type=click.Path(path_type=Path), default=KEY_FOLDER, show_default=True)
@click.option("--password-file", type=click.File("r"), help="File whose first line is the password. Default: asks.")
@json_option()
def new(name: str, kind: str, folder: Path, password_file: TextIO | None, *, as_json: bool) -> None:
    """Make a key."""
    if password_file is not None:
        password = password_file.readline().rstrip("\n")
    else:
        password = ask_password(f"Password for {name}", twice=True)
    info = KeyFolder(folder).create(name, kind_by_name(kind), password)
    Printer(as_json=as_json).result(
        msgspec.to_builtins(info), lambda: click.echo(f"{info.name}  {info.kind}  {info.address}")
    )


@key.command("list")
@click.option("--folder", type=click.Path(path_type=Path), default=KEY_FOLDER, show_default=True)
@json_option()
def list_keys(folder: Path, *, as_json: bool) -> None:
    """Keys that are kept here."""
    found = KeyFolder(folder).list()

    def human() -> None:
        for info in found:
            click.echo(f"{info.name}  {info.kind}  {info.address}")

    Printer(as_json=as_json).result(msgspec.to_builtins(found), human)
