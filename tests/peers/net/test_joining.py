"""A node joins a running network of four by a snapshot, on the real CometBFT; one server of snapshots is a liar."""

import time
from pathlib import Path

import httpx
import msgspec
import pytest
from network import started
from program import run

from huitong.cli.net import processes
from huitong.crypto import sha256
from huitong.store import SnapshotFolder
from huitong.types import encode

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("joining")]

METERING = str(Path(__file__).parents[3] / "examples" / "metering" / "metering.py")
INTERVAL = 20


@pytest.fixture(scope="module")
def busy(tmp_path_factory):
    """A network with a contract and a snapshot that is offered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUITONG_HISTORY_SNAPSHOT_INTERVAL", str(INTERVAL))
        network = started(tmp_path_factory.mktemp("joining"), 4, 16000)
        network.committed(0, "contract", "deploy", METERING, "--name", "metering")
        network.committed(0, "contract", "call", "metering", "register", "m-1")
        network.first = read(network, 0, 1)
        while network.ask(0, "status")["height"] < INTERVAL + 3:
            read(network, 1, 0)
        yield network
        network.down()


def read(network, number, value):
    return network.committed(number, "contract", "call", "metering", "read", "m-1", str(value))


def total(url):
    question = {"target": "metering", "method": "total", "args": ["m-1"]}
    return httpx.post(f"{url}/api/v1/views", json=question).json()["value"]


def until(url, height):
    """Wait until a node has told a block."""
    deadline = time.monotonic() + 30
    while httpx.get(f"{url}/api/v1/status").json()["height"] < height:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def follows(network, node):
    """It has the state, tells the blocks that come, and proves what is in them."""
    before = int(total(network.url(0)))
    called = read(network, 2, 5)
    until(node["url"], called["height"] + 1)
    bundle = f"{node['name']}.json"
    done = run(network.folder, "tx", "prove", called["tx_id"], "--out", bundle, node=node["url"])
    assert done.status == 0, (done.err, network.logs())
    assert run(network.folder, "trust", "--out", "trust.json", node=network.url(0)).status == 0
    verified = run(network.folder, "verify", bundle, "--trust", "trust.json", "--mode", "archive", "--json")
    assert (verified.status, verified.document["tx_id"]) == (0, called["tx_id"])
    assert total(node["url"]) == str(before + 5)


def test_a_node_joins_by_a_snapshot(busy):
    node = busy.net("add-node", "late", "--json").document
    assert node["first_height"] % INTERVAL == 1
    assert node["first_height"] > INTERVAL
    follows(busy, node)
    for path in ("blocks/2", f"transactions/{busy.first['tx_id']}"):
        answer = httpx.get(f"{node['url']}/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (410, "HT8021"), path
        assert answer.json()["data"]["first"] == node["first_height"]
    refused = run(
        busy.folder, "contract", "call", "metering", "read", "m-1", "1", node=node["url"], signer="alice@hospital-a"
    )
    assert "HT8022" in refused.err
    busy.net("stop", "late")
    read(busy, 0, 1)
    busy.net("start", "late")
    follows(busy, node)


def test_a_node_joins_by_blocks(busy):
    node = busy.net("add-node", "complete", "--sync", "blocks", "--json").document
    assert node["first_height"] == 1
    follows(busy, node)


def test_a_follower_leaves(busy):
    """Process, place in the plan, and registry entry go; an organisation is not taken for a follower."""

    def nodes():
        return run(busy.folder, "net", "members", "--json", node=busy.url(0)).document["nodes"]

    wrong = run(busy.folder, "net", "remove-org", "complete")
    assert (wrong.status, "huitong net remove-node complete" in wrong.err) == (2, True)
    wrong = run(busy.folder, "net", "remove-node", "hospital-b")
    assert (wrong.status, "huitong net remove-org hospital-b" in wrong.err) == (2, True)
    pid, before = busy.status()[-1]["pid"], nodes()
    done = busy.net("remove-node", "complete", "--json").document
    assert done["removed"] == ["complete"]
    assert "complete" not in [one["organisation"] for one in busy.status()]
    assert processes._begun(pid) == "", "gone, or a dead process that nobody has collected yet"
    assert len(nodes()) == len(before) - 1
    assert (busy.folder / ".huitong/net/complete-removed-1").is_dir()
    gone = run(busy.folder, "net", "remove-node", "complete")
    assert (gone.status != 0, "HT8005" in gone.err) == (True, True)
    read(busy, 3, 1)


def poison(folder):
    """Change a value in the newest snapshot of a node, and its metadata so that it fits."""
    newest = SnapshotFolder.look(folder)[0]
    place = folder / f"{newest.metadata.height}-1"
    chunk = place / "chunk-00001"
    raw = chunk.read_bytes()
    assert raw[:2] == b"\x01\x01"
    chunk.write_bytes(raw[:-1] + bytes((raw[-1] ^ 1,)))
    hashes = tuple(sha256(path.read_bytes()) for path in sorted(place.glob("chunk-*")))
    (place / "metadata").write_bytes(encode(msgspec.structs.replace(newest.metadata, chunks=hashes)))
    return newest.metadata.height


def test_a_poisoned_snapshot_is_refused_and_another_one_taken(busy):
    """Three of four serve a spoiled snapshot; the fourth one's is taken."""
    while busy.ask(0, "status")["height"] % INTERVAL not in range(3, 6):
        read(busy, 0, 0)
    for follower in busy.status()[4:]:
        busy.net("stop", follower["organisation"])
    heights = set()
    for number in range(3):
        busy.net("stop", busy.status()[number]["organisation"])
        heights.add(poison(busy.home(number) / "snapshots"))
        busy.net("start", busy.status()[number]["organisation"])
    node = busy.net("add-node", "careful", "--json").document
    log = (busy.folder / ".huitong/net/careful/node.log").read_text()
    follows(busy, node)
    assert node["first_height"] - 1 in heights
    assert "snapshot refused" in log
