"""How much history a node keeps, as its settings say."""

from pathlib import Path
from typing import Final

from huitong.engine import KeepingSettings
from huitong.store import BlockArchive, ChainStore, HistoryPruner
from huitong.types import Genesis

from .home import Home

_DAY_NS: Final = 24 * 3600 * 10**9


def pruner_of(home: Home, store: ChainStore, genesis: Genesis, keeping: KeepingSettings) -> HistoryPruner:
    """Make what takes old blocks away. An archive folder that is not absolute lies in the node's home."""
    archive = None
    if keeping.archive:
        archive = BlockArchive(store, home.path / Path(keeping.archive), genesis.chain_id, genesis.suite)
    return HistoryPruner(store, genesis.initial_height, keeping.keep_blocks, keeping.keep_days * _DAY_NS, archive)
