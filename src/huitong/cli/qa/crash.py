"""`qa crash`: kill -9 of a loaded node at random moments, start, compare; over and over on one folder.

After every death the store is opened as it was left. Every transaction that a client was told to be committed must be
there at the height it was told, every block must verify, and a naive replay of all blocks from genesis in memory, which
the campaign carries along, must come to the same app hash. Nothing is repaired by hand. Loss of power is not tested.
"""

import random
import secrets
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Final

from huitong.crypto import INTERNATIONAL, Suite, verify_commit
from huitong.engine import Application, Verdicts, replay
from huitong.node.development import development_genesis, identities
from huitong.node.home import Home, node_key
from huitong.node.wiring import make_kernel
from huitong.store import ChainStore, StoreSettings, memory_store, open_store
from huitong.types import EngineVersion, HuitongError
from huitong.vm.python.engine import PythonEngine

CHAIN_ID: Final = "huitong-crash-1"
START_LIMIT_S: Final = 60.0
EARLY_SHARE: Final = 0.2
"""Share of deaths while the node is still starting."""
EARLY_S: Final = 1.5
LOAD_S: Final = 1.0
"""Longest time from the first acknowledgement to a death under load."""


def make_home(folder: Path, suite: Suite = INTERNATIONAL) -> Home:
    """Make a development chain's folder."""
    home = Home(folder)
    keys = home.make_keys()
    genesis = development_genesis(
        suite,
        chain_id=CHAIN_ID,
        genesis_time_ns=time.time_ns(),
        people=identities(suite),
        gateway_key=node_key(keys.gateway).public_key,
        validator_key=node_key(keys.validator).public_key,
        engines=(EngineVersion(PythonEngine.name, PythonEngine.version),),
    )
    home.write_genesis(genesis)
    return home


