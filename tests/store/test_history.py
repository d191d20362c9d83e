"""Old blocks go, the state stays; what goes can be archived before, and an archive is checked without the node."""

from pathlib import Path

import msgspec
import pytest
from engine_world import SENDERS, Bench
from kernel_world import SECOND

from huitong.crypto import INTERNATIONAL, sha256
from huitong.crypto.bundle import trust_document
from huitong.engine import Keeper, Submission
from huitong.store import (
    ArchivedBlock,
    BlockArchive,
    ChainStore,
    Family,
    HistoryPruner,
    MemoryKeyValue,
    archive_files,
    open_store,
    read_archive,
    verify_archive,
)
from huitong.store.archive import MAGIC, MANIFEST
from huitong.store.pruning import LEAST_BLOCKS, STEP
from huitong.types import Code, HuitongError, ProofInvalid, encode
from huitong.types.bundle import decode_trust

WINDOW = 600 * SECOND


def make(bench, count, salt):
    raws = [bench.transaction(SENDERS[index % 3], salt=salt + index) for index in range(count)]
    bench.maker.make([Submission(raw, bench.kernel.open_transaction(raw)) for raw in raws])


def grow(bench, blocks, every=50):
    """Make blocks, one in `every` with two transactions; the last one with transactions has left the replay window."""
    for number in range(blocks):
        bench.clock.time_ns += SECOND
        make(bench, 2 if number % every == 1 else 0, 10_000 + number * 10)
    bench.clock.time_ns += WINDOW + 10 * SECOND
    make(bench, 1, 1)


def pruner(bench, **settings):
    chosen = {"keep_blocks": 600, "keep_ns": 0} | settings
    return HistoryPruner(bench.store, bench.genesis.initial_height, **chosen)


MADE = {}


@pytest.fixture
async def long(tmp_path):
    """A chain of its own for each test, made once and copied."""
    if not MADE:
        bench = Bench(tmp_path / "made", ChainStore(source := MemoryKeyValue()))
        grow(bench, 760)
        MADE.update(source=source, record=(tmp_path / "made/signer.json").read_bytes(), time_ns=bench.clock.time_ns)
    source = MemoryKeyValue()
    for family in Family:
        source.write([(family, key, row) for key, row in MADE["source"].scan(family, b"\0", b"\xff")], durable=True)
    (tmp_path / "signer.json").write_bytes(MADE["record"])
    bench = Bench(tmp_path, ChainStore(source))
    bench.source = source
    bench.clock.time_ns = MADE["time_ns"]
    return bench


async def test_old_blocks_go_and_the_chain_goes_on_after_a_restart(tmp_path, long):
    height = long.store.tip.height
    old = next(iter(long.store.results(2))).transactions[0].receipt.tx_id
    pruner(long).prune(height)
    first = height + 1 - 600
    assert long.store.first_height == first
    assert long.store.header(first - 1) is None
    assert long.store.signed_header(first) is not None
    assert long.store.envelopes(2) == ()
    assert list(long.store.results(2)) == []
    assert long.store.place(old) is None
    with pytest.raises(HuitongError) as error:
        long.store.check_kept(first - 1)
    assert error.value.code == Code.HISTORY_NOT_KEPT
    assert error.value.data == {"height": first - 1, "first": first}
    app_hash = long.store.tip.app_hash
    again = Bench(tmp_path, ChainStore(long.source))
    again.clock.time_ns = long.clock.time_ns + SECOND
    assert again.maker.application.app_hash == app_hash
    make(again, 2, 5)
    assert again.store.tip.height == height + 1


async def test_what_replay_protection_and_headers_need_stays(long):
    height = long.store.tip.height
    assert pruner(long, keep_blocks=1).limit(height) == height + 1 - LEAST_BLOCKS
    long.clock.time_ns += SECOND
    for number in range(LEAST_BLOCKS + 10):
        make(long, 0, number)
    height = long.store.tip.height
    assert pruner(long, keep_blocks=1).limit(height) == height - LEAST_BLOCKS - 10, "ids of the last block still count"


