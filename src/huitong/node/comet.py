"""The second engine: wiring of a node whose home has a folder for CometBFT."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from huitong.engine import Application, Keeper, KeepingSettings, LocalSettings, Verdicts
from huitong.engine.cometbft import CometEngine, CometProcess, CometSettings
from huitong.engine.cometbft.home import configured_peers, own_id, rpc_url, socket_path
from huitong.engine.ports import Clock, EnvelopeSigner
from huitong.modules.network import registered_node, registered_nodes
from huitong.state import StateView
from huitong.store import ChainStore, SnapshotFolder, SnapshotMaker, SnapshotTaker
from huitong.types.registry import STORE_MAIN

from .home import Home
from .keeping import pruner_of

STALE_NS: Final = 60 * 10**9
"""A state older than this may not know its peers: the node is catching up, and goes by its own settings as well."""


def comet_folder(home: Home) -> Path:
    """Folder of CometBFT in a node's home."""
    return home.path / "cometbft"


def comet_engine(
    home: Home,
    program: Path,
    application: Application,
    document: bytes,
    verdicts: Verdicts,
    *,
    gateway: EnvelopeSigner,
    clock: Clock,
    pool: LocalSettings,
    keeping: KeepingSettings,
    store: ChainStore,
) -> CometEngine:
    """Make the engine of a home; it starts CometBFT as its child. Raises HT6001.

    pool: bounds of waiting transactions. store: that of the application.
    """
    genesis, suite = application.genesis, application.kernel.suite
    shelf = SnapshotFolder(home.snapshots, keeping.snapshots)
    maker = SnapshotMaker(store, shelf, genesis.chain_id, genesis.suite)
    folder = comet_folder(home)
    settings = CometSettings(
        socket_path(folder, Path(tempfile.gettempdir())),
        rpc_url(folder),
        max_waiting=pool.max_waiting,
        max_waiting_bytes=pool.max_waiting_bytes,
    )
    peers = peers_to_dial(folder, store.live(STORE_MAIN))
    identities = ",".join(peer.partition("@")[0] for peer in peers)
    options = ("--p2p.persistent_peers", ",".join(peers), "--p2p.unconditional_peer_ids", identities)
    return CometEngine(
        application,
        document,
        verdicts,
        gateway=gateway,
        clock=clock,
        settings=settings,
        knows_peer=peer_filter(folder, store, clock),
        keeper=Keeper(store, maker, keeping.snapshot_interval, pruner_of(home, store, application.genesis, keeping)),
        shelf=shelf,
        taker=SnapshotTaker(store, shelf, genesis.chain_id, suite),
        companion=CometProcess(program, folder, home.path / "cometbft.log", options),
    )


def peers_to_dial(folder: Path, view: StateView) -> tuple[str, ...]:
    """Peers of the settings, and every registered node that says where it is; "ID@HOST:PORT". Raises HT6001."""
    peers = dict(peer.partition("@")[::2] for peer in configured_peers(folder))
    peers |= {node.node_id.hex(): node.address for node in registered_nodes(view) if node.address}
    peers.pop(own_id(folder), None)
    return tuple(f"{identity}@{address}" for identity, address in sorted(peers.items()))


def peer_filter(folder: Path, store: ChainStore, clock: Clock) -> Callable[[StateView, str], bool]:
    """Return the rule of who may connect: the nodes of the registry; while catching up also those of the settings."""
    configured = {peer.partition("@")[0] for peer in configured_peers(folder)}

    def knows(view: StateView, node: str) -> bool:
        try:
            identity = bytes.fromhex(node)
        except ValueError:
            return False
        if registered_node(view, identity) is not None:
            return True
        newest = store.header(store.snapshot().height)
        stale = newest is None or clock.now_ns() - newest[0].time_ns > STALE_NS
        return stale and node.lower() in configured

    return knows
