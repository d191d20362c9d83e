"""A block is written while the next one is executed: what execution sees, and what nobody hears before."""

import asyncio
import threading
from functools import partial

import pytest
from engine_world import SENDERS, Bench
from kernel_world import SECOND

from huitong.engine import Application, Submission, replay
from huitong.engine.maker import Executed
from huitong.engine.pipeline import Pipeline
from huitong.state import keys
from huitong.store import ChainStore, MemoryKeyValue, RocksKeyValue, StoreSettings, memory_store, open_store
from huitong.types import Code, HuitongError
from huitong.types.registry import STORE_MAIN

COLD = StoreSettings(state_cache_bytes=0, bucket_cache_bytes=0)
"""Caches that keep next to nothing: what is staged is found all the same."""


class Gate(MemoryKeyValue):
    """A store whose durable writes wait for the test, and then may fail."""

    def __init__(self):
        super().__init__()
        self.closed = False
        self.full = False
        self.writing = threading.Event()
        self.go_on = threading.Event()

    def write(self, changes, *, durable):
        if self.closed and durable:
            self.writing.set()
            assert self.go_on.wait(10)
            if self.full:
                raise HuitongError(Code.STORE_FULL, reason="no space left")
        super().write(changes, durable=durable)


def submissions(bench, count, salt):
    raws = [bench.transaction(SENDERS[index % 3], salt=salt + index) for index in range(count)]
    return [Submission(raw, bench.kernel.open_transaction(raw)) for raw in raws]


def executed(bench, found):
    done = bench.maker.execute(found)
    assert isinstance(done, Executed)
    return done


@pytest.mark.parametrize("settings", [StoreSettings(), COLD])
async def test_pipelined_blocks_are_those_of_one_after_the_other(tmp_path, settings):
    plain, ahead = Bench(tmp_path / "plain"), Bench(tmp_path / "ahead", open_store(tmp_path / "store", settings))
    pipeline = Pipeline()
    for number in range(12):
        plain.maker.make(submissions(plain, number % 4, number * 10))
        done = executed(ahead, submissions(ahead, number % 4, number * 10))
        pipeline.settle()
        pipeline.write(partial(ahead.maker.persist, ahead.maker.seal(done)))
    pipeline.settle()
    pipeline.close()
    for height in range(1, 13):
        assert ahead.store.signed_header(height) == plain.store.signed_header(height)
        assert list(ahead.store.results(height)) == list(plain.store.results(height))
    assert ahead.store.tip == plain.store.tip
    ahead.store.close()


@pytest.mark.parametrize("settings", [StoreSettings(), COLD])
@pytest.mark.parametrize("kind", ["memory", "rocks"])
async def test_execution_sees_a_staged_block_and_nobody_else_does(tmp_path, kind, settings):
    bench = Bench(tmp_path, memory_store(settings) if kind == "memory" else open_store(tmp_path / "store", settings))
    bench.maker.make(submissions(bench, 3, 0))
    store, live = bench.store, bench.store.live(STORE_MAIN)
    found = submissions(bench, 3, 10)
    sealed = bench.maker.seal(executed(bench, found))
    lists = [int.from_bytes(key[-8:], "big") for key, _ in live.scan(keys.TX_IDS, keys.after(keys.TX_IDS))]
    assert lists == [1, 2]
    reverse = [key for key, _ in live.scan(b"\x01", b"\xff", reverse=True)]
    assert reverse == sorted(reverse, reverse=True)
    assert keys.tx_ids(2) in reverse
    assert store.seen_ahead(found[0].tx_id)
    assert not store.seen(found[0].tx_id)
    assert bench.maker.application.height == 2
    assert store.tip.height == store.snapshot().height == 1
    frozen = store.snapshot().view(STORE_MAIN)
    assert frozen.get(keys.tx_ids(2)) is None
    assert store.header(2) is store.place(found[0].tx_id) is None
    staged = list(live.scan(b"\x01", b"\xff"))
    assert [(key, live.get(key)) for key, _ in staged] == staged
    bench.maker.persist(sealed)
    assert list(live.scan(b"\x01", b"\xff")) == list(store.snapshot().view(STORE_MAIN).scan(b"\x01", b"\xff")) == staged
    assert store.seen(found[0].tx_id)
    bench.store.close()


