"""`huitong archive`: blocks as files that are checked without a node."""

from pathlib import Path
from typing import Any

import click
import msgspec

from huitong.api.values import rfc3339, to_hex
from huitong.cli.options import json_option, read_file, state_option
from huitong.cli.output import Printer
from huitong.crypto import header_hash
from huitong.node import Home
from huitong.store import (
    ArchivedBlock,
    BlockArchive,
    HomeLock,
    StoreSettings,
    archive_files,
    open_store,
    read_archive,
    verify_archive,
)
from huitong.types import Code, HuitongError
from huitong.types.bundle import decode_trust
from huitong.types.limits import MAX_BUNDLE_BYTES

FILE_BLOCKS = 1_000
"""Blocks in one file of an export."""


@click.group()
def archive() -> None:
    """Blocks as files: headers, commits, envelopes, receipts, events, validators. Needs no node to be checked."""


@archive.command()
@click.option("--from", "first", type=click.IntRange(1), help="First block. Default: the oldest that is kept.")
@click.option("--to", "last", type=click.IntRange(1), help="Last block. Default: the newest that a header proves.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder; it goes on where it ended.")
@state_option()
@json_option()
def export(first: int | None, last: int | None, out: Path, state: Path, *, as_json: bool) -> None:
    """Write blocks of a stopped node into a folder. A running one archives what it takes away: [history] archive."""
    home = Home(state)
    genesis, _ = home.genesis()
    with HomeLock(home.path):
        store = open_store(home.store, StoreSettings(suite=genesis.suite))
        try:
            tip = store.tip
            newest = (tip.height if tip else 0) - 1
            begin = first or max(store.first_height, genesis.initial_height)
            end = min(last or newest, newest)
            store.check_kept(begin)
            if begin > end:
                raise HuitongError(Code.NOT_FOUND, what="block", name=f"{begin} with a header after it")
            written = BlockArchive(store, out, genesis.chain_id, genesis.suite)
            for at in range(begin, end + 1, FILE_BLOCKS):
                written(at, min(at + FILE_BLOCKS - 1, end))
        finally:
            store.close()
    found = {"folder": str(out), "first": begin, "last": end}
    Printer(as_json=as_json).result(found, lambda: click.echo(f"{out}: blocks {begin} to {end}"))


@archive.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--trust", required=True, type=click.Path(path_type=Path), help="Trust file of the chain.")
@json_option()
def verify(path: Path, trust: Path, *, as_json: bool) -> None:
    """Check a file or a folder of an archive. Exit code 4 when it does not hold."""
    verdict = verify_archive(path, decode_trust(read_file(trust, MAX_BUNDLE_BYTES)))
    found = {"holds": True, **msgspec.to_builtins(verdict)}
    text = (
        f"The archive holds: blocks {verdict.first} to {verdict.last} of {verdict.chain_id}, "
        f"{verdict.transactions} transactions.\n"
        f"Assumed: what the trust file names is the chain's at height {verdict.trusted_at}; the rest follows from it."
    )
    Printer(as_json=as_json).result(found, lambda: click.echo(text))


@archive.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--height", type=click.IntRange(1), help="One block with its receipts. Default: a line for each.")
@json_option()
def show(path: Path, height: int | None, *, as_json: bool) -> None:
    """Print what an archive holds, unchecked."""
    blocks = [
        _described(part, whole=height is not None)
        for file in archive_files(path)
        for part in read_archive(file)
        if isinstance(part, ArchivedBlock) and part.results and height in (None, part.header.height)
    ]
    if height is not None and not blocks:
        raise HuitongError(Code.NOT_FOUND, what="block with transactions", name=str(height))

    def human() -> None:
        for block in blocks:
            click.echo(f"  {block['height']:<9} {block['time']} {block['transactions']:>6} tx {block['hash']}")
            for receipt in block.get("receipts", ()):
                click.echo(f"    {receipt['tx_id']} code {receipt['code']} gas {receipt['gas_used']}")

    Printer(as_json=as_json).result({"blocks": blocks}, human)


def _described(block: ArchivedBlock, *, whole: bool) -> dict[str, Any]:
    header = block.header
    receipts = [item.receipt for result in block.results for item in result.transactions]
    found: dict[str, Any] = {
        "height": header.height,
        "time": rfc3339(header.time_ns),
        "hash": to_hex(header_hash(header)),
        "transactions": len(receipts),
    }
    if whole:
        found["receipts"] = [
            {"tx_id": to_hex(one.tx_id), "code": one.code, "gas_used": one.gas_used, "payer": to_hex(one.payer)}
            for one in receipts
        ]
    return found
