"""One organisation's node as a process: `python -m huitong.cli.net.serve HOME --port N --cometbft PROGRAM`."""

import asyncio
import signal
import sys
from pathlib import Path

import click
import uvloop

from huitong.cli import logs
from huitong.node import Home, Node, NodeSettings
from huitong.types import HuitongError


@click.command()
@click.argument("home", type=click.Path(path_type=Path, exists=True))
@click.option("--port", type=int, required=True)
@click.option("--cometbft", type=click.Path(path_type=Path), required=True)
def serve(home: Path, port: int, cometbft: Path) -> None:
    """Run until a signal comes."""
    logs.configure()
    try:
        uvloop.run(_serve(Home(home), NodeSettings(port=port, contract_workers=1, cometbft=cometbft)))
    except HuitongError as error:
        click.echo(f"HT{int(error.code)} {error}", err=True)
        sys.exit(1)


async def _serve(home: Home, settings: NodeSettings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    node = Node(home, settings)
    await node.start()
    try:
        await stop.wait()
    finally:
        await node.stop()


if __name__ == "__main__":
    serve()
