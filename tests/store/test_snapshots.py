"""Snapshots: the same state whatever the layout, and nothing but the whole of it is taken over."""

import errno
from pathlib import Path

import msgspec
import pytest
from engine_world import SENDERS, Bench
from hypothesis import given
from hypothesis import strategies as st
from kernel_world import SECOND

from huitong.crypto import INTERNATIONAL, sha256
from huitong.engine import Application, Submission
from huitong.state import SparseMerkleTree
from huitong.store import (
    ChainStore,
    HistoryPruner,
    MemoryKeyValue,
    SnapshotFolder,
    SnapshotMaker,
    SnapshotTaker,
    memory_store,
    open_store,
    portable,
)
from huitong.store.content import bucket_records
from huitong.types import NO_COMMIT, Block, Code, HuitongError, encode
from huitong.types.registry import STORE_MAIN, STORES, SuiteId

WINDOW_NS = 600 * SECOND


def make(bench, count, salt):
    raws = [bench.transaction(SENDERS[index % 3], salt=salt + index) for index in range(count)]
    return bench.maker.make([Submission(raw, bench.kernel.open_transaction(raw)) for raw in raws])


class World:
    """A chain with some blocks, and the snapshot of one of its heights."""

    def __init__(self, folder: Path, store: ChainStore | None = None, size: int = 1000) -> None:
        self.bench = Bench(folder, store)
        make(self.bench, 0, 0)
        for number in range(3):
            make(self.bench, 4, number * 10)
        self.folder = SnapshotFolder(folder / "snapshots")
        self.maker = SnapshotMaker(
            self.bench.store, self.folder, self.chain_id, SuiteId.INTERNATIONAL, size=size, rest=lambda _: None
        )

    @property
    def chain_id(self) -> str:
        return self.bench.genesis.chain_id

    def snapshot(self):
        """Make a snapshot of the newest height, and the blocks after it."""
        self.maker.freeze()
        self.maker.write()
        make(self.bench, 0, 0)
        make(self.bench, 2, 500)
        self.maker.finish()
        return self.folder.known[0]

    def chunks(self, found):
        height = found.metadata.height
        return [self.folder.chunk(height, portable.FORMAT, index) for index in range(len(found.metadata.chunks))]


def fresh(folder: Path, world: World, store: ChainStore | None = None) -> tuple[Bench, SnapshotTaker]:
    bench = Bench(folder, store)
    return bench, SnapshotTaker(bench.store, SnapshotFolder(folder / "snapshots"), world.chain_id, INTERNATIONAL)


def take(taker: SnapshotTaker, metadata: bytes, chunks, trusted: bytes):
    taker.begin(metadata, sha256(metadata), trusted)
    for index, chunk in enumerate(chunks):
        taker.put(index, chunk)
    return taker.finish()


def follow(bench: Bench, source: ChainStore) -> Application:
    """Execute the blocks that a copy lacks."""
    application = Application(bench.kernel, bench.store, bench.genesis, bench.document)
    while application.height < source.tip.height:
        header, block_id = source.header(application.height + 1)
        envelopes = source.envelopes(header.height)
        done = application.finalize(application.decide(header.time_ns, header.proposer_address, envelopes))
        application.commit(done, Block(header, envelopes, NO_COMMIT), block_id)
    return application


def refused(error) -> str:
    assert error.value.code == Code.SNAPSHOT_INVALID
    return error.value.data["reason"]


@pytest.fixture
async def world(tmp_path):
    return World(tmp_path / "source")


