"""`huitong doctor`: what it finds on a machine that is well, and what it says of each fault."""

import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest
from program import DevChain, run

from huitong.cli.doctor import State
from huitong.cli.doctor.back_ends import per_second
from huitong.cli.doctor.chain import ask, chain, judge_clock, judge_node
from huitong.cli.doctor.folder import GIB, folder, judge_space, judge_syncs
from huitong.cli.doctor.machine import judge_comet, judge_sandbox
from huitong.node import Home

MEASURED = {"SHA-256", "SM3", "Ed25519", "P-256", "secp256k1", "secp256k1 recovery", "SM2", "state tree"}
OTHERS = {"Python", "contract sandbox", "native crate", "disk", "disk writes", "home", "node", "port 9640", "clock",
          "CometBFT", "Go", "cargo"}  # fmt: skip


def by_topic(findings):
    return {finding.topic: finding for finding in findings}


def test_a_folder_without_a_chain_has_no_fault_and_is_left_as_it_was(tmp_path):
    done = run(tmp_path, "doctor", "--json")
    found = {item["topic"]: item for item in done.document["findings"]}
    assert set(found) == MEASURED | OTHERS
    assert (done.status, done.err, done.document["healthy"], done.document["counts"]["fault"]) == (0, "", True, 0)
    assert all(found[topic]["rate"] > 0 for topic in MEASURED if found[topic]["state"] == "good")
    assert all(bool(item["todo"]) == (item["state"] != "good") for item in found.values())
    assert list(tmp_path.iterdir()) == []


def test_of_a_chain_that_runs_and_of_one_that_died(tmp_path):
    running = DevChain(tmp_path).start()
    home = Home(tmp_path / ".huitong/dev")
    try:
        status = ask(running.url)
        assert status is not None
        well = run(tmp_path, "doctor")
        port = int(running.url.rpartition(":")[2])
        here = by_topic(chain(home, 0, port))[f"port {port}"]
        elsewhere = by_topic(chain(Home(tmp_path / "other"), 0, port))[f"port {port}"]
    finally:
        running.stop(signal.SIGKILL)
    assert well.status == 0, well.out
    assert f"✓ {'node':18} {running.ready['chain_id']} at {running.url}, height {status.height}" in well.out
    assert (here.state, here.found) == (State.GOOD, "the node of this folder")
    assert elsewhere.found.startswith(f"a node of another folder: {running.ready['chain_id']}")

    home.keys_file.chmod(0o644)
    died = run(tmp_path, "doctor")
    assert died.status == 1
    assert f"✗ {'node':18}" in died.out
    assert "→ huitong dev --state .huitong/dev" in died.out
    assert f"✗ {'home':18} others may read" in died.out
    assert "→ chmod 600 .huitong/dev/node-keys.json" in died.out
    assert "\n2 to mend. Warnings: " in died.out

    halted = judge_node(running.url, msgspec.structs.replace(status, ready=False, reason="HT6008 The disk is full"))
    assert (halted.state, "huitong explain HT6008" in halted.todo) == (State.FAULT, True)
    away = judge_node(running.url, msgspec.structs.replace(status, stalled="CometBFT does not run"))
    assert (away.state, "its consensus is not: CometBFT does not run" in away.found) == (halted.state, True)
    stopping = judge_node(running.url, msgspec.structs.replace(status, ready=False, reason="stopping"))
    assert stopping.state == State.WARNING
    old = judge_node(running.url, msgspec.structs.replace(status, versions={"huitong": "0.0.1"}))
    assert (old.state, "0.0.1" in old.found) == (State.WARNING, True)
    now = int(status.clock_ns)
    assert judge_clock(now + 60 * 10**9, 0, status).state == State.GOOD
    late = judge_clock(now - 60 * 10**9, 0, status)
    assert (late.state, "60 s behind" in late.found) == (State.FAULT, True)


def test_a_genesis_that_cannot_be_read_and_keys_that_are_gone_are_faults(tmp_path):
    home = tmp_path / ".huitong/dev"
    home.mkdir(parents=True, mode=0o700)
    (home / "genesis.json").write_text("{")
    done = run(tmp_path, "doctor", "--json")
    faults = {item["topic"] for item in done.document["findings"] if item["state"] == "fault"}
    assert (done.status, faults) == (1, {"genesis", "home"})


def test_another_program_on_the_port_is_told_from_a_node(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    port = server.server_address[1]
    try:
        taken = by_topic(chain(Home(tmp_path), 0, port))[f"port {port}"]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert (taken.state, taken.found) == (State.WARNING, "another program has it")
    assert taken.todo.startswith(f"huitong dev --port {port + 1}")
    assert by_topic(chain(Home(tmp_path), 0, port))[f"port {port}"].found == "free"


def test_only_loopback_addresses_are_asked(tmp_path):
    (tmp_path / "ready.json").write_text('{"url": "http://192.0.2.1:9640", "chain_id": "x-1", "pid": 1}')
    node = by_topic(chain(Home(tmp_path), 0))["node"]
    assert (node.state, "was not asked" in node.found) == (State.WARNING, True)
    assert ask("http://127.0.0.1:not-a-port") is None


def test_a_clock_before_genesis_is_a_fault(tmp_path):
    later = time.time_ns() + 3600 * 10**9
    assert by_topic(chain(Home(tmp_path), later))["clock"].state == State.FAULT


def test_a_home_that_others_may_enter_is_a_warning(tmp_path):
    home = Home(tmp_path / "home")
    home.make_keys()
    home.genesis_file.write_text("{}")
    assert by_topic(folder(home))["home"].state == State.GOOD
    home.path.chmod(0o755)
    entered = by_topic(folder(home))["home"]
    assert (entered.state, entered.todo) == (State.WARNING, f"chmod 700 {home.path}")


@pytest.mark.parametrize(("free", "state"), [(GIB // 8, "fault"), (GIB, "warning"), (3 * GIB, "good")])
def test_room_on_the_disk(tmp_path, free, state):
    assert judge_space(free, tmp_path).state == state


def test_a_slow_disk_is_a_warning(tmp_path):
    assert [judge_syncs(taken, tmp_path).state for taken in (0.2, 50.0)] == [State.GOOD, State.WARNING]


@pytest.mark.parametrize(
    ("held", "system", "processor", "state", "todo"),
    [
        ("seccomp+rlimits", "Linux", "x86_64", "good", ""),
        ("seccomp+rlimits, still root: one user", "Linux", "x86_64", "warning", "not root"),
        ("rlimits only: no seccomp", "Linux", "aarch64", "warning", "allow seccomp"),
        ("rlimits only: no table", "Linux", "riscv64", "warning", "aarch64 or x86_64"),
        ("rlimits only: not Linux", "Darwin", "arm64", "warning", "run the node on Linux"),
    ],
)
def test_what_holds_contracts(held, system, processor, state, todo):
    found = judge_sandbox(held, system, processor)
    assert (found.state, todo in found.todo) == (state, True)


def test_how_to_get_cometbft():
    assert judge_comet("bin/cometbft", None, "").state == State.GOOD
    assert judge_comet(None, None, "go1.26").todo.startswith("huitong net up builds it")
    old = judge_comet(None, "bin/cometbft", "")
    assert (old.state, "is not v0.38" in old.found, "install Go" in old.todo) == (State.WARNING, True, True)


def test_a_rate_is_items_in_a_second():
    def spin() -> None:
        until = time.thread_time() + 0.01
        while time.thread_time() < until:
            pass

    assert 800 < per_second(spin, 10) <= 1000
