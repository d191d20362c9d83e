"""`huitong bench NAME`."""

import importlib
from typing import Any, Final

import click
import msgspec

from huitong.cli.options import json_option, suite_option
from huitong.cli.output import Printer
from huitong.types import Code, HuitongError

BENCHES: Final = ("kernel", "contract", "gas", "http", "lonely", "hotpath", "tree", "net")


@click.command()
@click.argument("name", type=click.Choice(BENCHES))
@click.option("--set", "settings", multiple=True, metavar="NAME=NUMBER", help="Parameter of the benchmark.")
@suite_option()
@json_option()
def bench(name: str, settings: tuple[str, ...], suite_name: str | None, *, as_json: bool) -> None:
    """Measure on this machine.

    kernel (replay of transfers), contract (through the jail), gas (what a unit of it buys), http (batches), lonely,
    hotpath (signatures and trees), tree (a large one, in its store), net (several organisations).
    """
    module: Any = importlib.import_module(f"huitong.cli.bench.{name}")
    try:
        report = module.run(**_parameters(settings), **_suite(suite_name))
    except TypeError as error:
        raise HuitongError(Code.USAGE, reason=str(error)) from None

    def human() -> None:
        click.echo(f"{report.bench} at {report.commit} on {report.hardware['processor']}")
        click.echo("  " + ", ".join(f"{key}={value}" for key, value in report.parameters.items()))
        for figure in report.figures:
            goal = "" if figure.goal is None else f"  goal {figure.goal:,} {'met' if figure.met else 'MISSED'}"
            click.echo(f"  {figure.name:24} {figure.value:>12,} {figure.unit}{goal}")
        if any(figure.met is False for figure in report.figures):
            click.echo("Where the time went:")
            for line in report.profile:
                click.echo(f"  {line}")

    Printer(as_json=as_json).result(msgspec.to_builtins(report), human)


def _suite(name: str | None) -> dict[str, Any]:
    if name is None:
        return {}
    from huitong.crypto import suite_by_name

    return {"suite": suite_by_name(name)}


def _parameters(settings: tuple[str, ...]) -> dict[str, int]:
    found = {}
    for setting in settings:
        name, _, number = setting.partition("=")
        if not number.isdigit():
            raise HuitongError(Code.USAGE, reason=f"{setting!r} is not NAME=NUMBER")
        found[name] = int(number)
    return found
