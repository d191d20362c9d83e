"""`huitong doctor`."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from huitong.cli import logs
from huitong.cli.doctor import Finding, State
from huitong.cli.options import json_option, state_option
from huitong.cli.output import Exit, Printer, stop
from huitong.types import HuitongError

_WIDTH = 18


@click.command()
@state_option()
@json_option()
def doctor(state: Path, *, as_json: bool) -> None:
    """Look for what is wrong here, and say what to type: back ends, sandbox, disk, port, clock, node, programs.

    Exit code 0 when there is no ✗, else 1. Changes nothing, needs no root and no network.
    """
    logs.configure()
    printer, findings = Printer(as_json=as_json), []
    for finding in examine(state):
        findings.append(finding)
        printer.line(f"{finding.state.mark} {finding.topic:{_WIDTH}} {finding.found}")
        if finding.todo:
            printer.line(f"  {'':{_WIDTH}} → {finding.todo}")
    counts = {one.value: sum(finding.state == one for finding in findings) for one in State}
    healthy = counts[State.FAULT] == 0
    document = {"healthy": healthy, "counts": counts, "findings": msgspec.to_builtins(findings)}
    verdict = "Nothing keeps a node from running." if healthy else f"{counts[State.FAULT]} to mend."
    printer.result(document, lambda: click.echo(f"{verdict} Warnings: {counts[State.WARNING]}."))
    if not healthy:
        stop(Exit.REFUSED)


def examine(state: Path) -> Iterator[Finding]:
    """All findings, as they are made."""
    from huitong.cli.doctor.back_ends import back_ends
    from huitong.cli.doctor.chain import chain
    from huitong.cli.doctor.folder import folder
    from huitong.cli.doctor.machine import machine, programs
    from huitong.cli.doctor.network import network
    from huitong.node import Home
    from huitong.types.registry import SuiteId

    home = Home(state)
    genesis_time_ns, guomi = 0, False
    if home.exists:
        try:
            genesis, _ = home.genesis()
            genesis_time_ns, guomi = genesis.genesis_time_ns, genesis.suite == SuiteId.GUOMI
        except HuitongError as error:
            yield Finding.fault("genesis", str(error), "take genesis.json from another organisation or a backup")
    yield from machine()
    yield from back_ends(guomi=guomi)
    yield from folder(home)
    yield from chain(home, genesis_time_ns)
    yield from network(home, running=home.ready_file.exists())
    yield from programs()
