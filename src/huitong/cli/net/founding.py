"""The home of a node on a machine of its own: keys that never leave it, genesis, settings."""

import secrets
import time
from pathlib import Path

import msgspec

from huitong.crypto import PrivateKey, Suite
from huitong.engine.cometbft.home import PROFILES, Place, node_id, write_home
from huitong.engine.cometbft.program import build_program, find_program
from huitong.node import Home
from huitong.node.comet import comet_folder
from huitong.node.development import EVM_CHAIN_ID, QUOTA_BYTES, QUOTA_GAS
from huitong.node.home import node_key, write_file
from huitong.types import (
    DEFAULT_PARAMETERS,
    Code,
    EngineVersion,
    Gateway,
    Genesis,
    GenesisValidator,
    HuitongError,
    Member,
    NetworkNode,
    Organisation,
)
from huitong.types.registry import PROTOCOL_VERSION, KeyKind
from huitong.vm.python.engine import PythonEngine

from .membership import MAX_POWER
from .processes import node_settings


class Where(msgspec.Struct, frozen=True):
    """Where a node listens. host: of p2p, as the machine knows it. address: "HOST:PORT" that others dial, or empty.

    port: of the gateway, on the loopback address unless node.toml says otherwise. rpc_port: of CometBFT, loopback.
    """

    host: str
    p2p_port: int
    rpc_port: int
    port: int
    address: str
    profile: str


class NodeIdentity(msgspec.Struct, frozen=True):
    """Keys of a fresh node. node_secret: of its CometBFT's node key."""

    gateway: PrivateKey
    validator: PrivateKey
    validator_secret: bytes
    node_secret: bytes

    @property
    def node_id(self) -> bytes:
        """Its name among peers, 20 bytes."""
        return bytes.fromhex(node_id(self.node_secret))


def fresh_identity(home: Home) -> NodeIdentity:
    """Make the keys of a node in an empty folder. Raises HT6001 when a chain is there already, HT6201, HT6203."""
    if home.exists:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{home.path} holds a chain already; take another folder")
    keys = home.make_keys()
    secret = bytes.fromhex(keys.validator)
    return NodeIdentity(node_key(keys.gateway), node_key(keys.validator), secret, secrets.token_bytes(32))


def write_node(
    home: Home, identity: NodeIdentity, genesis: Genesis, document: bytes, where: Where, peers: tuple[str, ...]
) -> None:
    """Write genesis, CometBFT's folder and node.toml. document: the genesis as all have it."""
    program = find_program() or build_program()
    write_file(home.genesis_file, document)
    write_home(
        comet_folder(home),
        genesis,
        document,
        validator=identity.validator_secret,
        node=identity.node_secret,
        place=Place(home.path.name, where.host, where.p2p_port, where.rpc_port, peers),
        profile=PROFILES[where.profile],
    )
    write_file(home.settings_file, node_settings(where.port, program))


def home_at(state: Path) -> Home:
    """Home of a folder by its whole path."""
    return Home(state.resolve())


def founder(name: str, organisation: str, kind: int, public_key: bytes) -> Member:
    """Record of the first admin, who may also deploy contracts."""
    keys = (kind, public_key, 0, b"", b"", "")
    return Member(PROTOCOL_VERSION, name, organisation, ("admin", "developer"), *keys, active=True)


def first_genesis(
    chosen: Suite, chain_id: str, organisation: str, admin: Member, identity: NodeIdentity, where: Where
) -> Genesis:
    """Genesis of a network of one organisation, which others join."""
    gateway = (KeyKind.ED25519, identity.gateway.public_key, QUOTA_GAS, QUOTA_BYTES)
    return Genesis(
        version=PROTOCOL_VERSION,
        chain_id=chain_id,
        kind="production",
        suite=chosen.id,
        genesis_time_ns=time.time_ns(),
        initial_height=1,
        rules_version=1,
        evm_chain_id=EVM_CHAIN_ID,
        public_reads=True,
        engines=(EngineVersion(PythonEngine.name, PythonEngine.version),),
        parameters=DEFAULT_PARAMETERS,
        organisations=(Organisation(PROTOCOL_VERSION, organisation, organisation),),
        members=(admin,),
        gateways=(Gateway(PROTOCOL_VERSION, organisation, *gateway, active=True),),
        validators=(GenesisValidator(identity.validator.public_key, MAX_POWER, organisation),),
        nodes=(NetworkNode(PROTOCOL_VERSION, organisation, identity.node_id, where.address),),
        network_admins=(organisation,),
    )
