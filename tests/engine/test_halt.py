"""What stops an engine, what does not, and what its clients hear."""

import asyncio
import threading

import pytest
from engine_world import Bench
from kernel_world import SECOND
from structlog.testing import capture_logs

from huitong.engine import Submission
from huitong.kernel import ExecutionHaltedError
from huitong.store import ChainStore, MemoryKeyValue
from huitong.types import Code, HuitongError


class Full(MemoryKeyValue):
    """A store on a disk that fills up when the test says so."""

    full = False

    def write(self, changes, *, durable):
        if self.full:
            raise HuitongError(Code.STORE_FULL, reason="no space left")
        super().write(changes, durable=durable)


async def test_a_full_disk_halts_the_engine_and_everybody_hears_why(tmp_path):
    source = Full()
    bench = Bench(tmp_path, ChainStore(source))
    engine = bench.engine()
    await engine.start()
    subscription = aiter(engine.subscribe())
    source.full = True
    with capture_logs() as logs:
        outcome = await (await engine.submit(bench.transaction())).committed()
    assert [(line["log_level"], "no space left" in line["reason"]) for line in logs] == [("error", True)]
    assert outcome.receipt is None
    assert outcome.error.code == Code.ENGINE_HALTED
    assert "no space left" in str(outcome.error)
    for call in (engine.submit(bench.transaction()), engine.submit_many([b""]), engine.proved(9)):
        with pytest.raises(HuitongError) as caught:
            await call
        assert caught.value.code == Code.ENGINE_HALTED
    with pytest.raises(StopAsyncIteration):
        await anext(subscription)
    await engine.stop()
    source.full = False
    again = Bench(tmp_path, ChainStore(source))
    assert again.store.tip.height == 1
    assert again.maker.make([]).block.height == 2


async def test_a_transaction_that_kills_workers_is_left_out(tmp_path, monkeypatch):
    bench = Bench(tmp_path)
    raws = [bench.transaction() for _ in range(3)]
    submissions = [Submission(raw, bench.kernel.open_transaction(raw)) for raw in raws]
    deadly = submissions[1].tx_id
    apply_block = bench.kernel.apply_block

    def apply(view, history, block):
        if raws[1] in b"".join(block.envelopes):
            raise ExecutionHaltedError(deadly)
        return apply_block(view, history, block)

    monkeypatch.setattr(bench.kernel, "apply_block", apply)
    made = bench.maker.make(submissions)
    assert [(item.tx_id, error.code) for item, error in made.dropped] == [(deadly, Code.NOT_EXECUTABLE)]
    assert [(outcome.tx_id, outcome.receipt.code) for _, outcome in made.finished] == [
        (submissions[0].tx_id, 0),
        (submissions[2].tx_id, 0),
    ]
    assert bench.store.place(deadly) is None


async def test_nothing_is_told_before_it_is_durable(tmp_path):
    """While the batch is being written no receipt, header or event is out; the event loop goes on."""

    class Slow(MemoryKeyValue):
        hold = False
        writing = threading.Event()
        go_on = threading.Event()

        def write(self, changes, *, durable):
            if self.hold and durable:
                self.writing.set()
                assert self.go_on.wait(10)
            super().write(changes, durable=durable)

    source = Slow()
    bench = Bench(tmp_path, ChainStore(source))
    engine = bench.engine()
    await engine.start()
    seen = asyncio.create_task(anext(aiter(engine.subscribe())))
    source.hold = True
    submission = await engine.submit(bench.transaction())
    await asyncio.to_thread(source.writing.wait, 10)
    assert submission.outcome() is None
    assert engine.pending(submission.tx_id) is submission
    assert engine.height == 1
    assert engine.snapshot().height == 1
    assert not seen.done()
    second = await engine.submit(bench.transaction())
    assert second.outcome() is None
    source.go_on.set()
    first_end, second_end = await submission.committed(), await second.committed()
    assert (first_end.height, second_end.height) == (2, 3)
    assert (await seen).height == 2
    await engine.stop()


async def test_a_clock_that_jumps_back_does_not_take_time_back(tmp_path):
    bench = Bench(tmp_path)
    bench.maker.make([])
    before = bench.store.header(1)[0].time_ns
    bench.clock.time_ns -= 3600 * SECOND
    bench.maker.make([])
    assert bench.store.header(2)[0].time_ns == before + 1_000_000


async def test_a_fault_of_our_own_in_a_check_halts_and_is_told(tmp_path, monkeypatch):
    bench = Bench(tmp_path)
    engine = bench.engine()
    await engine.start()

    def broken(*args):
        raise AssertionError("an invariant")

    monkeypatch.setattr(bench.kernel, "check_transaction", broken)
    with pytest.raises(HuitongError) as caught:
        await engine.submit(bench.transaction())
    assert caught.value.code == Code.ENGINE_HALTED
    assert "an invariant" in caught.value.data["reason"]
    assert engine.halted is not None
    await engine.stop()


async def test_a_stopped_engine_proves_nothing_more(tmp_path):
    bench = Bench(tmp_path)
    engine = bench.engine()
    await engine.start()
    await engine.stop()
    with pytest.raises(HuitongError) as caught:
        await engine.prove_state("main", b"key")
    assert caught.value.code == Code.STOPPING
