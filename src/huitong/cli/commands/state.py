"""`huitong state get`."""

from pathlib import Path

import click
import msgspec

from huitong.api import StateAnswer
from huitong.api.client import AsyncClient
from huitong.api.values import from_hex
from huitong.cli.commands.tx import save_proof
from huitong.cli.options import json_option, node_option
from huitong.cli.output import Printer
from huitong.cli.session import with_client


@click.group()
def state() -> None:
    """Read state, with proofs."""


@state.command()
@click.argument("key")
@click.option("--store", default="main", show_default=True, type=click.Choice(("main", "ibc")))
@click.option("--prove", is_flag=True, help="Ask for a proof of presence or absence.")
@click.option("--out", type=click.Path(path_type=Path), help="File for the proof bundle.")
@click.option("--trust-out", type=click.Path(path_type=Path), help="File for the chain's trust document.")
@node_option()
@json_option()
def get(
    key: str, store: str, out: Path | None, trust_out: Path | None, node: str | None, *, prove: bool, as_json: bool
) -> None:
    """The value under KEY (0x hex; the layout of keys is in the state tree specification)."""

    async def fetch(client: AsyncClient) -> tuple[StateAnswer, bytes]:
        answer = await client.state(store, from_hex(key, "key"), prove=prove or out is not None)
        return answer, await client.trust()

    found, trust = with_client(node, fetch)
    if out is not None and found.proof is not None:
        save_proof(bytes(found.proof), trust, out, trust_out, as_json=as_json)
        return

    def human() -> None:
        click.echo(f"{found.value or 'absent'}  (store {found.store}, after block {found.height})")
        if found.proof is not None:
            click.echo(bytes(found.proof).decode(), nl=False)

    document = {"store": found.store, "key": found.key, "value": found.value, "height": found.height}
    if found.proof is not None:
        document["proof"] = msgspec.json.decode(found.proof)
    Printer(as_json=as_json).result(document, human)
