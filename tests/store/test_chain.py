"""The chain on a store: format, remembered ids, consistent reads, bounded memory."""

import threading

import pytest
from engine_world import SENDERS, Bench
from hypothesis import given
from hypothesis import strategies as st
from kernel_world import SECOND

from huitong.engine import Submission
from huitong.state import keys
from huitong.store import ChainStore, Family, MemoryKeyValue, StoreSettings, layout, open_store
from huitong.store.cache import HotCache, IdFilter, Missing
from huitong.types import Code, HuitongError, encode
from huitong.types.registry import STORE_MAIN, SuiteId


def make(bench, count, salt):
    raws = [bench.transaction(SENDERS[index % 3], salt=salt + index) for index in range(count)]
    submissions = [Submission(raw, bench.kernel.open_transaction(raw)) for raw in raws]
    return bench.maker.make(submissions), submissions


def test_a_store_of_a_later_format_is_refused():
    source = MemoryKeyValue()
    later = encode([layout.FORMAT_VERSION + 1, 1, "something new"])
    source.write([(Family.STATE, layout.FORMAT, later)], durable=True)
    with pytest.raises(HuitongError) as caught:
        ChainStore(source)
    assert caught.value.code == Code.STORE_FORMAT_UNKNOWN
    assert caught.value.data == {"found": layout.FORMAT_VERSION + 1, "known": layout.FORMAT_VERSION}


def test_a_store_without_format_but_with_content_is_damaged():
    source = MemoryKeyValue()
    source.write([(Family.STATE, layout.TIP, b"x")], durable=True)
    with pytest.raises(HuitongError) as caught:
        ChainStore(source)
    assert caught.value.code == Code.STORE_DAMAGED


async def test_a_record_that_cannot_be_read_is_damage(tmp_path):
    bench = Bench(tmp_path, ChainStore(source := MemoryKeyValue()))
    bench.maker.make([])
    source.write([(Family.CHAIN, layout.at_height(layout.HEADER, 1), b"\xc1")], durable=True)
    with pytest.raises(HuitongError) as caught:
        bench.store.header(1)
    assert caught.value.code == Code.STORE_DAMAGED


async def test_a_store_of_another_suite_is_refused(tmp_path):
    Bench(tmp_path, ChainStore(source := MemoryKeyValue()))
    with pytest.raises(HuitongError) as caught:
        ChainStore(source, StoreSettings(suite=SuiteId.GUOMI))
    assert caught.value.code == Code.NODE_CONFIGURATION


async def test_a_folder_with_a_store_opens_once(tmp_path):
    store = open_store(tmp_path / "store")
    with pytest.raises(HuitongError) as caught:
        open_store(tmp_path / "store")
    assert caught.value.code == Code.HOME_IN_USE
    store.close()
    open_store(tmp_path / "store").close()


@pytest.mark.parametrize("restart", [False, True])
async def test_ids_are_remembered_until_their_list_is_forgotten(tmp_path, restart):
    source = MemoryKeyValue()
    bench = Bench(tmp_path, ChainStore(source))
    _, first = make(bench, 3, 0)
    if restart:
        bench = Bench(tmp_path, ChainStore(source))
        bench.clock.time_ns += SECOND
    assert all(bench.store.seen(item.tx_id) for item in first)
    window = bench.genesis.parameters.replay_window_ns
    bench.clock.time_ns += window + 2 * SECOND
    _, second = make(bench, 1, 100)
    assert not any(bench.store.seen(item.tx_id) for item in first)
    assert bench.store.seen(second[0].tx_id)
    assert bench.store.place(first[0].tx_id).height == 1
    assert not bench.store.seen(bytes(32))


async def test_heights_that_no_block_has(tmp_path):
    bench = Bench(tmp_path)
    for height in (-1, 0, 7, 2**64, 2**80):
        assert bench.store.header(height) is None
        assert bench.store.signed_header(height) is None
        assert bench.store.envelopes(height) == ()
        assert list(bench.store.results(height)) == []


def faults_of(snapshot):
    """What contradicts that a snapshot shows whole blocks: lists of ids stand at heights 2 to its own, and no other."""
    view, height = snapshot.view(STORE_MAIN), snapshot.height
    expected = [keys.tx_ids(known) for known in range(2, height + 1)]
    if [key for key, _ in view.scan(keys.TX_IDS, keys.after(keys.TX_IDS))] != expected:
        yield f"scan at {height} is not whole"
    if any(view.get(key) is None for key in expected[-1:]) or view.get(keys.tx_ids(height + 1)) is not None:
        yield f"{height} is not whole"


async def test_snapshots_in_other_threads_show_whole_blocks(tmp_path):
    bench = Bench(tmp_path, open_store(tmp_path / "store"))
    bench.maker.make([])
    faults = []
    done = threading.Event()

    def read():
        while not done.is_set():
            faults.extend(faults_of(bench.store.snapshot()))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(40):
        make(bench, 2, number * 10)
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []
    bench.store.close()


KEYS, VALUES = st.binary(min_size=1, max_size=1), st.none() | st.binary(max_size=4)


@given(st.lists(st.tuples(KEYS, VALUES) | st.dictionaries(KEYS, VALUES, max_size=9) | KEYS, max_size=80))
def test_a_hot_cache_is_never_wrong(steps):
    cache = HotCache(max_bytes=1600)
    model = {}
    for step in steps:
        if isinstance(step, tuple):
            key, value = step
            model[key] = value
            cache.put(key, value)
        elif isinstance(step, dict):
            model.update(step)
            cache.update(step)
        else:
            key = step
            found = cache.get(key)
            assert isinstance(found, Missing) or found == model[key]


def test_a_hot_cache_keeps_what_is_used_within_its_bound():
    cache = HotCache(max_bytes=20_000)
    cache.put(b"hot", b"value")
    for number in range(1000):
        cache.put(number.to_bytes(4, "big"), b"v" * 50)
        assert cache.get(b"hot") == b"value"
    kept = sum(not isinstance(cache.get(number.to_bytes(4, "big")), Missing) for number in range(1000))
    assert kept * 50 < 20_000


def test_an_id_filter_never_denies_a_remembered_id():
    ids = {height: tuple(bytes((height, number)) + bytes(30) for number in range(20)) for height in range(1, 6)}
    found = IdFilter(cold_until=0)
    for height, block_ids in ids.items():
        found.add(height, block_ids)
    assert all(found.may_hold(tx_id) for block_ids in ids.values() for tx_id in block_ids)
    assert not found.may_hold(b"\xee" * 32)


def test_a_cold_filter_says_maybe_until_the_old_ids_are_forgotten():
    found = IdFilter(cold_until=10)
    assert found.may_hold(b"\xee" * 32)
    found.forget_below(10)
    assert found.may_hold(b"\xee" * 32)
    found.forget_below(11)
    assert not found.may_hold(b"\xee" * 32)


async def test_a_crowded_tree_grows_and_keeps_its_root(tmp_path):
    source = MemoryKeyValue()
    bench = Bench(tmp_path, ChainStore(source))
    before = bench.store.tree_bits(STORE_MAIN)
    number = 0
    while bench.store.tree_bits(STORE_MAIN) == before:
        make(bench, 1, number)
        number += 1
        assert number < 400
    tip = bench.store.tip
    again = Bench(tmp_path, ChainStore(source))
    assert again.store.tip == tip
    assert again.store.tree_bits(STORE_MAIN) > before
    made, _ = make(again, 1, 1000)
    assert made.finished[0][1].receipt.code == 0
