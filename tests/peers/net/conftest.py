"""Networks for the tests of this folder; CometBFT is built once, or they are skipped."""

import cometbft_node
import pytest
from network import Network


def started(folder, organisations, port):
    cometbft_node.binary()
    network = Network(folder, organisations, port)
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
