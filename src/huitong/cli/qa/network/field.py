"""A network under test: its nodes, the links between them, and what may be done to both."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from huitong.cli.bench.net_chain import member_senders
from huitong.cli.net import processes
from huitong.cli.net.plan import PORTS_EACH, Participant, home_of, make_network
from huitong.cli.net.usage import children, comet_of
from huitong.cli.net.watching import wait_until_ready
from huitong.crypto import INTERNATIONAL
from huitong.engine.cometbft.program import build_program, find_program
from huitong.node import Home
from huitong.node.comet import comet_folder
from huitong.types.registry import KeyKind

from .proxy import Link, Order

FIRST_PORT: Final = 20_000
_LINKS_AT: Final = 3
"""Of the ten ports of an organisation those from here on are its links to the others."""
_TICK_S: Final = 0.1
PATIENCE_S: Final = 120.0


class GaveUpError(Exception):
    """What a scenario waited for did not come."""


class Links:
    """The proxy process."""

    def __init__(self, links: Sequence[Link]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "huitong.cli.qa.network.proxy"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._tell(msgspec.json.encode(list(links)))

    def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None, "it is a pipe"
        assert self._process.stdout is not None, "it is a pipe"
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()
        if not self._process.stdout.readline():
            raise GaveUpError("the proxy of the links has ended")

    def order(self, order: Order) -> None:
        """Change the links; returns when they are changed."""
        self._tell(msgspec.json.encode(order))

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None, "it is a pipe"
        assert self._process.stdout is not None, "it is a pipe"
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


class Field:
    """Organisations are numbered from 0. Made, started and stopped once."""

    def __init__(self, folder: Path, count: int = 4, *, port: int = FIRST_PORT, age_s: int = 0) -> None:
        """Make homes whose nodes reach each other through links of our own. age_s: of the chain's genesis."""
        self.folder = folder
        self.program = find_program() or build_program()
        self.people = member_senders(count, KeyKind.ED25519)
        self.plan = make_network(
            folder, count, INTERNATIONAL, "near", port, more=self.people, age_s=age_s, addresses=False
        )
        self.commands: dict[int, tuple[str, ...]] = {}
        self.programs: dict[int, Path] = {}
        self.surroundings: dict[int, dict[str, str]] = {}
        self._links = Links([self._link(source, target) for source, target in self._pairs()])
        for number in range(count):
            self._redirect(number)

    @property
    def count(self) -> int:
        """How many organisations there are."""
        return len(self.plan.participants)

    def _pairs(self) -> list[tuple[int, int]]:
        numbers = range(len(self.plan.participants))
        return [(source, target) for source in numbers for target in numbers if source != target]

    def _link(self, source: int, target: int) -> Link:
        base = self.plan.participants[source].gateway_port
        assert _LINKS_AT + target < PORTS_EACH, "each organisation has ten ports"
        return Link(base + _LINKS_AT + target, self.plan.participants[target].p2p_port, source, target)

    def _redirect(self, number: int) -> None:
        """Let a node reach each other one through its link."""
        path = comet_folder(self.home(number)) / "config" / "config.toml"
        text = path.read_text(encoding="utf-8")
        for link in (self._link(number, target) for source, target in self._pairs() if source == number):
            text = re.sub(rf"@127\.0\.0\.1:{link.target_port}\b", f"@127.0.0.1:{link.port}", text)
        path.write_text(text, encoding="utf-8")

    def home(self, number: int) -> Home:
        """Home of a node."""
        return home_of(self.folder, self.plan.participants[number])

    def url(self, number: int) -> str:
        """Gateway of a node."""
        return self.plan.participants[number].url

    def order(self, order: Order) -> None:
        """Change the links between the nodes."""
        self._links.order(order)

    def start(self, numbers: Iterable[int] | None = None, *, wait: bool = True) -> None:
        """Start nodes and wait until each takes transactions and has a block."""
        chosen = list(range(self.count) if numbers is None else numbers)
        for number in chosen:
            processes.start(
                self.folder,
                self.plan.participants[number],
                self.programs.get(number, self.program),
                command=self.commands.get(number, processes.NODE_COMMAND),
                surroundings=self.surroundings.get(number, {}),
            )
        if wait:
            asyncio.run(wait_until_ready(self.folder, self.plan, self._some(chosen)))

    def stop(self, numbers: Iterable[int] | None = None) -> None:
        """End nodes in good order."""
        processes.stop(self.folder, self._some(range(self.count) if numbers is None else numbers))

    def _some(self, numbers: Iterable[int]) -> tuple[Participant, ...]:
        return tuple(self.plan.participants[number] for number in numbers)

    def kill(self, numbers: Iterable[int]) -> None:
        """Kill -9 of nodes, of their CometBFTs and contract workers, all at once."""
        victims = []
        for number in numbers:
            pid = processes.running(self.home(number))
            victims += [pid, *children(pid)] if pid else []
        for victim in victims:
            _kill(victim)
        self._until(lambda: not any(processes.running(self.home(number)) for number in numbers), "the killed end")

    def kill_cometbft(self, number: int) -> None:
        """Kill -9 of one CometBFT alone; its node starts it again."""
        comet = comet_of(processes.running(self.home(number)))
        if comet:
            _kill(comet)

    def runs(self, number: int) -> bool:
        """Whether a node's process is there."""
        return bool(processes.running(self.home(number)))

    def status(self, number: int) -> dict[str, Any]:
        """What a node says of itself, {} when it does not answer."""
        try:
            answer = httpx.get(f"{self.url(number)}/api/v1/status", timeout=5, trust_env=False)
            found: dict[str, Any] = answer.json() if answer.status_code == httpx.codes.OK else {}
        except (httpx.HTTPError, ValueError):
            return {}
        return found

    def rpc(self, number: int, method: str, **params: str) -> dict[str, Any]:
        """Ask a node's CometBFT, {} when it does not answer or refuses."""
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        port = self.plan.participants[number].rpc_port
        try:
            answer = httpx.post(f"http://127.0.0.1:{port}/", json=question, timeout=10, trust_env=False).json()
        except (httpx.HTTPError, ValueError):
            return {}
        result: dict[str, Any] = answer.get("result") or {}
        return result

    def height(self, number: int) -> int:
        """Newest block that a node has told, 0 when it does not answer."""
        return int(self.status(number).get("height", 0))

    def _until(self, true: Any, what: str, seconds: float = PATIENCE_S) -> float:
        """Wait for something; return how long it took. Raises GaveUpError."""
        begun = time.monotonic()
        while not true():
            if time.monotonic() - begun > seconds:
                states = [
                    (number, self.status(number).get("height"), self.runs(number)) for number in range(self.count)
                ]
                raise GaveUpError(f"{what}: not within {seconds:.0f} s; (node, height, runs): {states}")
            time.sleep(_TICK_S)
        return time.monotonic() - begun

    def until_height(self, number: int, height: int, seconds: float = PATIENCE_S) -> float:
        """Wait until a node has told a height."""
        return self._until(lambda: self.height(number) >= height, f"node {number} at height {height}", seconds)

    def until_equal(self, numbers: Iterable[int] | None = None) -> float:
        """Wait until nodes are at one height with one state."""
        chosen = list(range(self.count) if numbers is None else numbers)

        def equal() -> bool:
            found = [self.status(number) for number in chosen]
            return all(found) and len({(one["height"], one["app_hash"]) for one in found}) == 1

        return self._until(equal, "all at one height with one state")

    def until_behind(self, number: int, other: int, blocks: int = 5) -> float:
        """Wait until a node is some blocks behind another one, or does not answer."""
        return self._until(lambda: self.height(other) > self.height(number) + blocks, f"node {number} falls behind")

    def close(self) -> None:
        """End everything, by force if need be."""
        try:
            self.stop()
        finally:
            self._links.close()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
