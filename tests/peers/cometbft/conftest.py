"""One node of a real CometBFT for all tests of this folder."""

from pathlib import Path

import cometbft_node as support
import pytest


@pytest.fixture(scope="session")
def cometbft_node(tmp_path_factory):
    node = support.Node(support.binary(), Path(tmp_path_factory.mktemp("cometbft")))
    try:
        node.wait_until_ready()
        yield node
    finally:
        node.close()
