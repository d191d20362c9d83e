"""The network of a node that CometBFT orders: peers, blocks that come or do not. Asks its own CometBFT alone."""

import time
import tomllib
from collections.abc import Iterator
from typing import Any, Final

import httpx
import msgspec

from huitong.engine.cometbft.home import rpc_url
from huitong.engine.cometbft.rpc import read_time
from huitong.node import Home
from huitong.node.comet import comet_folder
from huitong.types import HuitongError

from .finding import Finding

STALE_S: Final = 45.0
"""A chain makes an empty block at least every ten seconds; several failed rounds may lie between two."""
_ANSWER_S: Final = 2.0
_LOGS: Final = "huitong net logs ORGANISATION --cometbft, or cometbft.log in the node's folder"


class Sight(msgspec.Struct, frozen=True):
    """What CometBFT says. expected: peers of its settings. age_s: of the newest block, by this machine's clock."""

    height: int
    age_s: float
    catching_up: bool
    peers: int
    expected: int
    version: str


def network(home: Home, *, running: bool) -> Iterator[Finding]:
    """Look at the network of a folder that has one. running: whether its node answers."""
    folder = comet_folder(home)
    if not (folder / "config" / "config.toml").exists():
        return
    try:
        sight = _look(rpc_url(folder), _expected(home))
    except HuitongError as error:
        yield Finding.fault("network", str(error), "take config.toml from a backup, or join the network again")
        return
    if sight is None:
        if running:
            yield Finding.fault("network", "the node's CometBFT does not answer", _LOGS)
        return
    yield from judge_network(sight)


def judge_network(sight: Sight) -> Iterator[Finding]:
    """Say how the network looks from here."""
    connected = f"{sight.peers} of {sight.expected} peers connected"
    members = "huitong net members; are their addresses and ports open, and is this node in the registry?"
    if sight.expected and not sight.peers:
        yield Finding.fault("peers", connected, members)
    elif sight.peers < sight.expected:
        yield Finding.warning("peers", connected, members)
    else:
        yield Finding.good("peers", connected)
    blocks = f"height {sight.height}, newest block {sight.age_s:.0f} s old"
    if sight.catching_up:
        yield Finding.warning("blocks", f"{blocks}: it still catches up", "wait until huitong status says ready")
    elif sight.age_s > STALE_S:
        todo = "huitong net status: are more than two thirds of the voting power there, and all clocks right?"
        yield Finding.fault("blocks", f"{blocks}: the chain stands still", todo)
    else:
        yield Finding.good("blocks", f"{blocks}, CometBFT {sight.version}")


def _expected(home: Home) -> int:
    path = comet_folder(home) / "config" / "config.toml"
    peers = tomllib.loads(path.read_text(encoding="utf-8")).get("p2p", {}).get("persistent_peers", "")
    return len([peer for peer in str(peers).split(",") if peer.strip()])


def _look(url: str, expected: int) -> Sight | None:
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=_ANSWER_S) as client:
            status, info = _asked(client, "/status"), _asked(client, "/net_info")
        sync = status["sync_info"]
        return Sight(
            height=int(sync["latest_block_height"]),
            age_s=max(0.0, (time.time_ns() - read_time(sync["latest_block_time"])) / 1e9),
            catching_up=bool(sync["catching_up"]),
            peers=int(info["n_peers"]),
            expected=expected,
            version=str(status["node_info"]["version"]),
        )
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError, KeyError, TypeError, ValueError):
        return None


def _asked(client: httpx.Client, method: str) -> dict[str, Any]:
    result: dict[str, Any] = msgspec.json.decode(client.get(method).content)["result"]
    return result
