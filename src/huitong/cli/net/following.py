"""Nodes that follow a network without a vote: from a snapshot of the others, or from the first block."""

from pathlib import Path
from typing import Final

from huitong.api.client import AsyncClient
from huitong.crypto import header_hash
from huitong.crypto.bundle_wire import to_header
from huitong.engine.cometbft.home import StateSync
from huitong.engine.keeping import OFFERED_BELOW
from huitong.store import SnapshotFolder
from huitong.types import Code, HuitongError
from huitong.types.bundle import decode_signed_header

from .plan import LOOPBACK, Plan, home_of

SERVERS: Final = 2
"""RPC addresses that CometBFT's light client compares: one that lies is found out by the other."""


async def state_sync(client: AsyncClient, folder: Path, plan: Plan) -> StateSync:
    """Trust the newest header of a gateway of this machine. Raises HT6001 while no node offers a snapshot."""
    newest = (await client.status()).height
    offered = [
        item.metadata.height
        for one in plan.participants
        for item in SnapshotFolder.look(home_of(folder, one).snapshots)
        if item.metadata.height + OFFERED_BELOW <= newest
    ]
    if not offered:
        reason = "no node offers a snapshot yet (they are made at heights divisible by history.snapshot_interval)"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{reason}; join by --sync blocks")
    header = to_header(decode_signed_header(await client.signed_header(newest)).header)
    servers = tuple(f"http://{LOOPBACK}:{one.rpc_port}" for one in plan.participants[:SERVERS])
    return StateSync(servers, newest, header_hash(header))
