"""`huitong dev --manual`: a block is made when Enter is pressed, and takes all that waits."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from program import DevChain, run

METERING = Path(__file__).parents[2] / "examples" / "metering" / "metering.py"


class ManualChain(DevChain):
    """A chain whose Enter key is the test's."""

    def start(self):
        ready_file = self.folder / "ready-for-test.json"
        command = [sys.executable, "-m", "huitong.cli", "dev", "--manual", "--port", "0", "--ready-file", ready_file]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, cwd=self.folder, stdin=pipe, stdout=pipe, stderr=pipe, text=True, bufsize=1
        )
        deadline = time.monotonic() + 60
        while not ready_file.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, "the chain was not ready in a minute"
            time.sleep(0.01)
        self.ready = json.loads(ready_file.read_text())
        return self

    def enter(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def status(self):
        return self.huitong("status", "--json").document


@pytest.fixture
def chain(tmp_path):
    running = ManualChain(tmp_path).start()
    yield running
    running.stop()


def test_blocks_are_made_by_hand(chain):
    chain.enter()  # in advance: the deploy below waits for its block
    deployed = chain.huitong("contract", "deploy", str(METERING), "--name", "meters")
    assert deployed.status == 0, deployed.err
    height = chain.status()["height"]
    for meter in ("m-1", "m-2"):
        taken = chain.huitong("contract", "call", "meters", "register", meter, "--wait", "accepted")
        assert taken.status == 0, taken.err
    assert (chain.status()["height"], chain.status()["waiting"]) == (height, 2)
    chain.enter()
    deadline = time.monotonic() + 30
    while chain.status()["waiting"]:
        assert time.monotonic() < deadline
    assert chain.status()["height"] == height + 1
    status, out, _ = chain.stop()
    assert status == 0
    assert f"  block after {height} · 2 waiting" in out


def test_by_hand_and_at_an_interval_exclude_each_other(tmp_path):
    done = run(tmp_path, "dev", "--manual", "--block-time", "1")
    assert (done.status, "HT9001" in done.err) == (2, True)
    assert not (tmp_path / ".huitong").exists()
