"""Networks of `huitong net` with the real CometBFT, as a user runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cometbft_node
import httpx
from program import Done, run


class Network:
    """A network on this machine. Numbers are those of its organisations, from 0."""

    def __init__(self, folder: Path, organisations: int, port: int, *options: str) -> None:
        self.folder = folder
        self.options = options
        self.organisations = organisations
        self.port = port
        self.ready: dict[str, Any] = {}

    def net(self, *arguments: str) -> Done:
        done = run(self.folder, "net", *arguments)
        assert done.status == 0, (done.out, done.err, self.logs())
        return done

    def up(self) -> None:
        self.ready = self.net(
            "up", "--orgs", str(self.organisations), "--port", str(self.port), *self.options, "--json"
        ).document

    def down(self) -> None:
        self.net("down")

    def status(self) -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = self.net("status", "--json").document["nodes"]
        return nodes

    def url(self, number: int) -> str:
        return str(self.ready["nodes"][number]["url"])

    def home(self, number: int) -> Path:
        return self.folder / ".huitong" / "net" / str(self.ready["nodes"][number]["organisation"])

    def huitong(self, number: int, *arguments: str, signer: str = "alice@hospital-a") -> Done:
        """Run a command against one organisation's gateway."""
        return run(self.folder, *arguments, node=self.url(number), signer=signer)

    def committed(self, number: int, *arguments: str, **options: str) -> Any:
        done = self.huitong(number, *arguments, "--json", **options)
        assert done.status == 0, (done.out, done.err, self.logs())
        return done.document

    def ask(self, number: int, path: str, question: Any = None) -> Any:
        """Ask a gateway's REST interface; the answer, {} while it does not run."""
        url = f"{self.url(number)}/api/v1/{path}"
        try:
            answer = httpx.get(url) if question is None else httpx.post(url, json=question)
        except httpx.TransportError:
            return {}
        assert answer.status_code == 200, answer.text
        return answer.json()

    def wait_for(self, height: int, numbers: range, seconds: float = 60) -> list[dict[str, Any]]:
        """Wait until nodes have told a height and agree on the state."""
        deadline = time.monotonic() + seconds
        while True:
            nodes = [self.ask(number, "status") for number in numbers]
            hashes = {node.get("app_hash") for node in nodes}
            if min(node.get("height", 0) for node in nodes) >= height and len(hashes) == 1:
                return nodes
            assert time.monotonic() < deadline, (nodes, self.logs())
            time.sleep(0.1)

    def attempts(self, seconds: float) -> Iterator[int]:
        """Count until the caller has seen what it waits for; fail when it does not come in time."""
        deadline, number = time.monotonic() + seconds, 0
        while time.monotonic() < deadline:
            yield number
            number += 1
            time.sleep(0.1)
        raise AssertionError(self.logs())

    def kill(self, number: int) -> None:
        """End a node and its CometBFT at once, as a power cut would."""
        pid = self.status()[number]["pid"]
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for victim in (pid, *map(int, children)):
            os.kill(victim, signal.SIGKILL)

    def kill_cometbft(self, number: int) -> None:
        """End the CometBFT of a node alone."""
        pid = self.status()[number]["pid"]
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if b"proxy_app" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(int(child), signal.SIGKILL)
                return
        raise AssertionError("no CometBFT runs")

    def logs(self) -> str:
        return "".join(path.read_text()[-1500:] for path in sorted(self.folder.glob(".huitong/net/*/*.log")))


def started(folder: Path, organisations: int, port: int) -> Network:
    """A running network; test processes beside each other take ports of their own."""
    cometbft_node.binary()
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    network = Network(folder, organisations, port + 200 * worker)
    network.up()
    return network


def replayed(home: Path, program: str = __file__) -> dict[str, Any]:
    """Execute the blocks of a stopped node again in a process of its own, by the application alone."""
    done = subprocess.run([sys.executable, program, home], capture_output=True, text=True, timeout=120, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def main(folder: str) -> None:
    """Print what a replay of a home's blocks gives, and whether each commit holds."""
    from huitong.crypto import verify_signed_header
    from huitong.engine import Application, Verdicts, replay
    from huitong.node import Home
    from huitong.node.wiring import make_kernel
    from huitong.store import memory_store, open_store
    from huitong.vm.python.engine import PythonEngine

    home = Home(Path(folder))
    genesis, document = home.genesis()
    source = open_store(home.store)
    contracts = PythonEngine(workers=1)
    try:
        kernel = make_kernel(genesis, contracts, Verdicts())
        target = Application(kernel, memory_store(), genesis, document)
        told = source.tip.height
        while (found := source.signed_header(told)) is None:
            told -= 1
        for height in range(1, told + 1):
            found = source.signed_header(height)
            assert found is not None, height
            verify_signed_header(found, source.validators(height))
        app_hash = replay(source, target, told)
        print(json.dumps({"height": told, "tip": source.tip.height, "app_hash": "0x" + app_hash.hex()}))
    finally:
        contracts.close()
        source.close()


if __name__ == "__main__":
    main(sys.argv[1])
