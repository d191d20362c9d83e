"""`huitong doctor` on the folder of a node in a network: what its CometBFT says, and what it does not."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
import pytest

from huitong.cli.doctor.network import STALE_S, Sight, judge_network, network
from huitong.node import Home
from huitong.node.comet import comet_folder

WELL = Sight(height=7, age_s=3.0, catching_up=False, peers=3, expected=3, version="0.38.25")


def states(sight: Sight) -> dict[str, str]:
    findings = list(judge_network(sight))
    assert all(bool(finding.todo) == (finding.state != "good") for finding in findings)
    return {finding.topic: str(finding.state) for finding in findings}


@pytest.mark.parametrize(
    ("changed", "peers", "blocks"),
    [
        ({}, "good", "good"),
        ({"peers": 2}, "warning", "good"),
        ({"peers": 0}, "fault", "good"),
        ({"peers": 0, "expected": 0}, "good", "good"),
        ({"peers": 5}, "good", "good"),
        ({"catching_up": True, "age_s": 9999.0}, "good", "warning"),
        ({"age_s": STALE_S + 1}, "good", "fault"),
    ],
)
def test_what_is_said_of_each(changed, peers, blocks):
    assert states(msgspec.structs.replace(WELL, **changed)) == {"peers": peers, "blocks": blocks}


class Comet(BaseHTTPRequestHandler):
    """Two answers of CometBFT's RPC."""

    def do_GET(self):
        sync = {"latest_block_height": "12", "latest_block_time": "2020-01-01T00:00:00.5Z", "catching_up": False}
        answers = {
            "/status": {"sync_info": sync, "node_info": {"version": "0.38.25"}},
            "/net_info": {"n_peers": "1"},
        }
        body = json.dumps({"jsonrpc": "2.0", "id": -1, "result": answers[self.path]}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def comet():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Comet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


def folder_of(tmp_path, port: int) -> Home:
    home = Home(tmp_path)
    config = comet_folder(home) / "config"
    config.mkdir(parents=True)
    text = f'[rpc]\nladdr = "tcp://127.0.0.1:{port}"\n[p2p]\npersistent_peers = "a@127.0.0.1:1,b@127.0.0.1:2"\n'
    (config / "config.toml").write_text(text)
    return home


def test_an_answer_is_read(tmp_path, comet):
    peers, blocks = network(folder_of(tmp_path, comet), running=True)
    assert (str(peers.state), peers.found) == ("warning", "1 of 2 peers connected")
    assert (str(blocks.state), blocks.found.startswith("height 12, newest block ")) == ("fault", True)


def test_silence_is_a_fault_only_of_a_node_that_runs(tmp_path):
    home = folder_of(tmp_path, 1)
    (silent,) = network(home, running=True)
    assert (str(silent.state), "does not answer" in silent.found) == ("fault", True)
    assert list(network(home, running=False)) == []


def test_settings_that_cannot_be_read_are_a_fault_and_a_chain_of_one_machine_has_no_network(tmp_path):
    assert list(network(Home(tmp_path / "none"), running=True)) == []
    home = folder_of(tmp_path, 1)
    (comet_folder(home) / "config/config.toml").write_text("[rpc\n")
    (broken,) = network(home, running=True)
    assert str(broken.state) == "fault"
