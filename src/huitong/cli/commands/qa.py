"""`huitong qa NAME`: campaigns that are too long for the tests."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from huitong.crypto import Suite

from huitong.cli.options import json_option, suite_option
from huitong.cli.output import Exit, Printer, stop


@click.group()
def qa() -> None:
    """Long campaigns. Each prints what it did; exit code 1 when it found something."""


FAULTS: Final = ("faults", "findings", "violations", "differences")
"""What the campaigns call what they found; each has one of them."""


def report(found: Mapping[str, object], *, as_json: bool) -> None:
    """Print what a campaign did. Exit code 1 when it found something."""
    names = [name for name in FAULTS if name in found]
    assert names, "a campaign says what it found"
    document = dict(found) | {"good": not any(found[name] for name in names)}

    def human() -> None:
        for name, value in document.items():
            click.echo(f"{name}: {value}")

    Printer(as_json=as_json).result(document, human)
    if not document["good"]:
        stop(Exit.REFUSED)


@qa.command()
@click.option("--cycles", type=click.IntRange(min=1), default=100, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@suite_option()
@json_option()
def crash(cycles: int, seed: int, suite_name: str | None, *, as_json: bool) -> None:
    """Kill a node under load again and again; nothing acknowledged may be lost."""
    from huitong.cli.qa.crash import run

    report(run(cycles=cycles, seed=seed, suite=_suite(suite_name)), as_json=as_json)


@qa.command("crash-points")
@click.option("--limit", type=click.IntRange(min=1), default=12, show_default=True)
@suite_option()
@json_option()
def crash_points(limit: int, suite_name: str | None, *, as_json: bool) -> None:
    """Kill a node at the Nth flush or rename, every N up to the limit; needs strace."""
    from huitong.cli.qa.crash_points import run

    report(run(limit=limit, suite=_suite(suite_name)), as_json=as_json)


def _suite(name: str | None) -> "Suite":
    from huitong.crypto import suite_by_name

    return suite_by_name(name or "international")


@qa.command("fuzz-contracts")
@click.option("--seconds", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@json_option()
def fuzz_contracts(seconds: int, seed: int, *, as_json: bool) -> None:
    """Random contracts of the grammar; none may burn more time than its gas allows."""
    from huitong.vm.python.fuzz import run

    report(run(seconds, seed), as_json=as_json)


@qa.command("fuzz-bytes")
@click.option("--seconds", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@json_option()
def fuzz_bytes(seconds: int, seed: int, *, as_json: bool) -> None:
    """Damaged transactions and envelopes; every one gets its code, none is executed."""
    from huitong.cli.qa.bytes_fuzz import run

    report(run(seconds, seed), as_json=as_json)


@qa.command()
@click.option("--cases", type=click.IntRange(min=1), default=1_000_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@json_option()
def native(cases: int, seed: int, *, as_json: bool) -> None:
    """The native crate against its twins in Python and other libraries; no answer may differ."""
    from huitong.cli.qa.native import run

    report(run(cases, seed), as_json=as_json)


@qa.command()
@click.option("--only", multiple=True, metavar="SCENARIO", help="Scenario to perform; all without it. Repeatable.")
@click.option("--port", type=int, default=20_000, show_default=True, help="First port on the loopback address.")
@json_option()
def network(only: tuple[str, ...], port: int, *, as_json: bool) -> None:
    """Real networks under the faults of real ones: deaths, partitions, clocks, disks, lying organisations."""
    from huitong.cli.qa.network.campaign import run

    report(run(only=only, port=port), as_json=as_json)
