"""The node of a folder, its port and its clock. Asks loopback addresses only."""

import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from huitong import __version__
from huitong.api import ChainStatus
from huitong.api.client.chain import STATUS
from huitong.api.client.tls import client_context
from huitong.cli.net.certificates import client_folder
from huitong.cli.options import tls_folder
from huitong.node import Home
from huitong.node.sections import DEFAULT_PORT

from .finding import Finding

AHEAD_S: Final = 2.0
_ANSWER_SECONDS: Final = 2.0
_LOOPBACK: Final = "127.0.0.1"
_LOCAL: Final = (_LOOPBACK, "localhost", "::1")


def chain(home: Home, genesis_time_ns: int, port: int = DEFAULT_PORT) -> Iterator[Finding]:
    """Look at the node of the folder, the port and the clock. genesis_time_ns: of the chain here, 0 when there is none.

    ready.json is removed by a node that stops; one that is here without an answer is of a node that died.
    """
    ready = home.ready()
    url = ready.url if ready else ""
    status = None
    if url and urlsplit(url).hostname in _LOCAL:
        status = ask(url, _tls_of(home))
        yield _node(home, url, status)
    elif url:
        yield Finding.warning(
            "node", f"{url} is not on the loopback address and was not asked", f"huitong status --node {url}"
        )
    else:
        yield Finding.good("node", f"none runs in {home.path}")
    yield _port(port, url)
    yield judge_clock(time.time_ns(), genesis_time_ns, status)


def ask(url: str, tls: Path | None = None) -> ChainStatus | None:
    """Return a node's status, None when nothing of ours answers in time. tls: folder of certificates."""
    try:
        with httpx.Client(trust_env=False, timeout=_ANSWER_SECONDS, verify=_verified(tls)) as client:
            answer = client.get(url.rstrip("/") + STATUS)
            return msgspec.json.decode(answer.content, type=ChainStatus)
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError):
        return None


def _verified(tls: Path | None) -> ssl.SSLContext | bool:
    return True if tls is None else client_context(tls)


def _tls_of(home: Home) -> Path | None:
    """Certificates that `huitong net` made for clients of this node, else those that the user named."""
    made = client_folder(home)
    return made if made.is_dir() else tls_folder()


def _node(home: Home, url: str, status: ChainStatus | None) -> Finding:
    if status is None:
        found = f"{home.ready_file} names {url}, but no node answers there: it died, or hangs"
        return Finding.fault("node", found, f"huitong dev --state {home.path} (a network: huitong net status)")
    return judge_node(url, status)


def judge_node(url: str, status: ChainStatus) -> Finding:
    """Say how a node that answers stands."""
    text = f"{status.chain_id} at {url}, height {status.height}"
    if status.reason == "stopping":
        return Finding.warning("node", f"{text}: it is stopping", "huitong dev goes on with it")
    if not status.ready:
        code = re.search(r"HT\d{4}", status.reason)
        todo = f"huitong explain {code.group() if code else 'HT6005'}, then restart the node"
        return Finding.fault("node", f"{text}: the engine has halted: {status.reason}", todo)
    if status.stalled:
        found = f"{text}: the node is up, its consensus is not: {status.stalled}"
        return Finding.fault("node", found, "huitong net logs ORGANISATION --cometbft, or cometbft.log in its folder")
    version = status.versions.get("huitong", "")
    if version != __version__:
        found = f"{text}: it runs version {version}, this program is {__version__}"
        return Finding.warning("node", found, "stop the node and start it again")
    return Finding.good("node", f"{text}, {status.waiting} transactions wait")


def _port(port: int, url: str) -> Finding:
    """Say who has the port that a node takes unless told otherwise."""
    topic = f"port {port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_LOOPBACK, port))
        except PermissionError as error:
            return Finding.fault(topic, f"it may not be used: {error.strerror}", "huitong dev --port 9641")
        except OSError:
            pass
        else:
            return Finding.good(topic, "free")
    status = ask(f"http://{_LOOPBACK}:{port}")
    if status is None:
        todo = f"huitong dev --port {port + 1}; who it is: ss -ltnp 'sport = :{port}'"
        return Finding.warning(topic, "another program has it", todo)
    if urlsplit(url).port == port:
        return Finding.good(topic, "the node of this folder")
    return Finding.good(topic, f"a node of another folder: {status.chain_id}, height {status.height}")


def judge_clock(now_ns: int, genesis_time_ns: int, status: ChainStatus | None) -> Finding:
    """Say whether this machine's clock lags behind the chain, whose blocks never run backwards."""
    newest = genesis_time_ns if status is None else max(int(status.time_ns), int(status.clock_ns))
    ahead = (newest - now_ns) / 1e9
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_ns / 1e9))
    if ahead > AHEAD_S:
        todo = "set the clock: timedatectl set-ntp true; check: timedatectl status"
        return Finding.fault("clock", f"{text} is {ahead:,.0f} s behind the chain's time", todo)
    return Finding.good("clock", f"{text}, not behind the chain's time" if newest else text)