@pytest.mark.parametrize("kind", ["memory", "rocks"])
async def test_a_snapshot_gives_the_chain_and_it_goes_on_with_the_same_bytes(tmp_path, kind):
    stores = [open_store(tmp_path / name) if kind == "rocks" else memory_store() for name in "ab"]
    world = World(tmp_path / "source", stores[0])
    found = world.snapshot()
    bench, taker = fresh(tmp_path / "copy", world, stores[1])
    take(taker, found.raw, world.chunks(found), found.metadata.app_hash)
    source, copy = world.bench.store, bench.store
    height = found.metadata.height
    assert (copy.tip.height, copy.tip.app_hash) == (height, found.metadata.app_hash)
    assert copy.first_height == height + 1
    assert copy.awaited == source.header(height + 1)[1].hash
    application = follow(bench, source)
    assert application.app_hash == source.tip.app_hash
    assert application.results_hash == source.tip.results_hash
    assert copy.awaited is None
    for store in STORES:
        assert list(copy.snapshot().rows(store)) == list(source.snapshot().rows(store))
    for store in stores:
        store.close()


async def test_remembered_ids_come_along(tmp_path, world):
    found = world.snapshot()
    bench, taker = fresh(tmp_path / "copy", world)
    take(taker, found.raw, world.chunks(found), found.metadata.app_hash)
    ids = [item.receipt.tx_id for item in next(iter(world.bench.store.results(2))).transactions]
    assert len(ids) == 4
    assert all(bench.store.seen(tx_id) for tx_id in ids)
    assert bench.store.executed_ids(2) == b"".join(sorted(ids))
    assert not bench.store.seen(bytes(32))


async def test_ids_that_came_along_go_when_nobody_asks_for_them_any_more(tmp_path, world):
    found = world.snapshot()
    bench, taker = fresh(tmp_path / "copy", world)
    take(taker, found.raw, world.chunks(found), found.metadata.app_hash)
    tx_id = next(iter(world.bench.store.results(2))).transactions[0].receipt.tx_id
    pruner = HistoryPruner(bench.store, bench.genesis.initial_height, keep_blocks=600, keep_ns=0)
    pruner.prune(bench.store.tip.height)
    assert bench.store.known(tx_id).height == 2
    assert bench.store.place(tx_id) is None, "its block is not here"
    world.bench.clock.time_ns += WINDOW_NS + SECOND
    make(world.bench, 1, 900)
    make(world.bench, 1, 901)
    follow(bench, world.bench.store)
    pruner.prune(bench.store.tip.height)
    assert bench.store.known(tx_id) is None
    assert [height for height, _ in bench.store.id_lists() if height <= found.metadata.height] == []


async def test_a_synced_node_makes_the_same_snapshot(tmp_path, world):
    """A snapshot of a copy is that of the source, byte for byte: chunks may come from both."""
    found = world.snapshot()
    bench, taker = fresh(tmp_path / "copy", world)
    take(taker, found.raw, world.chunks(found), found.metadata.app_hash)
    bench.store.put_signed_header(world.bench.store.signed_header(found.metadata.height + 1))
    folder = SnapshotFolder(tmp_path / "again")
    maker = SnapshotMaker(bench.store, folder, world.chain_id, SuiteId.INTERNATIONAL, size=1000, rest=lambda _: None)
    maker.freeze()
    maker.write()
    maker.finish()
    assert folder.known[0].raw == found.raw


class Records(dict):
    """Buckets of a tree that is only computed."""


@given(
    rows=st.dictionaries(st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40), max_size=60),
    bits=st.integers(0, 10),
    other=st.integers(0, 10),
    size=st.integers(50, 2000),
)
def test_the_root_depends_on_neither_buckets_nor_chunks(rows, bits, other, size):
    written = SparseMerkleTree(sha256, bits, Records())
    written.update(rows)
    ordered = sorted(rows.items(), key=lambda row: sha256(row[0]))
    chunks = list(portable.state_chunks(STORE_MAIN, ordered, size))
    assert all(len(chunk) <= max(size, 90) for chunk in chunks)
    read = [row for chunk in chunks for row in portable.state_rows(chunk)]
    assert read == ordered
    restored = SparseMerkleTree(sha256, other, Records())
    restored.load((number, record) for number, record, _ in bucket_records(read, sha256, other))
    assert restored.root == written.root
    assert restored.count == len(rows)


