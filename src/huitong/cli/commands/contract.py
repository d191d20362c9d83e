"""`huitong contract check|deploy|call|view|schema`, and the steps of `contract_life`."""

from pathlib import Path
from typing import Any

import click
import msgspec

from huitong.api import TransactionAnswer, ViewAnswer, Wait
from huitong.api.abi import arguments_from_json, decode_schema
from huitong.api.client import DEFAULT_GAS_LIMIT, DEPLOY_GAS_LIMIT, AsyncClient
from huitong.cli.arguments import given_words
from huitong.cli.commands.contract_life import COMMANDS, CONTRACTS
from huitong.cli.commands.tx import print_answer
from huitong.cli.options import gas_option, json_option, node_option, signer_option, wait_option
from huitong.cli.output import Exit, Printer, stop
from huitong.cli.schemas import read_source, schema_of
from huitong.cli.session import default_signer, with_client
from huitong.types import Code, HuitongError
from huitong.vm.python.program import Program, load_program
from huitong.vm.python.refusals import refusal_of
from huitong.vm.python.source import check_source, compile_source


@click.group()
def contract() -> None:
    """Check, deploy, call, view, upgrade and retire contracts."""


for _command in COMMANDS:
    contract.add_command(_command)


@contract.command()
@click.argument("file", type=click.Path(path_type=Path))
@json_option()
def check(file: Path, *, as_json: bool) -> None:
    """Say what a chain would refuse in a contract file, with line, reason and what to write instead."""
    findings = check_source(read_source(file))
    document = {
        "file": str(file),
        "good": not findings,
        "findings": [
            item._asdict() | {"code": f"HT{int(item.code)}", "topic": refusal_of(item).topic} for item in findings
        ],
    }

    def human() -> None:
        for item in findings:
            click.echo(f"{file}:{item.line}: HT{int(item.code)} {item.reason}")
            if item.instead:
                click.echo(f"    {item.instead}")
            click.echo(f"    docs/language/refused/{refusal_of(item).topic}.md")
        if not findings:
            click.echo(f"{file} is a contract that a chain takes")

    Printer(as_json=as_json).result(document, human)
    if findings:
        stop(Exit.REFUSED)


@contract.command()
@click.argument("contract")
@node_option()
@json_option()
def schema(contract: str, node: str | None, *, as_json: bool) -> None:
    """The schema (ABI) of CONTRACT, as JSON: a contract file (.py), or the name or address of a contract on chain."""
    document = schema_of(contract, node)
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2).decode()
    Printer(as_json=as_json).result(document, lambda: click.echo(encoded))


@contract.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name in the chain's registry of contracts.")
@click.option("--init", "init_args", default="[]", help="Arguments of the @init method, JSON array or object.")
@gas_option(DEPLOY_GAS_LIMIT)
@signer_option()
@node_option()
@json_option()
def deploy(
    file: Path, name: str, init_args: str, gas: int, signer: str | None, node: str | None, *, as_json: bool
) -> None:
    """Compile a contract file here and deploy it."""
    source = read_source(file)
    code = compile_source(source, str(file))
    args = _initial(load_program(code), _json(init_args))

    async def run(client: AsyncClient) -> TransactionAnswer:
        data = source.encode()
        message = ("python", code, (await client.suite()).hash(data), data, name, list(args))
        return await client.call(CONTRACTS, "deploy", *message, gas_limit=gas)

    found = with_client(node, run, signer=default_signer(signer))
    address = str((found.result or [""])[0])
    document = {"address": address, "name": name, "tx_id": found.tx_id, "height": found.height}
    Printer(as_json=as_json).result(document, lambda: click.echo(f"deployed {name or file.stem} at {address}"))


def _initial(program: Program, given: Any) -> tuple[Any, ...]:
    """Arguments of the @init method. Raises HT9001 for arguments that nothing takes, HT4004."""
    if program.initialiser:
        return tuple(arguments_from_json(decode_schema(program.schema), program.initialiser, given))
    if given not in ([], {}):
        raise HuitongError(Code.USAGE, reason="the contract has no @init method: leave --init out")
    return ()


@contract.command()
@click.argument("target")
@click.argument("method")
@click.argument("args", nargs=-1)
@gas_option(DEFAULT_GAS_LIMIT)
@signer_option()
@wait_option()
@node_option()
@json_option()
def call(
    target: str,
    method: str,
    args: tuple[str, ...],
    gas: int,
    signer: str | None,
    wait: Wait,
    node: str | None,
    *,
    as_json: bool,
) -> None:
    """Call METHOD of TARGET (name or address) in a transaction.

    ARGS are read by the method's types: a text or number as it is, 0x and digits for bytes, JSON for all else.
    """

    async def run(client: AsyncClient) -> TransactionAnswer:
        known = msgspec.json.decode((await client.describe(target)).schema)
        values = arguments_from_json(known, method, given_words(known, method, args))
        return await client.call(target, method, *values, wait=wait, gas_limit=gas)

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
    """Run the view METHOD of TARGET (name or address). ARGS are read as those of `call`."""

    async def run(client: AsyncClient) -> ViewAnswer:
        known = msgspec.json.decode((await client.describe(target)).schema)
        return await client.view_json(target, method, given_words(known, method, args), sender)

    found = with_client(node, run)
    Printer(as_json=as_json).result(
        msgspec.to_builtins(found), lambda: click.echo(msgspec.json.encode(found.value).decode())
    )


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise HuitongError(Code.USAGE, reason=f"{text[:60]!r} is no JSON: {error}") from None
