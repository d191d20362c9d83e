"""`huitong dev`: a development chain with named organisations in one process."""

import asyncio
import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
import msgspec
import uvloop

from huitong import __version__
from huitong.api.client import AsyncClient
from huitong.cli import logs
from huitong.cli.demonstrations import available, run_demonstration, session_for
from huitong.cli.options import DEFAULT_HOME, json_option, state_option
from huitong.cli.output import Printer
from huitong.crypto import INTERNATIONAL, SUITES, Suite, suite, suite_by_name
from huitong.engine import LocalEngine
from huitong.node import Home, Identity, Node, development_genesis, identities
from huitong.node.configuration import load
from huitong.node.development import DEFAULT_CHAIN_ID
from huitong.node.home import node_key, write_file
from huitong.node.sections import DEFAULT_PORT
from huitong.node.settings import NodeSettings, settings_of
from huitong.types import Code, EngineVersion, HuitongError
from huitong.vm.python.engine import PythonEngine


class DevOptions(msgspec.Struct, frozen=True):
    """What the command was asked for."""

    state: Path
    port: int | None
    suite: str | None
    organisations: tuple[str, ...]
    ready_file: Path | None
    demo: bool
    wait: bool
    block_seconds: float | None = None
    manual: bool = False
    watch: Path | None = None


@click.command()
@click.option("--orgs", metavar="A,B,...", help="Organisations in place of the four of the demonstration.")
@state_option()
@click.option("--port", type=click.IntRange(0, 65535), help=f"Default: {DEFAULT_PORT}, or what node.toml says.")
@click.option(
    "--suite",
    "suite_name",
    type=click.Choice(tuple(SUITES)),
    help="Cryptography of a new chain. Default: international.",
)
@click.option("--ready-file", type=click.Path(path_type=Path), help="File that is written when the chain is ready.")
@click.option("--demo", is_flag=True, help="Run all demonstrations when the chain is ready.")
@click.option("--block-time", type=click.FloatRange(0, 3600), help="Least seconds between two blocks.")
@click.option("--manual", is_flag=True, help="A block is made when Enter is pressed, and takes all that waits.")
@click.option(
    "--watch",
    is_flag=False,
    flag_value=".",
    metavar="[FOLDER]",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Deploy the contracts of a folder (default: this one), and upgrade them when their files change.",
)
@click.option("--no-wait", "no_wait", is_flag=True, help="Stop when the chain was started and the demonstrations ran.")
@json_option()
def dev(
    orgs: str | None,
    state: Path,
    port: int | None,
    suite_name: str | None,
    ready_file: Path | None,
    *,
    block_time: float | None,
    manual: bool,
    watch: Path | None,
    demo: bool,
    no_wait: bool,
    as_json: bool,
) -> None:
    """Start a development chain: named organisations, keys that everybody knows, a block per transaction.

    State is kept in the folder; the next start goes on with it. Ctrl-C stops.
    """
    logs.configure()
    names = tuple(name.strip() for name in orgs.split(",")) if orgs else ()
    if manual and (block_time or demo or watch):
        raise HuitongError(Code.USAGE, reason="--manual waits for Enter: leave --block-time, --demo and --watch out")
    options = DevOptions(state, port, suite_name, names, ready_file, demo, not no_wait, block_time, manual, watch)
    uvloop.run(_run(options, Printer(as_json=as_json)))


async def _run(options: DevOptions, printer: Printer) -> None:
    started = time.perf_counter()
    home = Home(options.state)
    fresh = not home.exists
    chain_suite, people = prepare(home, options.organisations, options.suite)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    node = Node(home, _settings(options, home))
    try:
        await node.start()
    except HuitongError as error:
        if fresh and error.code == Code.GENESIS_INVALID:
            home.genesis_file.unlink()  # of no chain: the next start may ask for other organisations
        raise
    try:
        elapsed = time.perf_counter() - started
        document = await _document(node, chain_suite, people, home)
        _announce(printer, document, people, elapsed)
        if options.ready_file is not None:
            write_file(options.ready_file, msgspec.json.encode(document) + b"\n")
        if options.demo:
            await _unless(stop, _demonstrate(printer, node, chain_suite, people))
        if options.manual:
            _listen(node, printer)
        if options.wait and not stop.is_set():
            printer.line("Next: huitong contract check FILE · huitong status · Ctrl-C stops, state is kept")
            await _watch(options, node, chain_suite, people, stop, printer)
    finally:
        await node.stop()
    state = "" if options.state == DEFAULT_HOME else f" --state {options.state}"
    printer.line(f"Stopped. The state is kept in {options.state}; go on with: huitong dev{state}")


def _settings(options: DevOptions, home: Home) -> NodeSettings:
    """What the folder's node.toml says, with the options of the command in place of it. Raises HT6001."""
    configuration = load(home.settings_file, os.environ).configuration
    if configuration.consensus.engine != "embedded":
        reason = f"{home.path} is a node of a network: start it with `huitong node start --state {home.path}`"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
    found = settings_of(configuration, None)
    engine = msgspec.structs.replace(found.engine, manual=options.manual)
    if options.block_seconds is not None:
        engine = msgspec.structs.replace(engine, block_seconds=options.block_seconds)
    port = found.port if options.port is None else options.port
    return msgspec.structs.replace(found, port=port, engine=engine)


