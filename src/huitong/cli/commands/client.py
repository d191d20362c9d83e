"""`huitong client NAME_OR_FILE --lang python|python-sync|typescript|contract`."""

from pathlib import Path

import click

from huitong.api.interface import interface_hash
from huitong.cli.generate import GENERATORS, SUFFIXES
from huitong.cli.options import json_option, node_option
from huitong.cli.output import Printer
from huitong.cli.schemas import schema_of
from huitong.node.home import write_file


@click.command()
@click.argument("contract")
@click.option(
    "--lang", type=click.Choice(tuple(GENERATORS)), default="python", show_default=True, help="Of the client."
)
@click.option("--out", type=click.Path(path_type=Path), help="File or folder to write to. Default: standard output.")
@node_option()
@json_option()
def client(contract: str, lang: str, out: Path | None, node: str | None, *, as_json: bool) -> None:
    """Write a typed client of CONTRACT: a contract file (.py), or the name or address of a contract on chain.

    python, python-sync (for programs without an event loop) and typescript make clients; contract makes the interface
    through which other contracts call this one.
    """
    document = schema_of(contract, node)
    text = GENERATORS[lang](document)
    printer = Printer(as_json=as_json)
    if out is None and not as_json:
        click.echo(text, nl=False)
        return
    path = None if out is None else _place(out, str(document["name"]), lang)
    if path is not None:
        write_file(path, text.encode())
    result = {
        "contract": document["name"],
        "lang": lang,
        "interface": "0x" + interface_hash(document).hex(),
        "file": None if path is None else str(path),
        "source": text if path is None else None,
    }
    printer.result(result, lambda: click.echo(f"{lang} client of {document['name']} in {path}"))


def _place(out: Path, name: str, lang: str) -> Path:
    """File as given, or in a folder: metering_client.py, metering_sync.py, metering.ts, metering_interface.py."""
    return out / f"{name.lower()}{SUFFIXES[lang]}" if out.is_dir() else out
