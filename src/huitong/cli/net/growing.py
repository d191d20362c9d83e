"""One more organisation on this machine, or one less."""

import secrets
import shutil
from pathlib import Path

import msgspec

from huitong.crypto import Suite, suite_by_name
from huitong.engine.cometbft.home import PROFILES, Place, StateSync, node_id, own_id, write_home
from huitong.modules.identity import possession_bytes
from huitong.node import Home, Identity, identities
from huitong.node.comet import comet_folder
from huitong.node.home import node_key, write_file
from huitong.types import Code, HuitongError

from .certificates import kept_authority, write_certificates
from .membership import Newcomer
from .plan import LOOPBACK, PORTS_EACH, Participant, Plan, free_ports, home_of, plan_file


def grown(plan: Plan, organisation: str) -> Participant:
    """Choose ports for one more organisation. Raises HT6001 for a name that is taken, HT6002."""
    if any(one.organisation == organisation for one in plan.participants):
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{organisation} has a node in this network already")
    first = free_ports(max(one.gateway_port for one in plan.participants) + PORTS_EACH, 1)
    tls = any(one.tls for one in plan.participants)
    return Participant(organisation, organisation, first, first + 1, first + 2, tls)


def make_home(folder: Path, plan: Plan, participant: Participant, sync: StateSync | None = None) -> Newcomer:
    """Make the home of an organisation that joins: its own keys, the genesis of the others, all of them as peers.

    sync: begin with a snapshot of the others. Raises HT6001 when there is a folder of that name.
    """
    home, pattern = home_of(folder, participant), home_of(folder, plan.participants[0])
    if home.path.exists():
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{home.path} exists; keys of a removed node are not reused")
    keys, secret = home.make_keys(), secrets.token_bytes(32)
    genesis, document = pattern.genesis()
    write_file(home.genesis_file, document)
    if participant.tls:
        write_certificates(home, participant.organisation, LOOPBACK, kept_authority(folder))
    peers = tuple(
        f"{own_id(comet_folder(home_of(folder, one)))}@{LOOPBACK}:{one.p2p_port}" for one in plan.participants
    )
    write_home(
        comet_folder(home),
        genesis,
        document,
        validator=bytes.fromhex(keys.validator),
        node=secret,
        place=Place(participant.organisation, LOOPBACK, participant.p2p_port, participant.rpc_port, peers),
        profile=PROFILES[plan.profile],
        sync=sync,
    )
    suite = suite_by_name(plan.suite)
    admin = identities(suite, (participant.organisation,))[0]
    return Newcomer(
        organisation=participant.organisation,
        title=participant.organisation,
        admin=admin_arguments(suite, plan.chain_id, admin),
        node=bytes.fromhex(node_id(secret)),
        address=f"{LOOPBACK}:{participant.p2p_port}",
        gateway_key=node_key(keys.gateway).public_key,
        validator_key=node_key(keys.validator).public_key,
    )


def admin_arguments(suite: Suite, chain_id: str, admin: Identity) -> tuple[object, ...]:
    """Arguments of `add_member` for an identity of a development chain, with its proof of possession."""
    from huitong.crypto import private_key

    key = private_key(admin.key_kind, admin.secret)
    signed = key.sign(possession_bytes(suite, chain_id, admin.id.encode(), key.public_key))
    return (admin.name, list(admin.roles), int(key.kind), key.public_key, b"", signed)


def with_participant(folder: Path, plan: Plan, participant: Participant) -> Plan:
    """Write and return the plan with one more organisation."""
    return _written(folder, msgspec.structs.replace(plan, participants=(*plan.participants, participant)))


def without_participant(folder: Path, plan: Plan, participant: Participant, *, delete: bool) -> Plan:
    """Write and return the plan without an organisation; its folder is set aside, or deleted."""
    home = home_of(folder, participant)
    left = tuple(one for one in plan.participants if one != participant)
    after = _written(folder, msgspec.structs.replace(plan, participants=left))
    if delete:
        shutil.rmtree(home.path)
    else:
        home.path.rename(_aside(home))
    return after


def _aside(home: Home) -> Path:
    number = 1
    while (found := home.path.with_name(f"{home.path.name}-removed-{number}")).exists():
        number += 1
    return found


def _written(folder: Path, plan: Plan) -> Plan:
    write_file(plan_file(folder), msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
    return plan
