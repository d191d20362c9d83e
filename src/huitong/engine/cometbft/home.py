"""The folder of one CometBFT node: its keys, its genesis, its settings, as `cometbft start --home` reads them."""

import base64
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from huitong.crypto import PrivateKey, private_key, sha256, validator_address
from huitong.types import Code, Genesis, HuitongError
from huitong.types.registry import KeyKind

EVIDENCE_BLOCKS: Final = 100_000
EVIDENCE_NS: Final = 48 * 3600 * 10**9
EVIDENCE_BYTES: Final = 256 * 1024
TRUST_PERIOD: Final = "48h"
"""How long a header is trusted that a node joins by: no longer than evidence of misbehaviour is taken."""
DISCOVERY_TIME: Final = "5s"
"""How long snapshots are looked for among the peers, again and again until there is one. CometBFT's least."""
MAX_SOCKET_BYTES: Final = 100
"""Unix sockets have short names: the system's limit is 108 bytes."""


class Profile(msgspec.Struct, frozen=True):
    """Times of consensus for the distance between nodes. The first two are pauses in every message's way.

    near: one machine or data centre, measured: 10 blocks/s instead of 2.6 with CometBFT's own 100 ms pauses.
    """

    flush_throttle: str
    gossip_sleep: str
    timeout_propose: str
    timeout_vote: str
    timeout_commit: str


PROFILES: Final = {
    "near": Profile("10ms", "10ms", "3s", "1s", "20ms"),
    "far": Profile("50ms", "50ms", "5s", "2s", "500ms"),
}


class Place(msgspec.Struct, frozen=True):
    """Where a node listens. host: of p2p; RPC is for this machine alone. peers: "ID@HOST:PORT" of the others."""

    moniker: str
    host: str
    p2p_port: int
    rpc_port: int
    peers: tuple[str, ...]


class StateSync(msgspec.Struct, frozen=True):
    """How a node joins by a snapshot. servers: RPC addresses of two nodes or more, "http://HOST:PORT".

    height, hash: a header that is trusted (its hash, 32 bytes); CometBFT's light client goes from there.
    """

    servers: tuple[str, ...]
    height: int
    hash: bytes


def node_id(secret: bytes) -> str:
    """Name of a node among its peers: the address of its node key."""
    return validator_address(private_key(KeyKind.ED25519, secret).public_key).hex()


def write_home(
    folder: Path,
    genesis: Genesis,
    document: bytes,
    *,
    validator: bytes,
    node: bytes,
    place: Place,
    profile: Profile,
    sync: StateSync | None = None,
) -> None:
    """Write a new home. document: the genesis of the chain as given. validator, node: secrets of 32 bytes.

    sync: begin with a snapshot; None: with the first block.
    """
    config, data = folder / "config", folder / "data"
    config.mkdir(parents=True, exist_ok=True, mode=0o700)
    data.mkdir(exist_ok=True, mode=0o700)
    _write(config / "genesis.json", json.dumps(comet_genesis(genesis, document), indent=1))
    _write(config / "config.toml", settings(place, profile) + (state_sync_settings(sync) if sync else ""))
    _write(config / "node_key.json", json.dumps({"priv_key": _private(private_key(KeyKind.ED25519, node), node)}))
    key = private_key(KeyKind.ED25519, validator)
    keys = {
        "address": validator_address(key.public_key).hex().upper(),
        "pub_key": _public(key.public_key),
        "priv_key": _private(key, validator),
    }
    _write(config / "priv_validator_key.json", json.dumps(keys))
    state = data / "priv_validator_state.json"
    if not state.exists():
        _write(state, json.dumps({"height": "0", "round": 0, "step": 0}))