def poisoned(world, change):
    """A snapshot whose rows were changed and whose metadata fits them."""
    found = world.snapshot()
    chunks = change(world.chunks(found))
    metadata = found.metadata
    raw = encode(
        portable.Metadata(
            metadata.version,
            metadata.suite,
            metadata.chain_id,
            metadata.height,
            metadata.app_hash,
            metadata.counts,
            tuple(map(sha256, chunks)),
        )
    )
    return raw, chunks, metadata.app_hash


def spoil_value(chunks):
    return [chunks[0][:-1] + bytes((chunks[0][-1] ^ 1,)), *chunks[1:]]


def index_of(chunks, section):
    return next(index for index, chunk in enumerate(chunks) if chunk[0] == section)


def swap_state(chunks):
    first = [index for index, chunk in enumerate(chunks) if chunk[:2] == b"\x01\x01"]
    chunks[first[0]], chunks[first[1]] = chunks[first[1]], chunks[first[0]]
    return chunks


def repeat_state(chunks):
    place = next(index for index, chunk in enumerate(chunks) if chunk[:2] == b"\x01\x01")
    return [*chunks[:place], chunks[place], *chunks[place:]]


def other_id(chunks):
    place = index_of(chunks, portable.Section.IDS)
    chunks[place] = chunks[place][:-1] + bytes((chunks[place][-1] ^ 1,))
    return chunks


def other_header(chunks):
    place = index_of(chunks, portable.Section.HEADERS)
    headers = portable.headers_of(chunks[place])
    changed = msgspec.structs.replace(headers[0], time_ns=headers[0].time_ns + 1)
    chunks[place : place + 1] = portable.header_chunks([changed, *headers[1:]])
    return chunks