def _listen(node: Node, printer: Printer) -> None:
    """Make a block for each line of standard input, in a thread that ends with the program."""
    engine, loop = node.parts.engine, asyncio.get_running_loop()
    assert isinstance(engine, LocalEngine), "a development chain has the embedded engine"

    def made() -> None:
        printer.line(f"  block after {engine.height} · {engine.waiting} waiting")
        engine.release_block()

    def read() -> None:
        while text := os.read(sys.stdin.fileno(), 4096):
            for _ in range(text.count(b"\n")):
                with contextlib.suppress(RuntimeError):  # the loop has ended
                    loop.call_soon_threadsafe(made)

    printer.line("Blocks by hand: Enter makes one")
    threading.Thread(target=read, daemon=True, name="blocks by hand").start()


async def _watch(
    options: DevOptions,
    node: Node,
    chain_suite: Suite,
    people: tuple[Identity, ...],
    stop: asyncio.Event,
    printer: Printer,
) -> None:
    """Wait for the end; with --watch, keep the chain's contracts as the files of a folder are until then."""
    if options.watch is None:
        await stop.wait()
        return
    from huitong.cli.watch import Watcher

    printer.line(f"Watching the contracts in {options.watch.resolve()}")
    async with AsyncClient(node.url) as client:
        watcher = Watcher(options.watch, client, chain_suite, people, options.state, printer.line)
        await _unless(stop, watcher.run(stop))


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Do some work; Ctrl-C ends it where it waits. Raises what it raises."""
    working, stopped = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


def prepare(
    home: Home, organisations: tuple[str, ...], suite_name: str | None = None
) -> tuple[Suite, tuple[Identity, ...]]:
    """Make the chain of a home unless there is one.

    Raises HT6001 when another suite or other organisations are asked for than the chain has, HT6107.
    """
    if home.exists:
        genesis, _ = home.genesis()
        found, chain_suite = tuple(one.name for one in genesis.organisations), suite(genesis.suite)
        if suite_name not in (None, chain_suite.name):
            reason = f"the chain in {home.path} has the suite {chain_suite.name}; take another --state"
            raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
        if organisations and organisations != found:
            reason = f"the chain in {home.path} has the organisations {', '.join(found)}; take another --state"
            raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
        members = {f"{member.name}@{member.organisation}" for member in genesis.members}
        return chain_suite, _people_of(chain_suite, found, members)
    chain_suite = suite_by_name(suite_name or INTERNATIONAL.name)
    people = identities(chain_suite, organisations)
    keys = home.make_keys()
    genesis = development_genesis(
        chain_suite,
        chain_id=DEFAULT_CHAIN_ID,
        genesis_time_ns=time.time_ns(),
        people=people,
        gateway_key=node_key(keys.gateway).public_key,
        validator_key=node_key(keys.validator).public_key,
        engines=(EngineVersion(PythonEngine.name, PythonEngine.version),),
    )
    home.write_genesis(genesis)
    return chain_suite, people


def _people_of(chain_suite: Suite, organisations: tuple[str, ...], members: set[str]) -> tuple[Identity, ...]:
    """Development identities among the members of a chain that exists."""
    known = [*identities(chain_suite), *identities(chain_suite, organisations)]
    return tuple(person for person in known if person.id in members)


async def _document(node: Node, chain_suite: Suite, people: tuple[Identity, ...], home: Home) -> dict[str, Any]:
    status = await node.api.chain.status()
    return {
        "chain_id": status.chain_id,
        "suite": status.suite,
        "url": node.url,
        "api": f"{node.url}/api/v1",
        "openapi": f"{node.url}/api/v1/openapi.json",
        "metrics": f"{node.url}/metrics",
        "height": status.height,
        "sandbox": status.sandbox,
        "state": str(home.path),
        "organisations": list(dict.fromkeys(person.organisation for person in people)),
        "members": [
            {"id": person.id, "roles": list(person.roles), "address": "0x" + person.address(chain_suite).hex()}
            for person in people
        ],
    }


def _announce(printer: Printer, document: dict[str, Any], people: tuple[Identity, ...], elapsed: float) -> None:
    def human() -> None:
        count, name = len(document["organisations"]), document["suite"]
        suite_text = "" if name == INTERNATIONAL.name else f"suite {name} · "
        click.echo(f"Huitong {__version__}")
        click.echo(
            f"Chain {document['chain_id']} · {suite_text}embedded engine · {count} organisations · "
            f"height {document['height']} · ready in {elapsed:.1f} s"
        )
        click.echo(f"  REST     {document['api']}")
        click.echo(f"  OpenAPI  {document['openapi']}")
        click.echo(f"  Metrics  {document['metrics']}")
        for person, member in zip(people, document["members"], strict=True):
            click.echo(f"  {person.id:20} {', '.join(person.roles):40} {member['address']}")
        click.echo("  ! Development keys, known to everyone. Any chain that is not a dev chain refuses them.")
        if document["sandbox"] != "seccomp+rlimits":
            click.echo(f"  ! Contracts are held by {document['sandbox']} here.")

    printer.result(document, human)


async def _demonstrate(printer: Printer, node: Node, chain_suite: Suite, people: tuple[Identity, ...]) -> None:
    found = available()
    printer.line("Demo" if found else "No application with a demonstration is installed.")
    session = session_for(node.url, node.parts.genesis.chain_id, chain_suite, people, printer.line)
    for demonstration in found:
        await run_demonstration(demonstration, session)