async def test_blocks_are_kept_by_time(long):
    """The blocks are a second apart, but for the pause of the replay window before the last."""
    height = long.store.tip.height
    newest = long.store.header(height)[0].time_ns
    for seconds in (100, 700, 1000, 1300):
        limit = pruner(long, keep_blocks=0, keep_ns=seconds * SECOND).limit(height)
        assert limit <= height + 1 - LEAST_BLOCKS
        assert long.store.header(limit)[0].time_ns >= newest - seconds * SECOND or limit == height + 1 - LEAST_BLOCKS
        below = long.store.header(limit - 1)
        assert below is None or below[0].time_ns < newest - seconds * SECOND


async def test_nothing_goes_without_a_reason(long):
    idle = pruner(long, keep_blocks=0)
    assert not idle.due(10**9)
    assert pruner(long).due(STEP)
    assert not pruner(long).due(STEP - 1)


async def test_a_keeper_prunes_beside_the_chain(long):
    keeper = Keeper(long.store, None, 0, pruner(long))
    keeper.committed()
    keeper.told(long.store.tip.height)
    keeper.close()
    assert long.store.first_height == long.store.tip.height + 1 - 600


@pytest.mark.parametrize("failing", range(3))
async def test_a_death_in_the_middle_of_pruning_leaves_whole_blocks(long, failing):
    height = long.store.tip.height
    write, count = long.source.write, 0

    def dying(changes, *, durable):
        nonlocal count
        count += 1
        if count > failing:
            raise HuitongError(Code.STORE_FULL, path="x", reason="No space left on device")
        write(changes, durable=durable)

    long.source.write = dying
    with pytest.raises(HuitongError):
        pruner(long, keep_blocks=520).prune(height)
    long.source.write = write
    store = ChainStore(long.source)
    assert store.first_height == (0 if not failing else 1 + failing * STEP)
    assert store.signed_header(max(store.first_height, 1)) is not None
    pruner(long, keep_blocks=520).prune(height)
    assert store.first_height == height + 1 - 520


@pytest.fixture
def trust(long):
    return decode_trust(trust_document(long.genesis.chain_id, INTERNATIONAL, long.store.validators(1)))


def archive(bench, folder):
    return BlockArchive(bench.store, folder, bench.genesis.chain_id, bench.genesis.suite)


async def test_pruned_blocks_are_in_the_archive(tmp_path, long, trust):
    height = long.store.tip.height
    folder = tmp_path / "archive"
    pruner(long, archive=archive(long, folder)).prune(height)
    files = archive_files(folder)
    assert len(files) == 2
    verdict = verify_archive(folder, trust)
    assert (verdict.first, verdict.last) == (1, height - 600)
    assert verdict.transactions == 8
    assert verify_archive(files[1], trust).first == 101
    blocks = [part for part in read_archive(files[0]) if isinstance(part, ArchivedBlock)]
    assert [block.header.height for block in blocks] == list(range(1, 102))
    assert sum(len(result.transactions) for block in blocks for result in block.results) == 4


async def test_an_archive_goes_on_where_it_ended(tmp_path, long, trust):
    write = archive(long, tmp_path / "archive")
    write(1, 30)
    write(1, 30)
    write(20, 60)
    assert [path.name for path in archive_files(tmp_path / "archive")] == [
        "blocks-000000000001-000000000030.harc",
        "blocks-000000000031-000000000060.harc",
    ]
    assert verify_archive(tmp_path / "archive", trust).last == 60


def rewritten(path: Path, change) -> None:
    """Write a file again with changed parts."""
    parts = change(list(read_archive(path)))
    frames = [encode(part) for part in parts]
    path.write_bytes(MAGIC + b"".join(len(raw).to_bytes(4, "big") + raw for raw in frames))


def with_transactions(parts):
    return next(place for place, part in enumerate(parts) if isinstance(part, ArchivedBlock) and part.results)


def replaced(parts, place, **changes):
    parts[place] = msgspec.structs.replace(parts[place], **changes)
    return parts


def other_receipt(parts):
    place = with_transactions(parts)
    result = parts[place].results[0]
    first = result.transactions[0]
    receipt = msgspec.structs.replace(first.receipt, gas_used=first.receipt.gas_used + 1)
    transactions = (msgspec.structs.replace(first, receipt=receipt), *result.transactions[1:])
    return replaced(parts, place, results=(msgspec.structs.replace(result, transactions=transactions),))


def other_result(parts):
    place = with_transactions(parts)
    result = parts[place].results[0]
    return replaced(parts, place, results=(msgspec.structs.replace(result, gas_used=result.gas_used + 1),))


