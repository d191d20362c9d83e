"""`huitong trust`: the file from which light clients and offline verification start."""

from pathlib import Path
from typing import Final

import click

from huitong.api.client import AsyncClient
from huitong.cli.options import json_option, node_option
from huitong.cli.output import Printer
from huitong.cli.session import with_client
from huitong.crypto import header_hash
from huitong.crypto.bundle import live_trust_document
from huitong.crypto.bundle_wire import to_block
from huitong.crypto.light import LightBlock, verify_signed_header
from huitong.crypto.verdict import utc_text
from huitong.node.home import write_file
from huitong.types.bundle import decode_signed_header

DEFAULT_DAYS: Final = 7
_DAY_NS: Final = 24 * 3600 * 10**9


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="File to write. Default: standard output.")
@click.option("--height", type=click.IntRange(1, 2**63 - 1), help="Header to trust. Default: the newest.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=DEFAULT_DAYS,
    show_default=True,
    help="Trusting period: how long validators can be held to account for what they sign.",
)
@node_option()
@json_option()
def trust(out: Path | None, height: int | None, days: int, node: str | None, *, as_json: bool) -> None:
    """Write a trust file: a header of the chain and its validators. Ask your own node, or compare the hash."""

    async def fetch(client: AsyncClient) -> tuple[LightBlock, bytes]:
        block = to_block(decode_signed_header(await client.signed_header(height)))
        verify_signed_header(block.signed, block.validators)
        return block, live_trust_document(block, await client.suite(), days * _DAY_NS)

    block, document = with_client(node, fetch)
    if out is None:
        click.echo(document.decode(), nl=False)
        return
    write_file(out, document)
    header, digest = block.header, "0x" + header_hash(block.header).hex()
    found = {"trust": str(out), "chain_id": header.chain_id, "height": header.height, "hash": digest}

    def human() -> None:
        click.echo(f"{out}: header {header.height} of {header.chain_id} ({utc_text(header.time_ns)}), for {days} days")
        click.echo(f"  hash {digest}")
        click.echo(f"  Compare the hash with another organisation's: huitong trust --height {header.height} --node URL")

    Printer(as_json=as_json).result(found, human)
