"""The plan of a network on one machine: organisations, their homes and ports; and the making of those homes."""

import secrets
import socket
import time
from pathlib import Path
from typing import Final

import click
import msgspec

from huitong.cli.options import Decorator
from huitong.crypto import Suite
from huitong.engine.cometbft.home import PROFILES, Place, node_id, write_home
from huitong.node import Home, Identity, development_genesis, identities
from huitong.node.comet import comet_folder
from huitong.node.home import node_key, write_file
from huitong.types import Code, EngineVersion, Gateway, Genesis, GenesisValidator, HuitongError, NetworkNode
from huitong.vm.python.engine import PythonEngine

from .certificates import client_folder, keep_authority, make_authority, write_certificates

CHAIN_ID: Final = "huitong-net-1"
FIRST_PORT: Final = 9650
PORTS_EACH: Final = 10
"""Gateway, p2p and RPC of an organisation are the first three of its ten."""
HIGHEST_PORT: Final = 32_000
"""Above it the system hands out ports to outgoing connections."""
POWER: Final = 10
LOOPBACK: Final = "127.0.0.1"
DEFAULT_FOLDER: Final = Path(".huitong/net")
STORY: Final = ("hospital-a", "hospital-b", "insurer", "regulator")
OTHERS: Final = ("hospital-c", "laboratory", "pharmacy", "university", "registry", "clinic")
ORGANISATIONS: Final = STORY + OTHERS


class Participant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One organisation's node. home: folder within the network's. Ports on the loopback. tls: of its gateway."""

    organisation: str
    home: str
    gateway_port: int
    p2p_port: int
    rpc_port: int
    tls: bool = False

    @property
    def url(self) -> str:
        """Address of its gateway."""
        return f"{'https' if self.tls else 'http'}://{LOOPBACK}:{self.gateway_port}"


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A network on this machine."""

    version: int
    chain_id: str
    suite: str
    profile: str
    participants: tuple[Participant, ...]

    def participant(self, organisation: str) -> Participant:
        """Return an organisation's part. Raises HT8005."""
        for one in self.participants:
            if one.organisation == organisation:
                return one
        raise HuitongError(Code.NOT_FOUND, what="organisation", name=organisation[:64])


def plan_file(folder: Path) -> Path:
    """File of the plan."""
    return folder / "network.json"


def read_plan(folder: Path) -> Plan | None:
    """Return the plan of a network, None when there is none. Raises HT6001."""
    path = plan_file(folder)
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except (OSError, msgspec.DecodeError) as error:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{path}: {error}") from None


def known_plan(folder: Path) -> Plan:
    """Return the plan of a network. Raises HT6001 when there is none."""
    plan = read_plan(folder)
    if plan is None:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"there is no network in {folder}; make one: huitong net up")
    return plan


def folder_option() -> Decorator:
    """--state DIR."""
    return click.option(
        "--state", type=click.Path(path_type=Path), default=DEFAULT_FOLDER, show_default=True, help="Folder."
    )


def home_of(folder: Path, participant: Participant) -> Home:
    """Home of an organisation's node."""
    return Home((folder / participant.home).resolve())


def client_tls(folder: Path, participant: Participant) -> Path | None:
    """Folder of certificates for clients of an organisation's gateway; None when it has no TLS."""
    return client_folder(home_of(folder, participant)) if participant.tls else None


def make_network(
    folder: Path,
    count: int,
    suite: Suite,
    profile: str,
    first_port: int,
    *,
    more: tuple[Identity, ...] = (),
    age_s: int = 0,
    tls: bool = False,
    addresses: bool = True,
) -> Plan:
    """Make the homes of a new network: keys, one genesis for all, and CometBFT's folders. Raises HT6002, HT6201.

    more: further members of the organisations. age_s: how long ago its genesis is said to be.
    tls: gateways take only clients with a certificate.
    addresses: whether the registry of nodes says where each is, beside CometBFT's settings.
    """
    people = _people(count, suite) + more
    names = tuple(dict.fromkeys(person.organisation for person in people))
    first = free_ports(first_port, count)
    plan = Plan(1, CHAIN_ID, suite.name, profile, participants_of(names, first, tls=tls))
    node_secrets = {name: secrets.token_bytes(32) for name in names}
    now = time.time_ns() - age_s * 10**9
    genesis = _genesis(folder, plan, suite, people, network_nodes(plan, node_secrets, addresses=addresses), now)
    return write_homes(folder, plan, genesis, node_secrets)


