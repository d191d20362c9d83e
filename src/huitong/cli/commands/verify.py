"""`huitong verify FILE --trust CHAIN.json`, which needs no node; and `--live URL`, which trusts none."""

import asyncio
import time
from pathlib import Path

import click

from huitong.api.client import AsyncClient
from huitong.cli.options import json_option, read_file, tls_folder
from huitong.cli.output import Printer, language
from huitong.crypto import header_hash, verify_bundle
from huitong.crypto.light import LightBlock
from huitong.crypto.verdict import utc_text
from huitong.types import Code, HuitongError
from huitong.types.bundle import ARCHIVE, LIVE
from huitong.types.limits import MAX_BUNDLE_BYTES


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--live", "urls", multiple=True, metavar="URL", help="Follow gateways to their newest header instead.")
@click.option("--trust", required=True, type=click.Path(path_type=Path), help="Trust document of the chain.")
@click.option(
    "--mode",
    type=click.Choice((ARCHIVE, LIVE)),
    help="live: within the trusting period, by this clock. archive: whenever it was. Default: as the trust file says.",
)
@json_option()
def verify(file: Path | None, urls: tuple[str, ...], trust: Path, mode: str | None, *, as_json: bool) -> None:
    """Check a proof bundle, or what gateways serve, against a chain's trust file. Exit code 4 when it does not hold."""
    if (file is None) == (not urls):
        raise HuitongError(Code.USAGE, reason="name a proof bundle, or gateways by --live URL")
    if file is None:
        follow(urls, read_file(trust, MAX_BUNDLE_BYTES), Printer(as_json=as_json))
        return
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


def follow(urls: tuple[str, ...], trust: bytes, printer: Printer) -> None:
    """Verify the newest header of the first gateway, and compare it with the others, the witnesses."""

    async def newest() -> LightBlock:
        async with AsyncClient(urls, trust=trust, tls=tls_folder(), language=language()) as client:
            return await client.light.update()

    header = asyncio.run(newest()).header
    found = {
        "holds": True,
        "chain_id": header.chain_id,
        "height": header.height,
        "hash": "0x" + header_hash(header).hex(),
        "witnesses": len(urls) - 1,
    }
    text = f"Header {header.height} of chain {header.chain_id} ({utc_text(header.time_ns)}) follows from your trust."
    printer.result(found, lambda: click.echo(f"{text}\n  {found['hash']}, {found['witnesses']} witnesses asked"))
