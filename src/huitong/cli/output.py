"""What the program prints, and the numbers that it exits with."""

import os
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import Any

import click
import msgspec

from huitong.types import Code, HuitongError, Range, is_failure, is_rejection
from huitong.types.catalogue import explain


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    VERIFICATION_FAILED = 4
    INTERNAL = 5
    INTERRUPTED = 130
    """By Ctrl-C: 128 + SIGINT, as shells say it."""


_UNREACHABLE = (
    *(Code.WAIT_TIMEOUT, Code.NODE_UNREACHABLE, Code.STOPPING),
    *(Code.TLS_REFUSED, Code.CLIENT_CERTIFICATE_MISSING),
)
_USAGE = (
    *(Code.USAGE, Code.FILE_UNREADABLE, Code.PROGRAM_MISSING, Code.REQUEST_MALFORMED),
    *(Code.KEY_FILE_UNREADABLE, Code.KEY_FILE_EXISTS, Code.KEY_NOT_FOUND, Code.PASSWORD_WRONG),
    Code.CLIENT_CERTIFICATE_UNUSABLE,
)


def exit_code(code: int) -> Exit:
    """Exit code for an error of the catalogue."""
    if code in _UNREACHABLE:
        return Exit.UNREACHABLE
    if code in _USAGE or Range.NODE <= code < Range.PROOF:
        return Exit.USAGE
    if Range.PROOF <= code < Range.INTERFACE:
        return Exit.VERIFICATION_FAILED
    if is_rejection(code) or is_failure(code) or Range.INTERFACE <= code < Range.FAULT:
        return Exit.REFUSED
    return Exit.INTERNAL


def language() -> str:
    """Language of texts by the environment: zh or en. Codes are never translated."""
    for variable in ("HUITONG_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def error_document(error: HuitongError) -> dict[str, Any]:
    """An error as `--json` prints it; transaction: what became of it, when the error is about one."""
    from huitong.api.values import data_to_json

    entry = explain(error.code)
    answer = getattr(error, "answer", None)
    return {
        "code": f"HT{int(error.code)}",
        "name": error.code.name,
        "title": entry.title,
        "cause": entry.cause(error.data, language()),
        "who": entry.who.text(language()),
        "next": entry.next_step(error.data, language()),
        "data": data_to_json(error.data),
        "transaction": None if answer is None else msgspec.to_builtins(answer),
    }


class Printer:
    """Prints results for people or, with --json, one JSON document on standard output."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def result(self, document: Any, human: Callable[[], None]) -> None:
        """Print the document as JSON, or let `human` print lines."""
        if self.as_json:
            encoded = msgspec.json.format(msgspec.json.encode(document), indent=2)
            click.echo(encoded.decode())
        else:
            human()

    def line(self, text: str = "") -> None:
        """Print a line for people; silent with --json."""
        if not self.as_json:
            click.echo(text)

    def error(self, error: HuitongError) -> Exit:
        """Print an error and return the exit code for it."""
        document = error_document(error)
        if self.as_json:
            click.echo(msgspec.json.encode({"error": document}).decode())
        else:
            if document["transaction"] is not None:
                click.echo(_place(document["transaction"]), err=True)
            click.echo(f"{document['code']} {document['cause']}", err=True)
            if isinstance(fields := document["data"].get("fields"), dict) and fields:
                click.echo("  " + ", ".join(f"{name}: {value}" for name, value in fields.items()), err=True)
            if document["transaction"] is not None and document["transaction"]["traceback"]:
                click.echo(document["transaction"]["traceback"], err=True)
            click.echo(f"  {document['next']}", err=True)
            click.echo(f"  huitong explain {document['code']}", err=True)
        return exit_code(error.code)


def _place(answer: dict[str, Any]) -> str:
    """Name a transaction and what became of it."""
    place = f" in block {answer['height']}" if answer["height"] else ""
    return f"{answer['answer']}{place}  {answer['tx_id']}"


def stop(code: Exit) -> None:
    """Leave the program with an exit code."""
    sys.exit(int(code))
