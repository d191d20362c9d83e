"""`huitong contract check|deploy|call|view|schema`."""

from pathlib import Path
from typing import Any

import click
import msgspec

from huitong.api import TransactionAnswer, ViewAnswer
from huitong.api.abi import arguments_from_json, decode_schema, schema_to_json
from huitong.api.client import AsyncClient
from huitong.cli.commands.tx import print_answer
from huitong.cli.options import json_option, node_option, read_file, signer_option, wait_option
from huitong.cli.output import Exit, Printer, stop
from huitong.cli.session import default_signer, with_client
from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_SOURCE_BYTES
from huitong.vm.python.program import load_program
from huitong.vm.python.source import check_source, compile_source


@click.group()
def contract() -> None:
    """Check, deploy, call and view contracts."""


def _read(file: Path) -> str:
    try:
        return read_file(file, MAX_SOURCE_BYTES).decode()
    except UnicodeDecodeError:
        raise HuitongError(Code.FILE_UNREADABLE, path=str(file), reason="it is not UTF-8 text") from None


@contract.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option()
def check(file: Path, *, as_json: bool) -> None:
    """Say what a chain would refuse in a contract file, with line, reason and what to write instead."""
    findings = check_source(_read(file))
    document = {
        "file": str(file),
        "good": not findings,
        "findings": [item._asdict() | {"code": f"HT{int(item.code)}"} for item in findings],
    }

    def human() -> None:
        for item in findings:
            click.echo(f"{file}:{item.line}: HT{int(item.code)} {item.reason}")
            if item.instead:
                click.echo(f"    {item.instead}")
        if not findings:
            click.echo(f"{file} is a contract that a chain takes")

    Printer(as_json=as_json).result(document, human)
    if findings:
        stop(Exit.REFUSED)


@contract.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option()
def schema(file: Path, *, as_json: bool) -> None:
    """The schema (ABI) of a contract file, as JSON."""
    document = schema_to_json(decode_schema(load_program(compile_source(_read(file), str(file))).schema))
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    Printer(as_json=as_json).result(document, lambda: click.echo(encoded))


@contract.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name in the chain's registry of contracts.")
@click.option("--init", "init_args", default="[]", help="Arguments of the @init method, JSON array or object.")
@signer_option()
@node_option()
@json_option()
def deploy(file: Path, name: str, init_args: str, signer: str | None, node: str | None, *, as_json: bool) -> None:
    """Compile a contract file here and deploy it."""
    source = _read(file)
    code = compile_source(source, str(file))
    program = load_program(code)
    args = (
        arguments_from_json(decode_schema(program.schema), program.initialiser, _json(init_args))
        if program.initialiser
        else ()
    )

    async def run(client: AsyncClient) -> bytes:
        return await client.deploy(code, name=name, source=source.encode(), init_args=args)

    address = "0x" + with_client(node, run, signer=default_signer(signer)).hex()
    Printer(as_json=as_json).result(
        {"address": address, "name": name}, lambda: click.echo(f"deployed {name or file.stem} at {address}")
    )


@contract.command()
@click.argument("target")
@click.argument("method")
@click.argument("args", nargs=-1)
@signer_option()
@wait_option()
@node_option()
@json_option()
def call(
    target: str, method: str, args: tuple[str, ...], signer: str | None, wait: str, node: str | None, *, as_json: bool
) -> None:
    """Call METHOD of TARGET (name or address) in a transaction. ARGS: JSON values, or plain text for text."""

    async def run(client: AsyncClient) -> TransactionAnswer:
        answer = await client.describe(target)
        values = arguments_from_json(msgspec.json.decode(answer.schema), method, _values(args))
        return await client.call(target, method, *values, wait=wait)  # type: ignore[arg-type]  # click has checked the word

    found = with_client(node, run, signer=default_signer(signer))
    Printer(as_json=as_json).result(msgspec.to_builtins(found), lambda: print_answer(found))


@contract.command()
@click.argument("target")
@click.argument("method")
@click.argument("args", nargs=-1)
@click.option("--sender", default="", help="Who asks, for contracts that look at it.")
@node_option()
@json_option()
def view(target: str, method: str, args: tuple[str, ...], sender: str, node: str | None, *, as_json: bool) -> None:
    """Run the view METHOD of TARGET (name or address). ARGS: JSON values, or plain text for text."""

    async def run(client: AsyncClient) -> ViewAnswer:
        return await client.view_json(target, method, _values(args), sender)

    found = with_client(node, run)
    Printer(as_json=as_json).result(
        msgspec.to_builtins(found), lambda: click.echo(msgspec.json.encode(found.value).decode())
    )


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise HuitongError(Code.USAGE, reason=f"{text[:60]!r} is no JSON: {error}") from None


def _values(args: tuple[str, ...]) -> list[Any]:
    """Read arguments: JSON where it is JSON, else the text itself."""
    values: list[Any] = []
    for text in args:
        try:
            values.append(msgspec.json.decode(text))
        except msgspec.DecodeError:
            values.append(text)
    return values
