"""Blocks at an interval, and blocks by hand."""

import asyncio

import pytest
from engine_world import Bench

from huitong.engine import LocalSettings
from huitong.engine.pace import Pace


async def settled(tasks: int = 20):
    """Let everything run that can run."""
    for _ in range(tasks):
        await asyncio.sleep(0)


@pytest.fixture
async def bench(tmp_path):
    return Bench(tmp_path, settings=LocalSettings(verifier_workers=0, manual=True))


async def test_by_hand_a_block_waits_for_its_release_and_takes_all_that_waits(bench):
    engine = bench.engine()
    await engine.start()
    assert engine.height == 1  # the genesis block is not held back
    first, second = [await engine.submit(bench.transaction()) for _ in range(2)]
    await settled()
    assert (engine.height, engine.waiting) == (1, 2)
    engine.release_block()
    outcomes = [await one.committed() for one in (first, second)]
    assert [outcome.height for outcome in outcomes] == [2, 2]
    await settled()
    assert engine.height == 2  # the proof block waits for a release of its own
    engine.release_block()
    assert (await engine.proved(2)).header.height == 3
    await engine.stop()


async def test_a_release_in_advance_lets_the_next_block_through(bench):
    engine = bench.engine()
    await engine.start()
    engine.release_block()
    assert (await (await engine.submit(bench.transaction())).committed()).height == 2
    await engine.stop()


async def test_the_stop_makes_what_waits_at_once(bench):
    engine = bench.engine()
    await engine.start()
    submission = await engine.submit(bench.transaction())
    await engine.stop()
    assert (await submission.committed()).height == 2
    assert bench.store.header(3) is not None


async def test_at_an_interval_blocks_are_that_far_apart(tmp_path):
    engine = Bench(tmp_path, settings=LocalSettings(verifier_workers=0, block_seconds=0.2))
    running = engine.engine()
    loop = asyncio.get_running_loop()
    await running.start()
    began = loop.time()
    first, second = [await running.submit(engine.transaction()) for _ in range(2)]
    heights = [(await one.committed()).height for one in (first, second)]
    assert heights == [2, 2]
    await running.proved(2)
    assert loop.time() - began >= 0.4
    await running.stop()


async def test_a_pace_without_interval_holds_nothing():
    pace = Pace(0, manual=False)
    pace.begin()
    await asyncio.wait_for(pace.turn(), 1)
