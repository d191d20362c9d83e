"""`huitong verify FILE --trust CHAIN.json`: needs no node and no network."""

import time
from pathlib import Path

import click

from huitong.cli.options import json_option, read_file
from huitong.cli.output import Printer
from huitong.crypto import verify_bundle
from huitong.types.bundle import ARCHIVE, LIVE
from huitong.types.limits import MAX_BUNDLE_BYTES


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--trust", required=True, type=click.Path(path_type=Path), help="Trust document of the chain.")
@click.option(
    "--mode",
    type=click.Choice((ARCHIVE, LIVE)),
    help="live: within the trusting period, by this clock. archive: whenever it was. Default: as the trust file says.",
)
@json_option()
def verify(file: Path, trust: Path, mode: str | None, *, as_json: bool) -> None:
    """Check a proof bundle against a chain's trust document. Exit code 4 when it does not hold."""
    bundle, trusted = read_file(file, MAX_BUNDLE_BYTES), read_file(trust, MAX_BUNDLE_BYTES)
    verdict = verify_bundle(bundle, trusted, mode=mode or "", now_ns=time.time_ns())
    printer = Printer(as_json=as_json)
    document = {
        "holds": True,
        "kind": verdict.kind,
        "chain_id": verdict.chain_id,
        "height": verdict.height,
        "block_height": verdict.block_height,
        "tx_id": "0x" + verdict.tx_id.hex(),
        "value": "0x" + verdict.value.hex(),
        "proved": verdict.proved,
        "assumed": verdict.assumed,
    }

    def human() -> None:
        click.echo("The proof holds.")
        for line in verdict.proved:
            click.echo(f"  {line}")
        click.echo("Assumed:")
        for line in verdict.assumed:
            click.echo(f"  {line}")

    printer.result(document, human)
