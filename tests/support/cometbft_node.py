"""A real CometBFT (v0.38.25, its own kvstore application): built once per machine, one node in a temporary home.

`python tests/support/cometbft_node.py FILE` records what a fresh node says about its first blocks.
"""

import base64
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path

import httpx
import pytest

from huitong.engine.cometbft.program import VERSION, build_program, find_program

SETTINGS = {
    "timeout_propose": '"200ms"',
    "timeout_commit": '"20ms"',
    "timeout_prevote": '"100ms"',
    "timeout_precommit": '"100ms"',
    "pprof_laddr": '""',
    "indexer": '"null"',
}
OFFLINE_KEY = bytes(range(32))
"""Key of a second validator that is never there: absent in each commit, and its turns to propose end in round 1."""


def binary():
    """Path of the program, as `huitong net` finds or builds it."""
    found = find_program()
    if found is None and shutil.which("go") is None:
        pytest.skip("Go is missing: install Go 1.22 or later to compare with a real CometBFT")
    return found or build_program()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """One running node. `rpc` answers as its JSON RPC does."""

    def __init__(self, program, home):
        self.home = home
        self.url = f"http://127.0.0.1:{free_port()}"
        subprocess.run([program, "init", "--home", home], check=True, capture_output=True)
        self._configure()
        command = [program, "start", "--home", home, "--proxy_app", "kvstore"]
        laddrs = ["--rpc.laddr", self.url.replace("http", "tcp"), "--p2p.laddr", f"tcp://127.0.0.1:{free_port()}"]
        self.process = subprocess.Popen(
            [*command, *laddrs], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )
        self.log = []
        self.ready = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def _configure(self):
        path = self.home / "config" / "config.toml"
        text = path.read_text()
        for name, value in SETTINGS.items():
            text, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
            assert count == 1, name
        path.write_text(text)
        genesis_path = self.home / "config" / "genesis.json"
        genesis = json.loads(genesis_path.read_text())
        public_key = base64.b64encode(OFFLINE_KEY).decode()
        offline = {
            "pub_key": {"type": "tendermint/PubKeyEd25519", "value": public_key},
            "power": "1",
            "name": "offline",
        }
        genesis["validators"].append(offline)
        genesis_path.write_text(json.dumps(genesis))

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line)
            if "finalizing commit of block" in line or "executed block" in line:
                self.ready.set()
        self.ready.set()

    def wait_until_ready(self):
        assert self.ready.wait(60), "no block within 60 s"
        assert self.process.poll() is None, "".join(self.log[-20:])

    def rpc(self, method, **params):
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        answer = self.client.post("/", json=question).json()
        assert "error" not in answer, answer
        return answer["result"]

    def commit_transactions(self, *transactions):
        """Send transactions and wait until the last is in a block; that height."""
        for raw in transactions[:-1]:
            self.rpc("broadcast_tx_async", tx=base64.b64encode(raw).decode())
        answer = self.rpc("broadcast_tx_commit", tx=base64.b64encode(transactions[-1]).decode())
        assert answer["tx_result"].get("code", 0) == 0, answer
        return int(answer["height"])

    def describe(self, height):
        """All that the node says about one height."""
        methods = ("block", "commit", "validators", "block_results", "consensus_params")
        return {method: self.rpc(method, height=str(height)) for method in methods}

    def run_some_blocks(self):
        """Make blocks with none, one and several transactions, and some by the turn of the absent validator."""
        for number in range(4):
            self.commit_transactions(*(b"key%d=%d" % (index, number) for index in range(number * 2 + 1)))
        for number in count():
            height = self.commit_transactions(b"height=%d" % number)
            if self.rpc("commit", height=str(height - 1))["signed_header"]["commit"]["round"]:
                break
        return height

    def close(self):
        self.client.close()
        self.process.terminate()
        self.process.wait(30)
        self.reader.join()
        self.process.stdout.close()


def main(path):
    """Record the heights up to one that was decided in round 1."""
    with tempfile.TemporaryDirectory() as home:
        node = Node(binary(), Path(home))
        try:
            node.wait_until_ready()
            last = node.run_some_blocks()
            recorded = [node.describe(height) for height in range(1, last + 1)]
        finally:
            node.close()
    Path(path).write_text(json.dumps({"program": f"CometBFT {VERSION}, kvstore", "heights": recorded}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