class Witness:
    """A second chain in memory that executes every block once more, and remembers what clients were told."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._told: list[tuple[bytes, int]] = []
        self._engine = PythonEngine(workers=1)
        genesis, document = home.genesis()
        self._settings = StoreSettings(suite=genesis.suite)
        kernel = make_kernel(genesis, self._engine, Verdicts())
        self._validators = genesis.validator_set
        self._chain = Application(kernel, memory_store(self._settings), genesis, document)
        self.acknowledged = 0

    def tell(self, tx_id: bytes, height: int) -> None:
        """Note that a client was told of a committed transaction."""
        self._told.append((tx_id, height))
        self.acknowledged += 1

    def hear(self, lines: list[list[str]]) -> None:
        """Note all acknowledgements that a node printed."""
        for line in lines:
            if line[0] == "ack":
                self.tell(bytes.fromhex(line[1]), int(line[2]))

    @property
    def height(self) -> int:
        """Blocks that were compared."""
        return self._chain.height

    def compare(self) -> list[str]:
        """Open the store as the death left it; return what is wrong with it."""
        if not self._home.store.exists():
            return ["the store is gone"] if self._told else []
        try:
            store = open_store(self._home.store, self._settings)
        except HuitongError as error:
            return [f"the store does not open: {error}"]
        try:
            return self._faults(store)
        except HuitongError as error:
            return [f"the store contradicts itself: {error}"]
        finally:
            store.close()

    def _faults(self, store: ChainStore) -> list[str]:
        if store.tip is None:
            return ["the chain is gone"] if self._told else []
        faults = []
        first = self._chain.height + 1
        if store.tip.height < self._chain.height:
            faults.append(f"the chain went back from {self._chain.height} to {store.tip.height}")
        if replay(store, self._chain, store.tip.height) != store.tip.app_hash:
            faults.append(f"the replay has another app hash after {store.tip.height}")
        for height in range(first, store.tip.height):
            signed = store.signed_header(height)
            assert signed is not None, "replay has read it"
            verify_commit(CHAIN_ID, self._validators, signed.commit.block_id, height, signed.commit)
        for tx_id, height in self._told:
            place = store.place(tx_id)
            if place is None or place.height != height:
                faults.append(f"transaction {tx_id.hex()} was told at {height} and is at {place}")
        self._told.clear()
        return faults

    def close(self) -> None:
        """End the contract engine."""
        self._engine.close()


class Victim:
    """One life of the node process."""

    def __init__(self, home: Home, prefix: Sequence[str] = ()) -> None:
        """prefix: a program that runs the node, with its arguments."""
        command = [*prefix, sys.executable, "-m", "huitong.cli.qa.crash_child", str(home.path)]
        with (home.path / "errors.log").open("ab") as errors:
            self._process = subprocess.Popen(  # noqa: S603 (our own program)
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
            )
        assert self._process.stdout is not None, "it is a pipe"
        self._output: IO[bytes] = self._process.stdout
        self.lines: list[list[str]] = []
        self._rest = b""

    def live(self, seconds: float, until: str = "") -> bool:
        """Read what it says for a time, or until a line begins with `until`; False when it ended by itself."""
        end = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            while (left := end - time.monotonic()) > 0:
                if selector.select(left) and not self._read():
                    return False
                if until and any(line[0] == until for line in self.lines):
                    return True
        return True

    def _read(self) -> bool:
        raw = self._output.raw.read(65536) if hasattr(self._output, "raw") else self._output.read(65536)
        if not raw:
            return False
        *whole, self._rest = (self._rest + raw).split(b"\n")
        self.lines += [line.decode().split(" ") for line in whole]
        return True

    def kill(self) -> None:
        """Kill -9, then read what it still said before."""
        self._process.kill()
        self.end()

    def end(self) -> None:
        """Close its input, which ends it at once, and read what it still said before."""
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.close()
        while self._read():
            pass
        self._process.wait()
        self._output.close()


def _life(home: Home, chance: random.Random) -> tuple[Victim, bool, list[str]]:
    """Let the node live for a while; return it dead, whether it acknowledged anything, and what was wrong."""
    victim = Victim(home)
    early = chance.random() < EARLY_SHARE
    try:
        alive = victim.live(chance.uniform(0, EARLY_S) if early else START_LIMIT_S, until="" if early else "ack")
        loaded = any(line[0] == "ack" for line in victim.lines)
        if alive and loaded and not early:
            alive = victim.live(chance.uniform(0, LOAD_S))
    finally:
        victim.kill()
    if not alive:
        return victim, loaded, [f"the node ended by itself: {' '.join(victim.lines[-1]) if victim.lines else ''}"]
    if not loaded and not early:
        return victim, loaded, [f"the node acknowledged nothing within {START_LIMIT_S:.0f} s"]
    return victim, loaded, []


def run(
    *, cycles: int = 100, seed: int | None = None, folder: Path | None = None, suite: Suite = INTERNATIONAL
) -> dict[str, Any]:
    """Run the campaign and return what it did; it stops at the first fault and keeps the folder then.

    cycles: deaths. seed: of the moments (the load stays random), printed so that a failure can be tried again. suite:
    of the chain.
    """
    seed = secrets.randbelow(2**32) if seed is None else seed
    chance = random.Random(seed)  # noqa: S311 (moments of death, not secrets)
    path = folder or Path(tempfile.mkdtemp(prefix="huitong-crash-"))
    begun = time.monotonic()
    home = make_home(path, suite)
    witness = Witness(home)
    faults: list[str] = []
    done = under_load = 0
    try:
        while done < cycles and not faults:
            victim, loaded, faults = _life(home, chance)
            witness.hear(victim.lines)
            faults += witness.compare()
            done += 1
            under_load += loaded
    finally:
        witness.close()
    if not faults and folder is None:
        shutil.rmtree(path)
    return {
        "qa": "crash",
        "good": not faults,
        "seed": seed,
        "suite": suite.name,
        "cycles": done,
        "killed_under_load": under_load,
        "killed_while_starting": done - under_load,
        "acknowledged": witness.acknowledged,
        "blocks": witness.height,
        "faults": faults,
        "kept": str(path) if faults else "",
        "seconds": round(time.monotonic() - begun, 1),
    }
