"""`huitong node` and `huitong config` as an operator types them."""

import os
import signal
import subprocess
import sys
import time

import pytest
from program import run

from huitong.cli.commands.dev import prepare
from huitong.node import Home


class Service:
    """A node as a service runs it."""

    def __init__(self, state) -> None:
        self.state = state
        command = [sys.executable, "-m", "huitong.cli", "node", "start", "--state", str(state)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.first = self.process.stdout.readline()

    def end(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "chain")
    prepare(home, ())
    home.settings_file.write_text('[gateway]\nport = 0\n[contracts]\nworkers = 1\n[log]\nlevel = "error"\n')
    return home


def test_a_node_is_started_asked_and_stopped(home, tmp_path):
    state = ("--state", str(home.path))
    assert run(tmp_path, "node", "status", *state).out == "stopped\n"
    assert run(tmp_path, "node", "stop", *state).out == "did not run\n"
    service = Service(home.path)
    assert service.first.startswith("huitong-dev-1 at http://127.0.0.1:"), service.end()
    found = run(tmp_path, "node", "status", *state, "--json").document
    assert (found["running"], found["ready"], found["pid"]) == (True, True, service.process.pid)
    assert run(tmp_path, "status", node=found["url"]).status == 0
    second = run(tmp_path, "node", "start", *state)
    assert (second.status, "HT6003" in second.err) == (2, True)
    assert run(tmp_path, "node", "stop", *state).out == "stopped\n"
    assert service.end() == (0, "")
    assert run(tmp_path, "node", "status", *state, "--json").document == {"running": False, "ready": False}


def test_the_log_level_is_read_again(home):
    service = Service(home.path)
    assert service.first
    home.settings_file.write_text('[log]\nlevel = "loud"\n')
    os.kill(service.process.pid, signal.SIGHUP)
    line = service.process.stderr.readline()
    assert line.startswith("HT6001"), line
    service.process.send_signal(signal.SIGTERM)
    status, _ = service.end()
    assert status == 0


def test_a_killed_node_is_stopped_and_starts_again(home, tmp_path):
    service = Service(home.path)
    assert service.first
    service.process.kill()
    service.end()
    assert run(tmp_path, "node", "status", "--state", str(home.path)).out == "stopped\n"
    again = Service(home.path)
    assert again.first
    began = time.monotonic()
    assert run(tmp_path, "node", "stop", "--state", str(home.path)).out == "stopped\n"
    assert time.monotonic() - began < 30
    assert again.end() == (0, "")


@pytest.mark.parametrize("command", ["start", "status", "stop"])
def test_a_folder_without_a_chain_is_refused(tmp_path, command):
    done = run(tmp_path, "node", command, "--state", str(tmp_path / "none"))
    assert (done.status, "genesis.json is missing" in done.err) == (2, True)
    assert not (tmp_path / "none").exists()


def test_settings_are_checked_shown_and_compared(home, tmp_path):
    state = ("--state", str(home.path))
    assert run(tmp_path, "config", "check", *state).out.startswith("good: ")
    shown = {item["key"]: item for item in run(tmp_path, "config", "show", "gateway", *state, "--json").document}
    assert (shown["port"]["value"], shown["port"]["source"], shown["host"]["source"]) == (0, "file", "default")
    names = {item["key"] for item in run(tmp_path, "config", "diff", *state, "--json").document}
    assert names == {"port", "workers", "level"}
    assert 'log.level = "error"' in run(tmp_path, "config", "diff", *state).out
    home.settings_file.write_text("[gateway]\nprot = 1\n")
    done = run(tmp_path, "config", "check", *state)
    assert (done.status, "did you mean port?" in done.err) == (2, True)
    refused = run(tmp_path, "node", "start", *state)
    assert (refused.status, "did you mean port?" in refused.err) == (2, True)


def test_a_network_needs_its_program(home, tmp_path):
    home.settings_file.write_text('[consensus]\nengine = "cometbft"\nprogram = "/nowhere/cometbft"\n')
    done = run(tmp_path, "node", "start", "--state", str(home.path))
    assert (done.status, "/nowhere/cometbft is no file" in done.err) == (2, True)
    done = run(tmp_path, "dev", "--state", str(home.path), "--no-wait")
    assert (done.status, "huitong node start" in done.err) == (2, True)
