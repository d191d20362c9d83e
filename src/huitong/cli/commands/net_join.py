"""`huitong net init|invite|join|admit`: a network of organisations on machines of their own."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from huitong.api.client import AsyncClient
from huitong.api.keys import KeyFolder, kind_by_name
from huitong.api.values import to_hex
from huitong.cli.net import invitation
from huitong.cli.net.founding import (
    NodeIdentity,
    Where,
    first_genesis,
    founder,
    fresh_identity,
    home_at,
    write_node,
)
from huitong.cli.net.invitation import InvitationFile, JoinBody, Offer, hex_bytes
from huitong.cli.net.membership import (
    MAX_POWER,
    NETWORK,
    Newcomer,
    admit,
    make_validator,
    members,
    wait_for_signature,
)
from huitong.cli.options import Decorator, json_option, node_option, read_file, signer_option
from huitong.cli.output import Printer
from huitong.cli.session import KEY_FOLDER, ask_password, default_signer, wallet_of, with_client
from huitong.crypto import INTERNATIONAL, SUITES, PrivateKey, header_hash, sha256, suite, suite_by_name
from huitong.crypto.bundle_wire import to_header
from huitong.engine.cometbft.home import PROFILES
from huitong.modules.identity import possession_bytes
from huitong.node.home import write_file
from huitong.types import Code, Genesis, HuitongError
from huitong.types.bundle import decode_signed_header

_HOUR_NS: Final = 3600 * 10**9
_REQUEST_NAME: Final = "request.json"


def where_options() -> Decorator:
    """Ports and addresses of a node."""
    options = (
        click.option("--address", default="", metavar="HOST:PORT", help="Where others dial this node; empty: nowhere."),
        click.option("--host", default="0.0.0.0", show_default=True, help="Address that p2p listens on."),  # noqa: S104 (peers are on other machines, and known by their keys)
        click.option("--p2p-port", type=click.IntRange(1, 65_535), default=26_656, show_default=True),
        click.option("--rpc-port", type=click.IntRange(1, 65_535), default=26_657, show_default=True),
        click.option(
            "--port", type=click.IntRange(1, 65_535), default=9_640, show_default=True, help="Of the gateway."
        ),
        click.option("--profile", type=click.Choice(tuple(PROFILES)), default="far", show_default=True),
    )

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _state_argument() -> Decorator:
    return click.argument("state", type=click.Path(path_type=Path))


@click.command("init")
@_state_argument()
@click.option("--org", "organisation", required=True, help="Name of the founding organisation.")
@click.option("--chain-id", required=True, help="name-1")
@click.option("--suite", "suite_name", type=click.Choice(tuple(SUITES)), default=INTERNATIONAL.name, show_default=True)
@signer_option()
@where_options()
@json_option()
def init(
    state: Path, organisation: str, chain_id: str, suite_name: str, signer: str | None, *, as_json: bool, **place: Any
) -> None:
    """Found a network in the folder STATE: one organisation, its admin's key (--as), its node as a validator."""
    where, home = Where(**place), home_at(state)
    info = KeyFolder(KEY_FOLDER).info(default_signer(signer))
    identity = fresh_identity(home)
    chosen = suite_by_name(suite_name)
    admin = founder(info.name, organisation, kind_by_name(info.kind), hex_bytes(info.public_key))
    genesis = first_genesis(chosen, chain_id, organisation, admin, identity, where)
    home.write_genesis(genesis)
    write_node(home, identity, genesis, home.genesis()[1], where, ())
    found = {"chain_id": chain_id, "state": str(state), "node": identity.node_id.hex(), "admin": info.name}
    printer = Printer(as_json=as_json)
    printer.result(found, lambda: click.echo(f"{chain_id} founded by {info.name}@{organisation} in {state}"))
    printer.line(f"Next: huitong node start --state {state} · huitong net invite ORGANISATION")


