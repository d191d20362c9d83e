"""A node in the foreground, until a signal ends it."""

import asyncio
import os
import signal
from pathlib import Path

import uvloop

from huitong.engine.cometbft.program import VERSION, find_program
from huitong.node import Home, Node
from huitong.node.configuration import Loaded, load
from huitong.node.settings import settings_of
from huitong.types import Code, HuitongError

from . import logs
from .output import Printer


def serve(home: Home, printer: Printer) -> None:
    """Run the node of a home as its configuration says. Raises HT6001-HT6303, HT9003."""
    loaded = load(home.settings_file, os.environ)
    threshold = logs.configure(loaded.configuration.log.level)
    uvloop.run(_serve(home, loaded, threshold, printer))


def orderer(loaded: Loaded) -> Path | None:
    """Return CometBFT's program when the configuration asks for that engine. Raises HT6001."""
    consensus = loaded.configuration.consensus
    if consensus.engine == "embedded":
        return None
    found = Path(consensus.program) if consensus.program else find_program()
    if found is None or not found.is_file():
        missing = f"{consensus.program} is no file" if consensus.program else f"CometBFT {VERSION} is not installed"
        reason = f"consensus.program: {missing}; `huitong net up` builds it"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
    return found


async def _serve(home: Home, loaded: Loaded, threshold: logs.Threshold, printer: Printer) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, _read_level, home, threshold, printer)
    node = Node(home, settings_of(loaded.configuration, orderer(loaded)))
    await node.start()
    printer.line(f"{node.parts.genesis.chain_id} at {node.url}, height {node.parts.engine.height}")
    try:
        await stop.wait()
    finally:
        await node.stop()


def _read_level(home: Home, threshold: logs.Threshold, printer: Printer) -> None:
    """Take the level of logs from the file again; a file that is wrong now changes nothing."""
    try:
        threshold.level = load(home.settings_file, os.environ).configuration.log.level
    except HuitongError as error:
        printer.error(error)
