"""A chain of one machine goes on as a network of four organisations: the medical chain, on real CometBFT."""

import json
import os
import shutil
from pathlib import Path

import cometbft_node
import pytest
from network import Network
from program import DevChain, run

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("networks")]

METERING = str(Path(__file__).parents[3] / "examples" / "metering" / "metering.py")
BUNDLE, TRUST = "registration.proof.json", "chain.trust.json"


class Moved(Network):
    """A network that goes on from an export."""

    def up(self):
        done = self.net("up", "--from", "chain.export", "--port", str(self.port), "--json")
        self.ready = done.document


@pytest.fixture(scope="module")
def moved(tmp_path_factory):
    """The medical chain, played on one machine, stopped, exported, and taken up by four organisations."""
    cometbft_node.binary()
    folder = tmp_path_factory.mktemp("moved")
    chain = DevChain(folder).start()
    assert chain.huitong("contract", "deploy", METERING, "--name", "metering").status == 0
    assert chain.huitong("contract", "call", "metering", "register", "m-1").status == 0
    assert chain.huitong("contract", "call", "metering", "read", "m-1", "5").status == 0
    played = chain.huitong("demo", "medical")
    assert played.status == 0, (played.out, played.err)
    for name in (BUNDLE, TRUST):
        shutil.copy(folder / ".huitong" / "demo" / name, folder / f"before-{name}")
    contracts = chain.huitong("contract", "list", "--json").document["contracts"]
    assert chain.stop()[0] == 0
    exported = run(folder, "export", "--out", "chain.export", "--json")
    assert exported.status == 0, exported.err
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    network = Moved(folder, 4, 15000 + 200 * worker)
    network.up()
    network.before = contracts
    network.exported = exported.document
    yield network
    network.down()


def test_four_organisations_go_on_at_the_next_height_under_the_next_revision(moved):
    assert [node["state"] for node in moved.ready["nodes"]] == ["ready"] * 4
    statuses = [moved.ask(number, "status") for number in range(4)]
    assert {status["chain_id"] for status in statuses} == {"huitong-dev-2"}
    assert {status["first_height"] for status in statuses} == {moved.exported["height"] + 1}
    assert len({status["app_hash"] for status in moved.wait_for(0, range(4))}) == 1


def test_contracts_their_data_and_members_are_as_before_on_every_node(moved):
    for number in range(4):
        listed = moved.huitong(number, "contract", "list", "--json").document["contracts"]
        assert listed == moved.before
        total = moved.ask(number, "views", {"target": "metering", "method": "total", "args": ["m-1"]})
        assert total["value"] == "5"
    called = moved.committed(2, "contract", "call", "metering", "read", "m-1", "7")
    assert called["result"] == ["12"]
    moved.wait_for(called["height"], range(4))
    assert called["height"] > moved.exported["height"]


def test_rights_are_those_of_the_members_of_before(moved):
    refused = moved.huitong(1, "contract", "call", "metering", "read", "m-1", "1", signer="wang@hospital-b")
    assert (refused.status, "NotYourMeter" in refused.err) == (1, True)
    frozen = moved.huitong(3, "contract", "freeze", "metering", "--json", signer="chen@hospital-b")
    assert (frozen.status, "HT4005" in frozen.err + frozen.out) == (1, True)


def test_proofs_of_before_and_after_hold_each_against_its_own_trust(moved):
    folder = moved.folder
    before = run(folder, "verify", f"before-{BUNDLE}", "--trust", f"before-{TRUST}", "--json")
    assert before.status == 0, before.err
    called = moved.committed(0, "contract", "call", "metering", "read", "m-1", "1", "--wait", "proved")
    done = moved.huitong(0, "tx", "prove", called["tx_id"], "--out", "after.json", "--trust-out", "after.trust.json")
    assert done.status == 0, done.err
    assert run(folder, "verify", "after.json", "--trust", "after.trust.json").status == 0
    assert run(folder, "verify", "after.json", "--trust", f"before-{TRUST}").status == 4
    document = json.loads((folder / "after.trust.json").read_text())
    assert document["chain_id"] == "huitong-dev-2"


def test_the_medical_story_is_told_again_on_the_network(moved):
    played = moved.huitong(1, "demo", "medical", signer="")
    assert played.status == 0, (played.out, played.err)


def test_a_killed_organisation_comes_back_on_the_moved_chain(moved):
    moved.kill(2)
    called = moved.committed(0, "contract", "call", "metering", "read", "m-1", "1")
    moved.net("start", moved.ready["nodes"][2]["organisation"])
    moved.wait_for(called["height"], range(4))


def test_an_export_does_not_go_into_a_network_that_is_there(moved):
    done = run(moved.folder, "net", "up", "--from", "chain.export", "--json")
    assert (done.status, done.document["error"]["code"]) == (2, "HT6001")
