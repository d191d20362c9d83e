"""A node and a small CometBFT that drives it, for the tests of this folder."""

import pytest
from driven import Driven


@pytest.fixture
async def driven(tmp_path):
    world = Driven(tmp_path)
    await world.start()
    yield world
    if world.engine is not None:
        await world.crash()
    await world.comet.close()