def write_homes(folder: Path, plan: Plan, genesis: Genesis, node_secrets: dict[str, bytes]) -> Plan:
    """Write genesis, certificates and CometBFT's folder into each home, and the plan. node_secrets: by organisation."""
    participants = plan.participants
    authority = make_authority(plan.chain_id) if participants[0].tls else None
    if authority is not None:
        keep_authority(folder, authority)
    for participant in participants:
        home = home_of(folder, participant)
        home.write_genesis(genesis)
        if authority is not None:
            write_certificates(home, participant.organisation, LOOPBACK, authority)
        peers = tuple(
            f"{node_id(node_secrets[other.organisation])}@{LOOPBACK}:{other.p2p_port}"
            for other in participants
            if other != participant
        )
        write_home(
            comet_folder(home),
            genesis,
            home.genesis()[1],
            validator=bytes.fromhex(home.keys().validator),
            node=node_secrets[participant.organisation],
            place=Place(participant.organisation, LOOPBACK, participant.p2p_port, participant.rpc_port, peers),
            profile=PROFILES[plan.profile],
        )
    write_file(plan_file(folder), msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n")
    return plan


def participants_of(names: tuple[str, ...], first_port: int, *, tls: bool) -> tuple[Participant, ...]:
    """Organisations with their ports."""
    return tuple(
        Participant(name, name, port, port + 1, port + 2, tls)
        for name, port in zip(names, range(first_port, HIGHEST_PORT, PORTS_EACH), strict=False)
    )


def network_nodes(plan: Plan, node_secrets: dict[str, bytes], *, addresses: bool = True) -> tuple[NetworkNode, ...]:
    """Nodes of the registry. node_secrets: by organisation. addresses: whether it says where each is."""
    return tuple(
        NetworkNode(
            *(1, one.organisation, bytes.fromhex(node_id(node_secrets[one.organisation]))),
            f"{LOOPBACK}:{one.p2p_port}" if addresses else "",
        )
        for one in plan.participants
    )


def network_keys(
    folder: Path, plan: Plan, pattern: Gateway
) -> tuple[tuple[Gateway, ...], tuple[GenesisValidator, ...]]:
    """Make the nodes' keys; return gateways (quotas as in the pattern) and validators."""
    keys = [home_of(folder, one).make_keys() for one in plan.participants]
    gateways = tuple(
        msgspec.structs.replace(
            pattern, organisation=one.organisation, public_key=node_key(pair.gateway).public_key, active=True
        )
        for one, pair in zip(plan.participants, keys, strict=True)
    )
    validators = tuple(
        GenesisValidator(node_key(pair.validator).public_key, POWER, one.organisation)
        for one, pair in zip(plan.participants, keys, strict=True)
    )
    return gateways, validators


def _people(count: int, suite: Suite) -> tuple[Identity, ...]:
    """The four organisations of the demonstration with their people, or the first of them, or others beside them."""
    if count < len(STORY):
        return tuple(person for person in identities(suite) if person.organisation in STORY[:count])
    others = OTHERS[: count - len(STORY)]
    return identities(suite) + (identities(suite, others) if others else ())


def _genesis(
    folder: Path,
    plan: Plan,
    suite: Suite,
    people: tuple[Identity, ...],
    nodes: tuple[NetworkNode, ...],
    time_ns: int,
) -> Genesis:
    keys = [home_of(folder, one).make_keys() for one in plan.participants]
    genesis = development_genesis(
        suite,
        chain_id=plan.chain_id,
        genesis_time_ns=time_ns,
        people=people,
        gateway_key=node_key(keys[0].gateway).public_key,
        validator_key=node_key(keys[0].validator).public_key,
        engines=(EngineVersion(PythonEngine.name, PythonEngine.version),),
    )
    gateways, validators = network_keys(folder, plan, genesis.gateways[0])
    return msgspec.structs.replace(genesis, gateways=gateways, validators=validators, nodes=nodes)


def free_ports(first: int, count: int) -> int:
    """Return the first port of a row in which all that we need are free. Raises HT6002."""
    needed = [PORTS_EACH * number + place for number in range(count) for place in range(3)]
    candidate = first
    while candidate + needed[-1] < HIGHEST_PORT:
        if all(_free(candidate + offset) for offset in needed):
            return candidate
        candidate += PORTS_EACH * count
    raise HuitongError(Code.PORT_TAKEN, host=LOOPBACK, first=first, last=HIGHEST_PORT, port=first)


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
