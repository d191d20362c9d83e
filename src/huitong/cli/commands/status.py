"""`huitong status`."""

from pathlib import Path

import click
import msgspec

from huitong.api import ChainStatus
from huitong.api.client import AsyncClient
from huitong.cli.options import json_option, node_option, read_file
from huitong.cli.output import Printer
from huitong.cli.session import with_client
from huitong.crypto import header_hash
from huitong.types.limits import MAX_BUNDLE_BYTES


class Trusted(msgspec.Struct, frozen=True):
    """The newest header as the light client verified it. trust: the file that it follows from."""

    trust: str
    height: int
    hash: str
    witnesses: int


class Seen(msgspec.Struct, frozen=True):
    """What was found. gateway: which one answered. failed: gateways that did not, with the reason."""

    status: ChainStatus
    gateway: str
    failed: dict[str, str]
    trusted: Trusted | None


@click.command()
@click.option(
    "--trust",
    type=click.Path(path_type=Path),
    help="Trust file: the node's headers are verified from it, and compared with those of the other nodes.",
)
@node_option()
@json_option()
def status(trust: Path | None, node: str | None, *, as_json: bool) -> None:
    """Where a node stands: height, time, what it runs, whether it takes transactions.

    With --trust it fails with HT7001 to HT7011 when the headers do not follow from the trust file.
    """
    believed = None if trust is None else read_file(trust, MAX_BUNDLE_BYTES)

    async def look(client: AsyncClient) -> Seen:
        found = await client.status()
        answered = next(one.url for one in client.gateways if one.chosen)
        trusted = None if trust is None else await _trusted(client, trust)
        failed = {one.url: one.last_failure for one in client.gateways if one.failures}
        return Seen(found, answered, failed, trusted)

    seen = with_client(node, look, trust=believed)
    rest = {"gateway": seen.gateway, "failed": seen.failed, "trusted": msgspec.to_builtins(seen.trusted)}
    Printer(as_json=as_json).result({**msgspec.to_builtins(seen.status), **rest}, lambda: _print(seen))


async def _trusted(client: AsyncClient, trust: Path) -> Trusted:
    """Verify the newest header. Raises ProofInvalid."""
    header = (await client.light.update()).header
    return Trusted(str(trust), header.height, "0x" + header_hash(header).hex(), len(client.gateways) - 1)


def _print(seen: Seen) -> None:
    found, trusted = seen.status, seen.trusted
    click.echo(f"{found.chain_id} at {seen.gateway}: {'ready' if found.ready else found.reason}")
    if found.stalled:
        click.echo(f"  no blocks at the moment: {found.stalled}")
    click.echo(f"  height {found.height} ({found.time}), provable to {found.provable_height}")
    click.echo(f"  app hash {found.app_hash}")
    click.echo(f"  engine {found.engine}, suite {found.suite}, contracts held by {found.sandbox}")
    click.echo(f"  {found.waiting} transactions wait")
    if trusted is not None:
        click.echo(f"  header {trusted.height} follows from {trusted.trust}, {trusted.witnesses} witnesses asked")
        click.echo(f"  {trusted.hash}; all else above is the node's word")
    for url, reason in seen.failed.items():
        click.echo(f"  {url} failed: {reason}")
