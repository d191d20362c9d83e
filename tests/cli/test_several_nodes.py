"""Commands with several gateways, and what a trust file says of them."""

import socket
from pathlib import Path

import pytest
from program import DevChain, run

METERING = Path(__file__).parents[2] / "examples" / "metering" / "metering.py"


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    started = DevChain(tmp_path_factory.mktemp("nodes")).start()
    yield started
    started.stop()


@pytest.fixture
def away():
    """Address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


def test_a_transaction_goes_to_the_next_gateway(chain, away):
    both = f"{away},{chain.url}/"
    made = run(
        chain.folder, "contract", "deploy", str(METERING), "--name", "metering", node=both, signer="alice@hospital-a"
    )
    assert made.status == 0, made.err
    nodes = ("--node", away, "--node", chain.url)
    called = run(chain.folder, "contract", "call", "metering", "register", "m-1", "--as", "alice@hospital-a", *nodes)
    assert called.status == 0, called.err
    shown = run(chain.folder, "contract", "view", "metering", "total", "m-1", "--json", "--node", both)
    assert (shown.status, shown.document["value"]) == (0, "0")


def test_the_status_names_who_answered_and_who_failed(chain, away):
    found = run(chain.folder, "status", "--json", "--node", away, "--node", chain.url).document
    assert (found["chain_id"], found["gateway"], found["trusted"]) == ("huitong-dev-1", chain.url, None)
    assert list(found["failed"]) == [away]
    assert found["failed"][away].startswith("HT8007")
    alone = run(chain.folder, "status", node=away)
    assert (alone.status, "HT8007" in alone.err) == (3, True)


def test_the_status_says_by_which_file_headers_were_checked(chain):
    made = chain.huitong("trust", "--out", "chain.trust.json", "--json")
    assert made.status == 0, made.err
    found = chain.huitong("status", "--trust", "chain.trust.json", "--json").document
    assert found["trusted"]["trust"] == "chain.trust.json"
    assert found["trusted"]["height"] >= made.document["height"]
    assert found["trusted"]["witnesses"] == 0
    text = chain.huitong("status", "--trust", "chain.trust.json").out
    assert "follows from chain.trust.json" in text


def test_a_trust_file_of_another_chain_is_refused(chain, tmp_path):
    other = DevChain(tmp_path, ("--suite", "guomi")).start()
    try:
        assert other.huitong("trust", "--out", "other.json").status == 0
    finally:
        other.stop()
    refused = chain.huitong("status", "--trust", str(tmp_path / "other.json"))
    assert (refused.status, "HT7009" in refused.err) == (4, True), refused.err
