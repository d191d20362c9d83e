"""One and four organisations on a real CometBFT, by the program's commands alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from network import replayed
from program import run

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("networks")]

METERING = str(Path(__file__).parents[3] / "examples" / "metering" / "metering.py")
READY_SECONDS = 10


def prepare(network):
    network.committed(0, "contract", "deploy", METERING, "--name", "metering")
    network.committed(0, "contract", "call", "metering", "register", "m-1")


def read(network, number, value):
    return network.committed(number, "contract", "call", "metering", "read", "m-1", str(value))


def total(network, number):
    return network.ask(number, "views", {"target": "metering", "method": "total", "args": ["m-1"]})["value"]


def check_proof(network, tx_id, number, folder):
    """A bundle of one gateway holds against the trust document of another, offline."""
    for place, name in ((number, "bundle.json"), (0, "other.json")):
        trust = "trust-other.json" if place != number else "trust.json"
        done = network.huitong(place, "tx", "prove", tx_id, "--out", name, "--trust-out", trust)
        assert done.status == 0, done.err
    trust = "trust.json" if network.organisations == 1 else "trust-other.json"
    verified = run(folder, "verify", "bundle.json", "--trust", trust, "--json")
    assert (verified.status, verified.document["tx_id"]) == (0, tx_id)


def test_one_organisation(one):
    prepare(one)
    called = read(one, 0, 5)
    check_proof(one, called["tx_id"], 0, one.folder)
    assert total(one, 0) == "5"


def test_a_node_whose_cometbft_is_away_says_so(one):
    """CometBFT cannot start: the node is up and says what is missing, and goes on by itself when it can."""
    config = one.home(0) / "cometbft" / "config" / "config.toml"
    good = config.read_text()
    config.write_text("][")
    one.kill_cometbft(0)
    for _ in one.attempts(60):
        shown = one.huitong(0, "status")
        doctor = run(one.folder, "doctor", "--state", str(one.home(0)))
        if "no blocks at the moment: CometBFT does not run" in shown.out and "its consensus is not" in doctor.out:
            break
    assert one.ask(0, "status")["ready"]
    config.write_text(good)
    done = one.huitong(0, "contract", "deploy", METERING, "--name", "after-the-fault", "--json")
    assert done.status == 0, done.err
    assert one.ask(0, "status")["stalled"] == ""


@pytest.fixture(scope="module")
def metering(four):
    prepare(four)
    return four


def test_four_organisations_are_ready_in_ten_seconds(four):
    assert [node["state"] for node in four.ready["nodes"]] == ["ready"] * 4
    assert four.ready["ready_s"] < READY_SECONDS


def test_what_one_gateway_takes_all_hold(metering):
    called = read(metering, 1, 17)
    nodes = metering.wait_for(called["height"] + 1, range(4))
    assert {total(metering, number) for number in range(4)} == {"17"}
    assert len({node["app_hash"] for node in nodes}) == 1
    for number in range(4):
        shown = metering.ask(number, f"transactions/{called['tx_id']}")
        assert (shown["height"], shown["code"]) == (called["height"], 0)
    check_proof(metering, called["tx_id"], 2, metering.folder)


def test_four_gateways_at_once(metering):
    before = int(total(metering, 0))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda number: read(metering, number, 10**number), range(4)))
    metering.wait_for(max(answer["height"] for answer in answers) + 1, range(4))
    assert {int(total(metering, number)) for number in range(4)} == {before + 1111}


def test_a_killed_organisation_comes_back_by_itself(metering):
    """kill -9 of node and CometBFT; the others go on without it; it replays what it missed and takes part again."""
    metering.kill(3)
    before = int(total(metering, 0))
    for number in (0, 1):
        called = read(metering, number, 3)
    assert metering.status()[3]["state"] == "stopped"
    metering.net("start", "regulator")
    metering.wait_for(called["height"], range(4))
    assert int(total(metering, 3)) == before + 6
    read(metering, 3, 4)
    assert int(total(metering, 3)) == before + 10


def test_a_killed_cometbft_is_started_again_by_its_node(metering):
    before = int(total(metering, 2))
    metering.kill_cometbft(2)
    called = read(metering, 2, 5)
    metering.wait_for(called["height"], range(4))
    assert int(total(metering, 2)) == before + 5


def test_two_away_stop_the_chain_and_one_back_moves_it_again(metering):
    for name in ("insurer", "regulator"):
        metering.net("stop", name)
    before = int(total(metering, 0))
    waiting = metering.huitong(0, "contract", "call", "metering", "read", "m-1", "100", "--wait", "accepted", "--json")
    assert waiting.document["answer"] == "accepted"
    assert int(total(metering, 1)) == before
    for name in ("insurer", "regulator"):
        metering.net("start", name)
    shown = read(metering, 2, 1)
    metering.wait_for(shown["height"], range(4))
    assert metering.ask(3, f"transactions/{waiting.document['tx_id']}")["answer"] == "committed"
    assert int(total(metering, 3)) == before + 101


def test_blocks_of_cometbft_give_the_same_state_without_it(metering):
    """All blocks of two nodes, executed again by the application alone: every header and commit holds, same hash."""
    metering.down()
    first, last = (replayed(metering.home(number)) for number in (0, 3))
    assert first["height"] > 10
    assert first["tip"] - first["height"] <= 1
    assert (first["app_hash"] == last["app_hash"]) or first["height"] != last["height"]
    metering.up()
