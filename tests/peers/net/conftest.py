"""Networks for the tests of this folder; CometBFT is built once, or they are skipped."""

import pytest
from network import started


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


@pytest.fixture(scope="module")
def changing(tmp_path_factory):
    """Four organisations, to be more and fewer."""
    network = started(tmp_path_factory.mktemp("changing"), 4, 15000)
    yield network
    network.down()
