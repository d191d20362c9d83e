"""`huitong demo NAME`."""

import asyncio

import click

from huitong.api.client import AsyncClient
from huitong.cli import logs
from huitong.cli.demonstrations import available, by_name, run_demonstration, session_for
from huitong.cli.options import json_option, node_option, node_urls
from huitong.cli.output import Printer
from huitong.crypto import suite_by_name
from huitong.node import identities
from huitong.types import Code, HuitongError


@click.command()
@click.argument("name", required=False)
@node_option()
@json_option()
def demo(name: str | None, node: str | None, *, as_json: bool) -> None:
    """Run the demonstration NAME on a running development chain; without NAME, list those that are installed."""
    printer = Printer(as_json=as_json)
    if name is None:
        rows = {item.name: item.summary for item in available()}
        printer.result(rows, lambda: click.echo("\n".join(f"{key}  {text}" for key, text in rows.items())))
        return
    logs.configure()
    lines: list[str] = []
    asyncio.run(_run(name, node_urls(node)[0], printer, lines))
    if as_json:
        printer.result({"demo": name, "lines": lines}, lambda: None)


async def _run(name: str, url: str, printer: Printer, lines: list[str]) -> None:
    async with AsyncClient(url) as client:
        status = await client.status()
    if status.kind != "development":
        raise HuitongError(Code.USAGE, reason="demonstrations run on development chains alone")

    def say(line: str) -> None:
        lines.append(line)
        printer.line(line)

    chain_suite = suite_by_name(status.suite)
    session = session_for(url, status.chain_id, chain_suite, identities(chain_suite), say)
    await run_demonstration(by_name(name), session)