@click.command("invite")
@click.argument("organisation")
@click.option("--state", type=click.Path(path_type=Path), required=True, help="Folder of our node, for its genesis.")
@click.option("--role", type=click.Choice(("validator", "node")), default="validator", show_default=True)
@click.option("--hours", type=click.IntRange(1, 24 * 365), default=72, show_default=True, help="How long it is good.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("invitation.json"), show_default=True)
@signer_option()
@node_option()
@json_option()
def invite(
    organisation: str,
    state: Path,
    role: invitation.Role,
    hours: int,
    out: Path,
    signer: str | None,
    node: str | None,
    *,
    as_json: bool,
) -> None:
    """Write a signed invitation for ORGANISATION: genesis, peers, a header to trust."""
    document = home_at(state).genesis()[1]
    expires_ns = time.time_ns() + hours * _HOUR_NS

    async def make(client: AsyncClient) -> InvitationFile:
        wallet = await wallet_of(client, default_signer(signer))
        inviter = await client.member(to_hex(wallet.address))
        header = to_header(decode_signed_header(await client.signed_header()).header)
        nodes = [one for one in await client.view(NETWORK, "nodes") if one["address"]]
        offer = Offer(
            chain_id=header.chain_id,
            genesis_hash=to_hex(sha256(document)),
            organisation=organisation,
            role=role,
            peers=tuple(f"{one['node'].hex()}@{one['address']}" for one in nodes),
            trust_height=header.height,
            trust_hash=to_hex(header_hash(header)),
            expires_ns=str(expires_ns),
            inviter=inviter.id,
            key_kind=int(wallet.key.kind),
            public_key=to_hex(wallet.key.public_key),
        )
        return invitation.invite(offer, document, wallet.key)

    found = with_client(node, make)
    write_file(out, invitation.write(found))
    text = f"{out}: {organisation} may join {found.offer.chain_id} as {role}, invited by {found.offer.inviter}"
    Printer(as_json=as_json).result({"file": str(out), "peers": found.offer.peers}, lambda: click.echo(text))


@click.command("join")
@click.argument("file", type=click.Path(path_type=Path))
@_state_argument()
@click.option("--title", default="", help="Name of the organisation as people read it.")
@signer_option()
@where_options()
@json_option()
def join(file: Path, state: Path, title: str, signer: str | None, *, as_json: bool, **place: Any) -> None:
    """Make a node in the folder STATE from the invitation FILE, and a request for the inviter; keys stay here."""
    found, genesis = invitation.read_invitation(read_file(file, invitation.MAX_FILE_BYTES), time.time_ns())
    name = default_signer(signer)
    folder = KeyFolder(KEY_FOLDER)
    folder.info(name)
    admin = folder.open(name, ask_password(f"Password of {name}"))
    where, home = Where(**place), home_at(state)
    identity = fresh_identity(home)
    write_node(home, identity, genesis, found.genesis, where, found.offer.peers)
    body = _request(found, genesis, name, admin, identity, title, where.address)
    asked = invitation.request(body, admin, identity.gateway, identity.validator)
    path = home.path / _REQUEST_NAME
    write_file(path, invitation.write(asked))
    known = invitation.invited_by(found.offer, genesis)
    answer = {"request": str(path), "inviter": found.offer.inviter, "inviter_in_genesis": known}
    printer = Printer(as_json=as_json)
    printer.result(answer, lambda: click.echo(f"{path}: send it to {found.offer.inviter}"))
    if not known:
        printer.line(f"The inviter is no admin of the genesis. Compare the key with them: {found.offer.public_key}")
    printer.line(f"Then: huitong node start --state {state}")


def _request(
    found: InvitationFile,
    genesis: Genesis,
    name: str,
    admin: PrivateKey,
    identity: NodeIdentity,
    title: str,
    address: str,
) -> JoinBody:
    organisation = found.offer.organisation
    subject = f"{name}@{organisation}".encode()
    signed = admin.sign(possession_bytes(suite(genesis.suite), genesis.chain_id, subject, admin.public_key))
    return JoinBody(
        organisation=organisation,
        title=title or organisation,
        admin_name=name,
        admin_key_kind=int(admin.kind),
        admin_key=to_hex(admin.public_key),
        possession=to_hex(signed),
        node=identity.node_id.hex(),
        address=address,
        gateway_key=to_hex(identity.gateway.public_key),
        validator_key=to_hex(identity.validator.public_key),
        offer=found.offer,
        offer_signature=found.signature,
    )


@click.command("admit")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--validator", is_flag=True, help="Second step, once the node follows the chain: give it voting power.")
@click.option("--power", type=click.IntRange(1, 10**6), default=MAX_POWER, show_default=True)
@signer_option()
@node_option()
@json_option()
def admit_request(
    file: Path, power: int, signer: str | None, node: str | None, *, validator: bool, as_json: bool
) -> None:
    """Let in who sent the request FILE: organisation, node and gateway in one transaction."""
    raw = read_file(file, invitation.MAX_FILE_BYTES)

    async def run(client: AsyncClient) -> dict[str, Any]:
        body = invitation.read_request(raw, (await client.status()).chain_id, time.time_ns())
        await _check_inviter(client, body.offer)
        wallet = await wallet_of(client, default_signer(signer))
        if validator:
            return await _give_power(client, wallet, body, power)
        answer = await admit(client, wallet, newcomer_of(body))
        return {"organisation": body.organisation, "height": answer.height, "tx_id": answer.tx_id}

    found = with_client(node, run)
    text = f"{found['organisation']} is in since block {found['height']}"
    Printer(as_json=as_json).result(found, lambda: click.echo(text))


async def _give_power(client: AsyncClient, wallet: Any, body: JoinBody, power: int) -> dict[str, Any]:
    if body.offer.role != "validator":
        raise HuitongError(Code.REQUEST_INVALID, reason="it was invited as a node, not as a validator")
    key = hex_bytes(body.validator_key)
    given, height = await make_validator(client, wallet, body.organisation, key, power)
    signed = await wait_for_signature(client, key, height)
    return {"organisation": body.organisation, "height": signed, "power": given}


async def _check_inviter(client: AsyncClient, offer: Offer) -> None:
    """The offer was signed with the present key of an active admin of the network. Raises HT6405."""
    inviter = await client.member(offer.inviter)
    admins = (await members(client))["admins"]
    good = inviter.active and inviter.public_key == offer.public_key and inviter.organisation in admins
    if not good or not {"admin", "network-admin"}.intersection(inviter.roles):
        raise HuitongError(Code.REQUEST_INVALID, reason=f"{offer.inviter} is no admin of the network with that key")


def newcomer_of(body: JoinBody) -> Newcomer:
    """What a request brings, as the transaction takes it."""
    admin = (
        body.admin_name,
        ["admin"],
        body.admin_key_kind,
        hex_bytes(body.admin_key),
        b"",
        hex_bytes(body.possession),
    )
    return Newcomer(
        organisation=body.organisation,
        title=body.title,
        admin=admin,
        node=hex_bytes(body.node),
        address=body.address,
        gateway_key=hex_bytes(body.gateway_key),
        validator_key=hex_bytes(body.validator_key),
    )