async def test_a_replayed_transaction_is_rejected_by_the_very_next_block(tmp_path):
    bench = Bench(tmp_path)
    found = submissions(bench, 1, 0)
    sealed = bench.maker.seal(executed(bench, found))
    again = executed(bench, found)
    assert again.finalized.result.envelopes[0].transactions[0].receipt.code == Code.REPLAYED
    bench.maker.persist(sealed)


async def test_ids_that_a_staged_block_forgets_are_forgotten_for_the_next_one(tmp_path):
    bench = Bench(tmp_path)
    old = submissions(bench, 1, 0)
    bench.maker.make(old)
    assert bench.store.seen_ahead(old[0].tx_id)
    bench.clock.time_ns += 3600 * SECOND
    sealed = bench.maker.seal(executed(bench, submissions(bench, 1, 10)))
    assert sealed.executed.finalized.result.forgotten == (1,)
    assert bench.store.seen(old[0].tx_id)
    assert not bench.store.seen_ahead(old[0].tx_id)
    bench.maker.persist(sealed)
    assert not bench.store.seen(old[0].tx_id)


async def test_the_next_block_is_executed_while_one_is_written_and_told_after_it(tmp_path, monkeypatch):
    source = Gate()
    bench = Bench(tmp_path, ChainStore(source))
    engine = bench.engine()
    await engine.start()
    executing = threading.Event()
    execute = bench.maker.execute

    def watched(found):
        done = execute(found)
        if found and bench.maker.application.height == 2:
            executing.set()
        return done

    monkeypatch.setattr(bench.maker, "execute", watched)
    source.closed = True
    first = await engine.submit(bench.transaction())
    await asyncio.to_thread(source.writing.wait, 10)
    second = await engine.submit(bench.transaction())
    assert await asyncio.to_thread(executing.wait, 10), "the second block is executed before the first is durable"
    assert first.outcome() is second.outcome() is None
    assert (engine.height, engine.snapshot().height, bench.signer._record.height) == (1, 1, 1)
    assert bench.store.header(2) is None
    proving = asyncio.create_task(engine.prove_state("main", keys.PARAMETERS))
    order = []
    for submission in (first, second):
        submission._outcome.add_done_callback(lambda done: order.append(done.result().height))
    source.go_on.set()
    await second.committed()
    assert order == [2, 3]
    proof = await proving
    assert bench.store.signed_header(proof.signed.header.height) == proof.signed
    await engine.stop()


async def test_a_write_that_fails_discards_the_next_block_too(tmp_path):
    source = Gate()
    bench = Bench(tmp_path, ChainStore(source))
    engine = bench.engine()
    await engine.start()
    blocks = aiter(engine.subscribe())
    source.closed = source.full = True
    first = await engine.submit(bench.transaction())
    await asyncio.to_thread(source.writing.wait, 10)
    second = await engine.submit(bench.transaction())
    source.go_on.set()
    for submission in (first, second):
        outcome = await submission.committed()
        assert outcome.receipt is None
        assert outcome.error.code == Code.ENGINE_HALTED
        assert "no space left" in str(outcome.error)
    with pytest.raises(StopAsyncIteration):
        await anext(blocks)
    with pytest.raises(HuitongError) as caught:
        await engine.prove_state("main", keys.PARAMETERS)
    assert caught.value.code in {Code.STORE_FULL, Code.ENGINE_HALTED, Code.STOPPING}
    await engine.stop()
    source.closed = False
    again = Bench(tmp_path, ChainStore(source))
    assert again.store.tip.height == 1
    assert again.record.read().height == 1
    assert again.store.place(first.tx_id) is again.store.place(second.tx_id) is None


async def test_a_crowded_tree_grows_between_blocks_of_a_running_engine(tmp_path, monkeypatch):
    monkeypatch.setattr("huitong.state.tree.LOAD_LIMIT", 0)
    source = RocksKeyValue(tmp_path / "store")
    bench = Bench(tmp_path, ChainStore(source))
    engine = bench.engine()
    await engine.start()
    for _ in range(4):
        assert (await (await engine.submit(bench.transaction())).committed()).receipt.code == 0
    await engine.stop()
    target = Application(bench.kernel, memory_store(), bench.genesis, bench.document)
    assert replay(bench.store, target, bench.store.tip.height) == bench.store.tip.app_hash
    bench.store.close()
