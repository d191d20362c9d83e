"""`huitong explain CODE`."""

import re

import click

from huitong.cli.options import json_option
from huitong.cli.output import Printer, language
from huitong.types import Code, HuitongError
from huitong.types.catalogue import explain as entry_of


@click.command()
@click.argument("code")
@json_option()
def explain(code: str, *, as_json: bool) -> None:
    """What a code such as HT1203 means, who can mend it, and what to do."""
    match = re.fullmatch(r"(?:HT)?(\d{4})", code.strip().upper())
    try:
        known = Code(int(match[1])) if match else None
    except ValueError:
        known = None
    if known is None:
        raise HuitongError(Code.USAGE, reason=f"{code!r} is no code; codes look like HT1203")
    entry = entry_of(known)
    printer = Printer(as_json=as_json)
    document = {
        "code": f"HT{int(known)}",
        "name": known.name,
        "title": entry.title,
        "cause": {"en": entry.cause_en, "zh": entry.cause_zh},
        "who": entry.who.text(language()),
        "next": {"en": entry.next_en, "zh": entry.next_zh},
        "status": entry.status,
    }

    def human() -> None:
        click.echo(f"HT{int(known)} {entry.title}")
        click.echo("  " + _open(entry.cause({}, language())))
        click.echo("  " + _open(entry.next_step({}, language())))
        click.echo(f"  ({entry.who.text(language())})")

    printer.result(document, human)


def _open(text: str) -> str:
    """Show what a real error would fill in as <name>."""
    return re.sub(r"\{(\w+)\}", r"<\1>", text)
