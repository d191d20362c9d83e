"""Two organisations on machines of their own: founding, invitation, request, admission, voting power."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from network import cometbft_node
from program import run

from huitong.types import Code

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("join")]

METERING = str(Path(__file__).parents[3] / "examples" / "metering" / "metering.py")
PASSWORD = "a long password\n"
WAIT_SECONDS = 60


class Machine:
    """A folder that stands for a machine: its own keys, its own node."""

    def __init__(self, folder, admin):
        folder.mkdir()
        (folder / "password").write_text(PASSWORD)
        self.folder = folder
        self.port, self.p2p, self.rpc = (cometbft_node.free_port() for _ in range(3))
        self.admin = admin
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.huitong("key", "new", admin, "--password-file", "password")

    def where(self):
        ports = {"--p2p-port": self.p2p, "--rpc-port": self.rpc, "--port": self.port}
        listed = [str(item) for pair in ports.items() for item in pair]
        address = ["--address", f"127.0.0.1:{self.p2p}", "--host", "127.0.0.1", "--profile", "near"]
        return (*listed, *address)

    def huitong(self, *arguments):
        done = run(self.folder, *arguments, text=PASSWORD)
        assert done.status == 0, (arguments, done.out, done.err)
        return done

    def signed(self, node, *arguments):
        return self.huitong(*arguments, "--as", self.admin, "--node", node)

    def start(self):
        with (self.folder / "node.log").open("ab") as log:
            command = [sys.executable, "-m", "huitong.cli", "node", "start", "--state", "home"]
            self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def wait_for(self, height):
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            try:
                status = httpx.get(f"{self.url}/api/v1/status").json()
            except httpx.TransportError:
                status = {}
            if status.get("height", 0) >= height:
                return status
            time.sleep(0.1)
        raise AssertionError((self.folder / "node.log").read_text()[-2000:])


@pytest.fixture
def machines(tmp_path):
    cometbft_node.binary()
    found = [Machine(tmp_path / name, name) for name in ("alice", "zoe")]
    yield found
    for machine in found:
        machine.stop()


def test_an_organisation_joins_by_invitation(machines):
    founder, newcomer = machines
    founder.huitong(
        "net", "init", "home", "--org", "hospital-a", "--chain-id", "medical-1", "--as", "alice", *founder.where()
    )
    founder.start()
    founder.wait_for(1)
    founder.signed(founder.url, "net", "invite", "insurer", "--state", "home")

    letter = (founder.folder / "invitation.json").read_bytes()
    changed = json.loads(letter)
    changed["offer"]["peers"] = []
    (newcomer.folder / "changed.json").write_text(json.dumps(changed))
    (newcomer.folder / "invitation.json").write_bytes(letter)
    refused = run(newcomer.folder, "net", "join", "changed.json", "home", "--as", "zoe", "--json", text=PASSWORD)
    assert json.loads(refused.out)["error"]["code"] == f"HT{int(Code.INVITATION_INVALID)}"
    assert not (newcomer.folder / "home").exists(), "a refused invitation leaves nothing behind"
    newcomer.huitong("net", "join", "invitation.json", "home", "--as", "zoe", *newcomer.where())
    asked = (newcomer.folder / "home" / "request.json").read_bytes()
    secrets = json.loads((newcomer.folder / "home" / "node-keys.json").read_bytes())
    assert not any(str(value).encode() in asked for name, value in secrets.items() if name != "version")

    newcomer.start()
    (founder.folder / "request.json").write_bytes(asked)
    admitted = founder.signed(founder.url, "net", "admit", "request.json", "--json").document
    newcomer.wait_for(admitted["height"])
    again = run(
        founder.folder, "net", "admit", "request.json", "--as", "alice", "--node", founder.url, "--json", text=PASSWORD
    )
    assert json.loads(again.out)["error"]["code"] == f"HT{int(Code.NETWORK_ENTRY_EXISTS)}"

    powered = founder.signed(founder.url, "net", "admit", "request.json", "--validator", "--json").document
    assert powered["power"] == 10
    found = newcomer.wait_for(powered["height"])
    assert {one["power"] for one in found["validators"]} == {"10"}
    known = newcomer.huitong("net", "members", "--node", newcomer.url, "--json").document
    assert [one["organisation"] for one in known["nodes"]].count("insurer") == 1
    # the newcomer's gateway carries what a member of the founder signs
    deployed = founder.signed(newcomer.url, "contract", "deploy", METERING, "--name", "metering", "--json").document
    assert deployed["name"] == "metering"
