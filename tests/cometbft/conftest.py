"""A node and a small CometBFT that drives it, for the tests of this folder."""

import pytest
from driven import Driven


@pytest.fixture
def engines():
    """Contract engines of the node; none unless a test file has its own."""
    return ()


@pytest.fixture
async def driven(tmp_path, engines):
    world = Driven(tmp_path, engines=engines)
    await world.start()
    yield world
    if world.engine is not None:
        await world.crash()
    await world.comet.close()
