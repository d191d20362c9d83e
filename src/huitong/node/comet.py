"""The second engine: wiring of a node whose home has a folder for CometBFT."""

import tempfile
from pathlib import Path

from huitong.engine import Application, LocalSettings, Verdicts
from huitong.engine.cometbft import CometEngine, CometProcess, CometSettings
from huitong.engine.cometbft.home import rpc_url, socket_path
from huitong.engine.ports import Clock, EnvelopeSigner

from .home import Home


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
) -> CometEngine:
    """Make the engine of a home; it starts CometBFT as its child. Raises HT6001.

    pool: bounds of waiting transactions.
    """
    folder = comet_folder(home)
    settings = CometSettings(
        socket_path(folder, Path(tempfile.gettempdir())),
        rpc_url(folder),
        max_waiting=pool.max_waiting,
        max_waiting_bytes=pool.max_waiting_bytes,
    )
    return CometEngine(
        application,
        document,
        verdicts,
        gateway=gateway,
        clock=clock,
        settings=settings,
        companion=CometProcess(program, folder, home.path / "cometbft.log"),
    )
