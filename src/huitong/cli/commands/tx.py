"""`huitong tx show`, `huitong tx prove`."""

from pathlib import Path

import click
import msgspec

from huitong.api import TransactionAnswer
from huitong.api.client import AsyncClient
from huitong.api.values import from_hex
from huitong.cli.options import json_option, node_option, read_file
from huitong.cli.output import Printer
from huitong.cli.session import with_client
from huitong.node.home import write_file
from huitong.types.limits import MAX_BUNDLE_BYTES


@click.group()
def tx() -> None:
    """Look at transactions and their proofs."""


@tx.command()
@click.argument("tx_id")
@node_option()
@json_option()
def show(tx_id: str, node: str | None, *, as_json: bool) -> None:
    """What became of a transaction."""
    found = with_client(node, lambda client: client.transaction(from_hex(tx_id, "transaction id")))
    Printer(as_json=as_json).result(msgspec.to_builtins(found), lambda: print_answer(found))


@tx.command()
@click.argument("tx_id")
@click.option("--event", type=int, help="Prove this event (from 0) of the transaction.")
@click.option("--out", type=click.Path(path_type=Path), help="File for the proof bundle. Default: standard output.")
@click.option("--trust-out", type=click.Path(path_type=Path), help="File for the chain's trust document.")
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    help="Trust file of who will verify: headers that lead from it to the proof are added.",
)
@node_option()
@json_option()
def prove(
    tx_id: str,
    event: int | None,
    out: Path | None,
    trust_out: Path | None,
    trust: Path | None,
    node: str | None,
    *,
    as_json: bool,
) -> None:
    """Get the proof bundle of a receipt or event; `huitong verify` checks it offline."""

    async def fetch(client: AsyncClient) -> tuple[bytes, bytes]:
        return await client.prove(from_hex(tx_id, "transaction id"), event), await client.trust()

    believed = None if trust is None else read_file(trust, MAX_BUNDLE_BYTES)
    save_proof(*with_client(node, fetch, trust=believed), out, trust_out, as_json=as_json)


def save_proof(bundle: bytes, trust: bytes, out: Path | None, trust_out: Path | None, *, as_json: bool) -> None:
    """Write a bundle and a trust document to files, or the bundle to standard output."""
    if trust_out is not None:
        write_file(trust_out, trust)
    if out is None:
        click.echo(bundle.decode(), nl=False)
        return
    write_file(out, bundle)
    paths = {"proof": str(out), "trust": None if trust_out is None else str(trust_out)}

    def human() -> None:
        click.echo(f"proof in {out}" + (f", trust document in {trust_out}" if trust_out else ""))

    Printer(as_json=as_json).result(paths, human)


def print_answer(answer: TransactionAnswer) -> None:
    """Print a transaction for people."""
    place = f" in block {answer.height}" if answer.height else ""
    click.echo(f"{answer.answer}{place}  {answer.tx_id}")
    if answer.error is not None:
        click.echo(f"  {answer.error.code} {answer.error.name}: {answer.error.cause}")
        click.echo(f"  {answer.error.next}")
    if answer.traceback:
        click.echo(answer.traceback)
    if answer.gas_used is not None:
        click.echo(f"  gas {int(answer.gas_used):,}")
    for value in answer.result or ():
        if value is not None:
            click.echo(f"  returned {msgspec.json.encode(value).decode()}")
    for event in answer.events:
        click.echo(f"  event {event.name} {msgspec.json.encode(event.data).decode()}")