def comet_genesis(genesis: Genesis, document: bytes) -> dict[str, Any]:
    """CometBFT's genesis for a chain of ours; it names the hash of our document, which InitChain compares."""
    parameters = genesis.parameters
    moment = datetime.fromtimestamp(genesis.genesis_time_ns // 10**9, UTC).replace(tzinfo=None).isoformat()
    return {
        "genesis_time": f"{moment}.{genesis.genesis_time_ns % 10**9:09d}Z",
        "chain_id": genesis.chain_id,
        "initial_height": str(genesis.initial_height),
        "consensus_params": {
            "block": {"max_bytes": str(parameters.max_bytes), "max_gas": str(parameters.max_gas)},
            "evidence": {
                "max_age_num_blocks": str(EVIDENCE_BLOCKS),
                "max_age_duration": str(EVIDENCE_NS),
                "max_bytes": str(EVIDENCE_BYTES),
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": str(genesis.rules_version)},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": validator_address(item.public_key).hex().upper(),
                "pub_key": _public(item.public_key),
                "power": str(item.power),
                "name": "",
            }
            for item in genesis.validators
        ],
        "app_hash": "",
        "app_state": sha256(document).hex(),
    }


def settings(place: Place, profile: Profile) -> str:
    """config.toml: what differs from CometBFT's own defaults, and why is in docs/networks.md."""
    peers = ",".join(place.peers)
    ids = ",".join(peer.partition("@")[0] for peer in place.peers)
    return f"""\
moniker = "{place.moniker}"
abci = "socket"
log_level = "error"
filter_peers = true

[rpc]
laddr = "tcp://127.0.0.1:{place.rpc_port}"
max_body_bytes = 4000000
pprof_laddr = ""

[p2p]
laddr = "tcp://{place.host}:{place.p2p_port}"
persistent_peers = "{peers}"
unconditional_peer_ids = "{ids}"
pex = false
addr_book_strict = false
allow_duplicate_ip = true
flush_throttle_timeout = "{profile.flush_throttle}"
max_packet_msg_payload_size = 65536
send_rate = 200000000
recv_rate = 200000000

[mempool]
type = "flood"
recheck = true
broadcast = true
size = 2000
cache_size = 20000
max_tx_bytes = 1048576

[consensus]
timeout_propose = "{profile.timeout_propose}"
timeout_prevote = "{profile.timeout_vote}"
timeout_precommit = "{profile.timeout_vote}"
timeout_commit = "{profile.timeout_commit}"
create_empty_blocks = false
create_empty_blocks_interval = "10s"
peer_gossip_sleep_duration = "{profile.gossip_sleep}"

[tx_index]
indexer = "null"
"""


def state_sync_settings(sync: StateSync) -> str:
    """Section of config.toml; it has no effect once the node has a block."""
    servers = ",".join(sync.servers if len(sync.servers) > 1 else sync.servers * 2)
    return f"""
[statesync]
enable = true
rpc_servers = "{servers}"
trust_height = {sync.height}
trust_hash = "{sync.hash.hex().upper()}"
trust_period = "{TRUST_PERIOD}"
discovery_time = "{DISCOVERY_TIME}"
chunk_request_timeout = "10s"
"""


def rpc_url(folder: Path) -> str:
    """Address of a node's RPC, from its settings. Raises HT6001."""
    return _setting(folder, "rpc", "laddr").replace("tcp://", "http://", 1)


def own_id(folder: Path) -> str:
    """Node id of a home, from its node key. Raises HT6001."""
    path = folder / "config" / "node_key.json"
    try:
        secret = base64.b64decode(json.loads(path.read_text(encoding="utf-8"))["priv_key"]["value"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{path}: {error}") from None
    return node_id(secret[:32])


def configured_peers(folder: Path) -> tuple[str, ...]:
    """Peers of a home's settings, "ID@HOST:PORT". Raises HT6001."""
    listed = _setting(folder, "p2p", "persistent_peers")
    return tuple(peer for peer in listed.split(",") if peer)


def _setting(folder: Path, section: str, name: str) -> str:
    path = folder / "config" / "config.toml"
    try:
        return str(tomllib.loads(path.read_text(encoding="utf-8"))[section][name])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{path}: {error}") from None


def socket_path(folder: Path, runtime: Path) -> Path:
    """Path of the ABCI socket: in the home, or, when that name is too long, in a folder of its own under `runtime`."""
    usual = folder.resolve() / "abci.sock"
    if len(bytes(usual)) <= MAX_SOCKET_BYTES:
        return usual
    return runtime / f"huitong-{sha256(bytes(usual)).hex()[:16]}" / "abci.sock"


def _public(public_key: bytes) -> dict[str, str]:
    return {"type": "tendermint/PubKeyEd25519", "value": base64.b64encode(public_key).decode()}


def _private(key: PrivateKey, secret: bytes) -> dict[str, str]:
    return {"type": "tendermint/PrivKeyEd25519", "value": base64.b64encode(secret + key.public_key).decode()}


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text + "\n", encoding="utf-8")
