"""`huitong contract upgrade|freeze|unfreeze|retire|rename|verify|list`: the life of a contract after its deploy."""

from pathlib import Path
from typing import Any, Final

import click
import msgspec

from huitong.api import TransactionAnswer
from huitong.api.client import DEPLOY_GAS_LIMIT, AsyncClient
from huitong.api.values import from_hex
from huitong.cli.commands.tx import print_answer
from huitong.cli.options import gas_option, json_option, node_option, signer_option
from huitong.cli.output import Exit, Printer, stop
from huitong.cli.schemas import read_source
from huitong.cli.session import default_signer, with_client
from huitong.crypto import module_address
from huitong.types import Code, HuitongError
from huitong.types.registry import ModuleId
from huitong.vm.python.source import compile_source

CONTRACTS: Final = module_address(ModuleId.CONTRACTS)
_PAGE: Final = 100


def _act(method: str, target: str, *rest: Any, signer: str | None, node: str | None, as_json: bool) -> None:
    """Take a step with a contract by name or address, and print what became of it."""

    async def run(client: AsyncClient) -> TransactionAnswer:
        address = await client.address(target)
        return await client.call(CONTRACTS, method, address, *rest)

    found = with_client(node, run, signer=default_signer(signer))
    Printer(as_json=as_json).result(msgspec.to_builtins(found), lambda: print_answer(found))


@click.command()
@click.argument("target")
@click.argument("file", type=click.Path(path_type=Path))
@gas_option(DEPLOY_GAS_LIMIT)
@signer_option()
@node_option()
@json_option()
def upgrade(target: str, file: Path, gas: int, signer: str | None, node: str | None, *, as_json: bool) -> None:
    """Give TARGET (name or address) the code of FILE; address and stored data stay. @init does not run."""
    text = read_source(file)
    code, source = compile_source(text, str(file)), text.encode()

    async def run(client: AsyncClient) -> TransactionAnswer:
        source_hash = (await client.suite()).hash(source)
        address = await client.address(target)
        return await client.call(CONTRACTS, "upgrade", address, code, source_hash, source, gas_limit=gas)

    found = with_client(node, run, signer=default_signer(signer))
    Printer(as_json=as_json).result(msgspec.to_builtins(found), lambda: print_answer(found))


@click.command()
@click.argument("target")
@signer_option()
@node_option()
@json_option()
def freeze(target: str, signer: str | None, node: str | None, *, as_json: bool) -> None:
    """Let TARGET be read, not called, until it is unfrozen."""
    _act("freeze", target, signer=signer, node=node, as_json=as_json)


@click.command()
@click.argument("target")
@signer_option()
@node_option()
@json_option()
def unfreeze(target: str, signer: str | None, node: str | None, *, as_json: bool) -> None:
    """Let a frozen TARGET be called again."""
    _act("unfreeze", target, signer=signer, node=node, as_json=as_json)


@click.command()
@click.argument("target")
@click.argument("name")
@signer_option()
@node_option()
@json_option()
def rename(target: str, name: str, signer: str | None, node: str | None, *, as_json: bool) -> None:
    """Give TARGET another NAME in the chain's registry ("" for none)."""
    _act("rename", target, name, signer=signer, node=node, as_json=as_json)


@click.command()
@click.argument("target")
@click.option("--successor", default="", help="Address of the contract that takes over the name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@signer_option()
@node_option()
@json_option()
def retire(target: str, successor: str, signer: str | None, node: str | None, *, yes: bool, as_json: bool) -> None:
    """End TARGET for good: it stays readable, and can never be called or changed again."""
    if not yes and not as_json:
        click.confirm(f"Retire {target} for good?", abort=True)
    next_one = from_hex(successor, "successor") if successor else b""
    _act("retire", target, next_one, signer=signer, node=node, as_json=as_json)


@click.command()
@click.argument("target")
@click.argument("file", type=click.Path(path_type=Path))
@node_option()
@json_option()
def verify(target: str, file: Path, node: str | None, *, as_json: bool) -> None:
    """Rebuild the code of TARGET from FILE and compare it with what runs on the chain."""
    text = read_source(file)
    code = compile_source(text, str(file))

    async def run(client: AsyncClient) -> dict[str, Any]:
        answer = await client.describe(target)
        suite = await client.suite()
        built, source = "0x" + suite.hash(code).hex(), "0x" + suite.hash(text.encode()).hex()
        return {
            "contract": answer.address,
            "revision": answer.revision,
            "deployed": answer.code_hash,
            "built": built,
            "same_code": built == answer.code_hash,
            "same_source": source == answer.source_hash,
            "former_revision": built in answer.former,
        }

    found = with_client(node, run)

    def human() -> None:
        if found["same_code"]:
            other = "" if found["same_source"] else "; comments or layout differ from the deployed source"
            click.echo(f"{file} is the code of {target} at {found['contract']}, revision {found['revision']}{other}")
        else:
            former = " It is the code of an earlier revision." if found["former_revision"] else ""
            click.echo(f"{file} is NOT the code of {target}: {found['built']}, not {found['deployed']}.{former}")

    Printer(as_json=as_json).result(found, human)
    if not found["same_code"]:
        stop(Exit.VERIFICATION_FAILED)


@click.command("list")
@node_option()
@json_option()
def list_contracts(node: str | None, *, as_json: bool) -> None:
    """Contracts of the chain by address: name, state, revision, organisation."""

    async def run(client: AsyncClient) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        after = b""
        while True:
            page = await client.view(CONTRACTS, "contracts", after, _PAGE)
            rows += [_row(row) for row in page]
            if len(page) < _PAGE:
                return rows
            after = page[-1][0]

    found = with_client(node, run)

    def human() -> None:
        for row in found:
            click.echo(
                f"{row['address']}  {row['state']:8} r{row['revision']:<4} {row['organisation']:20} "
                f"{row['name'] or '-'}"
            )
        if not found:
            click.echo("no contracts")

    Printer(as_json=as_json).result({"contracts": found}, human)


def _row(row: list[Any]) -> dict[str, Any]:
    try:
        address, name, engine, state, revision, organisation = row
        shown = "0x" + address.hex()
    except (ValueError, TypeError, AttributeError):
        raise HuitongError(Code.ANSWER_INVALID, reason="a row of the list of contracts has another form") from None
    return {
        "address": shown,
        "name": name,
        "engine": engine,
        "state": state,
        "revision": revision,
        "organisation": organisation,
    }


COMMANDS: Final = (upgrade, freeze, unfreeze, rename, retire, verify, list_contracts)