CASES = {
    "value": (spoil_value, "does not give the app hash"),
    "missing": (lambda chunks: chunks[1:], "another number of keys"),
    "truncated": (lambda chunks: [chunks[0][:-1], *chunks[1:]], "in the middle of a row"),
    "reordered": (swap_state, "order of their hashes"),
    "repeated": (repeat_state, "order of their hashes"),
    "sections": (lambda chunks: chunks[::-1], "sections are not in order"),
    "ids": (other_id, "list of ids"),
    "no ids": (lambda chunks: [item for item in chunks if item[0] != portable.Section.IDS], "ids are missing"),
    "header": (other_header, "not linked"),
    "no headers": (lambda chunks: [item for item in chunks if item[0] != portable.Section.HEADERS], "is missing"),
    "section": (lambda chunks: [b"\x09\x00x", *chunks], "not known"),
    "empty": (lambda chunks: [b"", *chunks], "empty or longer"),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_poisoned_snapshot_is_refused_and_nothing_changes(tmp_path, world, case):
    change, words = CASES[case]
    raw, chunks, trusted = poisoned(world, change)
    bench, taker = fresh(tmp_path / "copy", world)
    before = bench.store.tip
    with pytest.raises(HuitongError) as error:
        take(taker, raw, chunks, trusted)
    assert words in refused(error)
    assert bench.store.tip == before
    assert not list((tmp_path / "copy" / "snapshots").iterdir())


async def test_chunks_are_those_of_the_metadata_in_order(tmp_path, world):
    found = world.snapshot()
    chunks = world.chunks(found)
    _, taker = fresh(tmp_path / "copy", world)
    taker.begin(found.raw, found.hash, found.metadata.app_hash)
    for index, chunk in [(0, chunks[1]), (1, chunks[1]), (-1, chunks[0]), (len(chunks), chunks[0])]:
        with pytest.raises(HuitongError) as error:
            taker.put(index, chunk)
        refused(error)
    taker.put(0, chunks[0])
    taker.put(0, chunks[0])
    assert taker.missing == len(chunks) - 1
    with pytest.raises(HuitongError) as error:
        taker.finish()
    assert refused(error) == "it is not complete"


async def test_metadata_of_another_chain_suite_state_or_format_is_refused(tmp_path, world):
    found = world.snapshot()
    fields = [getattr(found.metadata, name) for name in found.metadata.__struct_fields__]
    _, taker = fresh(tmp_path / "copy", world)
    for place, value, words in [
        (0, 2, "format is 2"),
        (1, int(SuiteId.GUOMI), "of suite"),
        (2, "other-1", "chain other-1"),
        (3, 0, "out of range"),
        (5, (1,), "out of range"),
        (6, (), "chunks"),
    ]:
        raw = encode([*fields[:place], value, *fields[place + 1 :]])
        with pytest.raises(HuitongError) as error:
            taker.begin(raw, sha256(raw), found.metadata.app_hash)
        assert words in refused(error)
    with pytest.raises(HuitongError) as error:
        taker.begin(found.raw, bytes(32), found.metadata.app_hash)
    assert "its hash" in refused(error)
    with pytest.raises(HuitongError) as error:
        taker.begin(found.raw, found.hash, bytes(32))
    assert "another app hash" in refused(error)


def attempt(work) -> Code | None:
    """Code that it fails with, None when it does not."""
    try:
        work()
    except HuitongError as error:
        return error.code
    return None


class Dying(MemoryKeyValue):
    """Fails at the Nth write after `arm`."""

    left = -1

    def write(self, changes, *, durable):
        if self.left == 0:
            raise HuitongError(Code.STORE_FULL, path="x", reason="No space left on device")
        self.left -= 1
        super().write(changes, durable=durable)


async def test_a_death_at_any_write_of_taking_over_leaves_an_empty_or_a_whole_store(tmp_path, world, monkeypatch):
    monkeypatch.setattr("huitong.store.installing.BATCH_BYTES", 3000)
    found = world.snapshot()
    chunks = world.chunks(found)
    number = 0
    while True:
        source = Dying()
        bench, taker = fresh(tmp_path / f"copy{number}", world, ChainStore(source))
        source.left = number
        code = attempt(lambda taker=taker: take(taker, found.raw, chunks, found.metadata.app_hash))
        if code is None:
            break
        assert code == Code.STORE_FULL
        source.left = -1
        again = ChainStore(source)
        assert again.tip is None or again.tip.height == bench.genesis.initial_height - 1
        restarted, taker = fresh(tmp_path / f"again{number}", world, again)
        take(taker, found.raw, chunks, found.metadata.app_hash)
        assert restarted.store.tip.app_hash == found.metadata.app_hash
        number += 1
    assert number > 5


async def test_a_death_while_making_leaves_no_snapshot(tmp_path, world):
    world.maker.freeze()
    world.maker.write()
    assert [path.name for path in (tmp_path / "source/snapshots").iterdir()] == ["making-4"]
    assert SnapshotFolder(tmp_path / "source/snapshots").known == ()
    assert list((tmp_path / "source/snapshots").iterdir()) == []


async def test_the_newest_snapshots_are_kept(world, tmp_path):
    heights = [world.snapshot().metadata.height for _ in range(4)]
    folder = SnapshotFolder(tmp_path / "source/snapshots")
    assert [item.metadata.height for item in folder.known] == heights[:1:-1]
    assert folder.known == world.folder.known
    assert folder.chunk(heights[0], portable.FORMAT, 0) == b""
    assert folder.chunk(heights[3], portable.FORMAT + 1, 0) == b""
    assert folder.chunk(heights[3], portable.FORMAT, 999) == b""


async def test_a_full_disk_is_said_and_leaves_nothing(world, monkeypatch, tmp_path):
    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huitong.store.snapshots.write_new", full)
    world.maker.freeze()
    with pytest.raises(HuitongError) as error:
        world.maker.write()
    assert error.value.code == Code.STORE_FULL
    assert list((tmp_path / "source/snapshots").iterdir()) == []
