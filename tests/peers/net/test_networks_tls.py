"""A network whose gateways take only clients with a certificate, by the program's commands alone."""

import os
from pathlib import Path

import cometbft_node
import pytest
from network import Network
from program import run

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("networks")]

METERING = str(Path(__file__).parents[3] / "examples" / "metering" / "metering.py")


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    cometbft_node.binary()
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    network = Network(tmp_path_factory.mktemp("tls"), 2, 15000 + 200 * worker, "--tls")
    network.up()
    yield network
    network.down()


def certificates(network, number=0):
    return str(network.home(number) / "tls" / "client")


def test_the_whole_way_over_tls(network):
    """Deploy by one gateway, read and prove at the other, with certificates of either organisation."""
    assert network.url(0).startswith("https://")
    assert [node["state"] for node in network.status()] == ["ready", "ready"]
    tls, other = certificates(network), certificates(network, 1)
    options = {"node": network.url(0), "signer": "alice@hospital-a"}
    deployed = run(network.folder, "contract", "deploy", METERING, "--name", "metering", tls=tls, **options)
    assert deployed.status == 0, deployed.err
    assert run(network.folder, "trust", "--out", "trust.json", tls=tls, **options).status == 0
    called = run(
        network.folder, "--tls", other, "contract", "call", "metering", "register", "m-1", "--wait", "proved", "--json",
        node=network.url(1), signer="alice@hospital-a",
    )  # fmt: skip
    assert called.status == 0, called.err
    proof = run(
        network.folder, "tx", "prove", called.document["tx_id"], "--out", "p.json", "--trust", "trust.json",
        node=network.url(1), tls=other,
    )  # fmt: skip
    assert proof.status == 0, proof.err
    network.down()
    verified = run(network.folder, "verify", "p.json", "--trust", "trust.json", "--json")
    assert (verified.status, verified.document["tx_id"]) == (0, called.document["tx_id"])
    network.up()


def test_without_a_certificate_the_program_says_what_to_do(network):
    done = run(network.folder, "status", node=network.url(0))
    assert (done.status, "HT8017" in done.err, "--tls DIR" in done.err) == (3, True, True)
    doctor = run(network.folder, "doctor", "--state", str(network.home(0)))
    assert f"at {network.url(0)}, height" in doctor.out


def test_an_organisation_that_joins_has_certificates_too(network):
    network.net("add-org", "laboratory", "--json")
    node = network.status()[-1]
    assert (node["organisation"], node["state"]) == ("laboratory", "ready")
    folder = network.folder / ".huitong" / "net" / "laboratory" / "tls" / "client"
    done = run(network.folder, "status", "--json", node=node["url"], tls=str(folder))
    assert (done.status, done.document["ready"]) == (0, True)
    called = run(
        network.folder, "contract", "call", "metering", "read", "m-1", "5", "--json",
        node=node["url"], signer="alice@hospital-a", tls=str(folder),
    )  # fmt: skip
    assert called.status == 0, called.err
    assert network.net("remove-org", "laboratory", "--json").document["removed"] == ["laboratory"]
    assert [one["state"] for one in network.status()] == ["ready", "ready"]
