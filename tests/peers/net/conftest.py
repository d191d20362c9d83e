"""Networks for the tests of this folder; CometBFT is built once, or they are skipped."""

import os

import cometbft_node
import pytest
from network import Network


def started(folder, organisations, port):
    """A running network; test processes beside each other take ports of their own."""
    cometbft_node.binary()
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    network = Network(folder, organisations, port + 200 * worker)
    network.up()
    return network


@pytest.fixture(scope="module")
def four(tmp_path_factory):
    network = started(tmp_path_factory.mktemp("four"), 4, 13000)
    yield network
    network.down()


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    network = started(tmp_path_factory.mktemp("one"), 1, 14000)
    yield network
    network.down()