def a_log(parts):
    place = with_transactions(parts)
    result = parts[place].results[0]
    first = msgspec.structs.replace(result.transactions[0], log="made up")
    transactions = (first, *result.transactions[1:])
    return replaced(parts, place, results=(msgspec.structs.replace(result, transactions=transactions),))


def no_envelopes(parts):
    return replaced(parts, with_transactions(parts), envelopes=(), results=())


def other_time(parts):
    header = parts[5].header
    return replaced(parts, 5, header=msgspec.structs.replace(header, time_ns=header.time_ns + 1))


def no_signature(parts):
    commit = parts[5].commit
    entry = msgspec.structs.replace(commit.signatures[0], signature=bytes(64))
    return replaced(parts, 5, commit=msgspec.structs.replace(commit, signatures=(entry,)))


SPOILED = {
    "receipt": (other_receipt, Code.ARCHIVE_INVALID),
    "result": (other_result, Code.ARCHIVE_INVALID),
    "log": (a_log, Code.ARCHIVE_INVALID),
    "envelopes": (no_envelopes, Code.ARCHIVE_INVALID),
    "missing block": (lambda parts: [*parts[:4], *parts[5:]], Code.ARCHIVE_INVALID),
    "missing end": (lambda parts: parts[:-1], Code.ARCHIVE_INVALID),
    "doubled block": (lambda parts: [*parts[:4], parts[3], *parts[4:]], Code.ARCHIVE_INVALID),
    "no blocks": (lambda parts: parts[:1], Code.ARCHIVE_INVALID),
    "header": (other_time, Code.COMMIT_INVALID),
    "commit": (no_signature, Code.COMMIT_INVALID),
}


@pytest.mark.parametrize("case", SPOILED)
async def test_a_spoiled_archive_does_not_hold(tmp_path, long, trust, case):
    change, code = SPOILED[case]
    archive(long, tmp_path / "archive")(1, 60)
    file = archive_files(tmp_path / "archive")[0]
    rewritten(file, change)
    with pytest.raises(ProofInvalid) as error:
        verify_archive(file, trust)
    assert error.value.code == code


async def test_files_are_those_of_the_manifest_in_a_chain(tmp_path, long, trust):
    folder = tmp_path / "archive"
    write = archive(long, folder)
    for first in (1, 21, 41):
        write(first, first + 19)
    files = archive_files(folder)
    text = (folder / MANIFEST).read_bytes()
    entries = msgspec.json.decode(text)
    for files_left in (entries["files"][1:], [entries["files"][0], entries["files"][2]], entries["files"][::-1]):
        (folder / MANIFEST).write_bytes(msgspec.json.encode(entries | {"files": files_left}))
        with pytest.raises(ProofInvalid) as error:
            verify_archive(folder, trust)
        assert error.value.code == Code.ARCHIVE_INVALID
    (folder / MANIFEST).write_bytes(text)
    assert verify_archive(folder, trust).last == 60
    raw = files[1].read_bytes()
    for spoiled in (raw[:-1], raw[:-1] + bytes((raw[-1] ^ 1,)), b"", b"something else"):
        files[1].write_bytes(spoiled)
        for path in (folder, files[1]):
            with pytest.raises(ProofInvalid):
                verify_archive(path, trust)


async def test_an_archive_of_strangers_is_not_trusted(tmp_path, long, trust):
    archive(long, tmp_path / "archive")(1, 60)
    other = decode_trust(
        trust_document(
            long.genesis.chain_id,
            INTERNATIONAL,
            [msgspec.structs.replace(long.store.validators(1)[0], public_key=sha256(b"another"))],
        )
    )
    for believed in (other, msgspec.structs.replace(trust, chain_id="other-1")):
        with pytest.raises(ProofInvalid) as error:
            verify_archive(tmp_path / "archive", believed)
        assert error.value.code == Code.TRUST_MISMATCH


async def test_pruning_on_disk(tmp_path):
    bench = Bench(tmp_path, open_store(tmp_path / "store"))
    grow(bench, 640, every=200)
    pruner(bench, keep_blocks=530).prune(bench.store.tip.height)
    assert bench.store.first_height == bench.store.tip.height + 1 - 530
    assert bench.store.header(bench.store.first_height - 1) is None
    bench.store.close()
