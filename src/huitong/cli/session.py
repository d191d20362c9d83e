"""A command's connection to a node: client, signer, and running it to its end."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

import click

from huitong.api.client import AsyncClient, Wallet
from huitong.api.keys import KeyFolder
from huitong.crypto import Suite, key_address, suite_by_name
from huitong.node import identities
from huitong.types import Code, HuitongError

from . import logs
from .options import node_urls, tls_folder
from .output import language

KEY_FOLDER: Final = Path(".huitong/keys")

T = TypeVar("T")


def with_client(
    node: str | None,
    action: Callable[[AsyncClient], Awaitable[T]],
    *,
    signer: str | None = None,
    tls: Path | None = None,
    trust: bytes | None = None,
) -> T:
    """Run an action with a client of the node; `signer` is looked up when given. Raises what the action raises.

    node: as `node_option` gives it, one or several gateways of a chain. tls: folder of certificates. trust: a trust
    file, for answers that are believed only with their proof.
    """
    logs.configure()

    async def main() -> T:
        certificates = tls or tls_folder()
        async with AsyncClient(node_urls(node), tls=certificates, trust=trust, language=language()) as client:
            wallet = await wallet_of(client, signer) if signer else None
            if wallet is None:
                return await action(client)
        async with AsyncClient(node_urls(node), wallet, tls=certificates, trust=trust, language=language()) as client:
            return await action(client)

    return asyncio.run(main())


async def wallet_of(client: AsyncClient, signer: str) -> Wallet:
    """Wallet of a kept key, or of an identity of a development chain. Raises HT8103, HT8104."""
    status = await client.status()
    suite = suite_by_name(status.suite)
    if "@" in signer:
        return await _development_wallet(client, signer, suite, status.kind)
    folder = KeyFolder(KEY_FOLDER)
    folder.info(signer)
    key = folder.open(signer, ask_password(f"Password of {signer}"))
    return Wallet(key_address(suite, key.kind, key.public_key), key)


def ask_password(prompt: str, *, twice: bool = False) -> str:
    """Ask for a password; a program gives it as one line of standard input. twice: for a new one. Raises HT9001."""
    if sys.stdin.isatty():
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise HuitongError(Code.USAGE, reason="a password is needed: at a terminal, or as a line of standard input")
    return password


async def _development_wallet(client: AsyncClient, signer: str, suite: Suite, kind: str) -> Wallet:
    if kind != "development":
        raise HuitongError(Code.KEY_NOT_FOUND, name=signer)
    organisations = tuple(await client.organisations())
    known = [*identities(suite), *identities(suite, organisations)]
    for person in known:
        if person.id == signer:
            return Wallet.of(person.key_kind, person.secret, suite=suite)
    raise HuitongError(Code.KEY_NOT_FOUND, name=signer)


def default_signer(given: str | None) -> str:
    """Signer of a command that needs one. Raises HT9001 when none is named."""
    if given:
        return given
    raise HuitongError(Code.USAGE, reason="nobody signs: add --as name@organisation or --as KEY, or set HUITONG_AS")
