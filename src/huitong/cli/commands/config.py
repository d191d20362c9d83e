"""`huitong config`: the settings of a node."""

import os
from pathlib import Path

import click
import msgspec

from huitong.cli.options import json_option, state_option
from huitong.cli.output import Printer
from huitong.node import Home
from huitong.node.configuration import Setting, load, text_of


@click.group()
def config() -> None:
    """Look at the settings of a node: its folder's node.toml, and HUITONG_<SECTION>_<KEY> of the environment."""


@config.command()
@state_option()
@json_option()
def check(state: Path, *, as_json: bool) -> None:
    """Say whether a node would start with these settings; exit code 2 when not."""
    path = Home(state).settings_file
    found = load(path, os.environ)
    changed = sum(setting.source != "default" for setting in found.settings)
    place = path if path.exists() else f"no {path}"
    text = f"good: {place}, {changed} of {len(found.settings)} settings are not the default"
    Printer(as_json=as_json).result({"good": True, "changed": changed}, lambda: click.echo(text))


@config.command()
@click.argument("name", required=False)
@state_option()
@json_option()
def show(name: str | None, state: Path, *, as_json: bool) -> None:
    """Show every setting in force, or those whose name begins with NAME, with meaning and source."""
    found = load(Home(state).settings_file, os.environ).settings
    _print(Printer(as_json=as_json), tuple(item for item in found if item.name.startswith(name or "")))


@config.command()
@state_option()
@json_option()
def diff(state: Path, *, as_json: bool) -> None:
    """Show the settings that are not the default."""
    found = load(Home(state).settings_file, os.environ).settings
    _print(Printer(as_json=as_json), tuple(item for item in found if item.value != item.default))


def _print(printer: Printer, settings: tuple[Setting, ...]) -> None:
    def human() -> None:
        for item in settings:
            unit = f" {item.unit}" if item.unit else ""
            default = "" if item.value == item.default else f", default {text_of(item.default)}"
            click.echo(f"{item.name} = {text_of(item.value)}{unit}")
            click.echo(f"    {item.meaning} ({item.type}{default}; from {item.source})")

    printer.result([msgspec.to_builtins(item) for item in settings], human)
