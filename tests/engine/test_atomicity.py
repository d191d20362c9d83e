"""A block is in the store as a whole or not at all, and a replay from genesis gives the same hashes."""

from functools import partial

import pytest
from engine_world import SENDERS, Bench
from kernel_world import World, key

from huitong.engine import Application, Submission, VerifierPool, replay
from huitong.engine import verdicts as verdicts_module
from huitong.engine.pipeline import Pipeline
from huitong.engine.replay import signature_checks
from huitong.store import ChainStore, MemoryKeyValue, RocksKeyValue, memory_store, open_store
from huitong.types import Code, Element, HuitongError


class Failing:
    """A key-value engine whose write number `at` fails, before or after it took effect."""

    def __init__(self, inner, at, *, applied):
        self._inner = inner
        self._at = at
        self._applied = applied
        self.writes = 0

    def write(self, changes, *, durable):
        self.writes += 1
        if self.writes == self._at and not self._applied:
            raise HuitongError(Code.STORE_FULL, reason="no space left")
        self._inner.write(changes, durable=durable)
        if self.writes == self._at:
            raise HuitongError(Code.STORE_FULL, reason="no space left")

    def __getattr__(self, name):
        return getattr(self._inner, name)


def submissions(bench, count, salt):
    raws = [bench.transaction(SENDERS[index % 3], salt=salt + index) for index in range(count)]
    return [Submission(raw, bench.kernel.open_transaction(raw)) for raw in raws]


def run(bench):
    """Three blocks with transactions, each with its proof block."""
    for number in range(3):
        bench.maker.make(submissions(bench, 4, number * 10))
        bench.maker.make([])


def run_ahead(bench):
    """The same blocks, each executed while the one before is written."""
    pipeline = Pipeline()
    try:
        for number in range(3):
            for given in (submissions(bench, 4, number * 10), []):
                executed = bench.maker.execute(given)
                pipeline.settle()
                pipeline.write(partial(bench.maker.persist, bench.maker.seal(executed)))
        pipeline.settle()
    finally:
        pipeline.close()


async def _expected(folder):
    bench = Bench(folder / "expected")
    run(bench)
    return {height: bench.store.header(height) for height in range(1, bench.store.tip.height + 1)}


@pytest.mark.parametrize("make", [run, run_ahead])
@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("kind", ["memory", "rocks"])
async def test_failing_at_every_write_leaves_whole_blocks(tmp_path, kind, applied, make):
    expected = await _expected(tmp_path)
    writes = 1 + 2 * 6
    for at in range(1, writes + 1):
        folder = tmp_path / f"at-{at}"
        inner = MemoryKeyValue() if kind == "memory" else RocksKeyValue(folder / "store")
        with pytest.raises(HuitongError) as caught:
            make(Bench(folder, ChainStore(Failing(inner, at, applied=applied))))
        assert caught.value.code == Code.STORE_FULL
        again = Bench(folder, ChainStore(inner))
        height = again.store.tip.height
        for known in range(1, height + 1):
            assert again.store.header(known) == expected[known]
            assert again.store.signed_header(known) is not None
            assert len(list(again.store.results(known))) == len(again.store.envelopes(known))
        assert again.store.header(height + 1) is None
        assert again.store.envelopes(height + 1) == ()
        assert list(again.store.results(height + 1)) == []
        for salt in (0, 10, 20):
            for submission in submissions(again, 4, salt):
                place = again.store.place(submission.tx_id)
                assert (place is not None) == (height > salt // 5)
                assert again.store.seen(submission.tx_id) == (place is not None)
        again.store.close()


@pytest.mark.parametrize("kind", ["memory", "rocks"])
async def test_a_naive_replay_gives_the_same_hashes(tmp_path, kind):
    bench = Bench(tmp_path, memory_store() if kind == "memory" else open_store(tmp_path / "store"))
    run(bench)
    target = Application(bench.kernel, memory_store(), bench.genesis, bench.document)
    assert replay(bench.store, target, bench.store.tip.height) == bench.store.tip.app_hash
    assert target.store.tip == bench.store.tip
    start, end = b"\x01", b"\xff"
    for store in ("main", "ibc"):
        expected = list(bench.store.snapshot().view(store).scan(start, end))
        assert expected
        assert list(target.store.live(store).scan(start, end)) == expected
    bench.store.close()


async def test_a_replay_verifies_in_batches(tmp_path, monkeypatch):
    """Everything is verified before the block is executed, so that execution computes the gateway's signature alone."""
    bench = Bench(tmp_path)
    run(bench)
    fresh = Bench(tmp_path / "fresh")
    target = Application(fresh.kernel, memory_store(), fresh.genesis, fresh.document)
    computed = []
    real = verdicts_module.verify
    monkeypatch.setattr(verdicts_module, "verify", lambda *args: computed.append(args) or real(*args))
    verifiers = VerifierPool(fresh.verdicts, 0)
    assert replay(bench.store, target, bench.store.tip.height, verifiers) == bench.store.tip.app_hash
    assert [args[1] for args in computed] == [key("gateway").public_key] * 3


async def test_checks_of_what_cannot_be_read_are_left_out(tmp_path):
    bench = Bench(tmp_path)
    stranger = bench.transaction(sender="nobody")
    elements = (Element(1, b"raw"), Element(0, b"\xc1"), Element(0, stranger), Element(0, bench.transaction()))
    envelope = World().envelope(elements=elements)
    view = bench.store.live("main")
    assert [check[1] for check in signature_checks(bench.kernel, [b"\xc1", envelope], view)] == [
        key(SENDERS[0]).public_key
    ]


async def test_a_replay_notices_a_changed_block(tmp_path):
    bench = Bench(tmp_path)
    run(bench)

    class Changed:
        def __init__(self, height):
            self._height = height

        def envelopes(self, height):
            found = bench.store.envelopes(height)
            return (found[0][:-1] + bytes((found[0][-1] ^ 1,)),) if height == self._height else found

        def __getattr__(self, name):
            return getattr(bench.store, name)

    target = Application(bench.kernel, memory_store(), bench.genesis, bench.document)
    with pytest.raises(HuitongError) as caught:
        replay(Changed(3), target, bench.store.tip.height)
    assert caught.value.code == Code.STORE_DAMAGED
    assert target.height == 2


async def test_state_that_does_not_give_its_hash_is_damage(tmp_path):
    bench = Bench(tmp_path, ChainStore(inner := MemoryKeyValue()))
    run(bench)
    start, end = b"\x02", b"\x03"
    key, leaves = next((key, value) for key, value in inner.scan(0, start, end) if key[1] == 1)
    inner.write([(0, key, leaves[:-1] + bytes((leaves[-1] ^ 1,)))], durable=False)
    with pytest.raises(HuitongError) as caught:
        Bench(tmp_path, ChainStore(inner))
    assert caught.value.code == Code.STORE_DAMAGED


async def test_another_genesis_is_refused(tmp_path):
    bench = Bench(tmp_path)
    with pytest.raises(HuitongError) as caught:
        Application(bench.kernel, bench.store, bench.genesis, bench.document + b" ")
    assert caught.value.code == Code.GENESIS_DIFFERS
