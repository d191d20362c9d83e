"""Snapshots over ABCI: made beside the chain, offered late enough, taken over by an empty node, refused if spoiled."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from engine_world import Bench
from fake_cometbft import SNAPSHOT_INTERVAL, FakeCometBFT, comet_engine

from huitong.crypto import sha256
from huitong.engine.cometbft.protos import abci
from huitong.store import portable
from huitong.types import Code, HuitongError, encode
from huitong.types.registry import STORE_MAIN

ACCEPT, ABORT, REJECT, REJECT_FORMAT = 1, 2, 3, 4
RETRY, REJECT_SNAPSHOT = 3, 5
HANG_S = 240
"""No measure: what is waited for this long hangs."""


class Joining:
    """A node with an empty chain beside a running one: what CometBFT's state sync would ask of both."""

    def __init__(self, folder: Path, driven) -> None:
        folder.mkdir()
        self.driven = driven
        self.bench = Bench(folder)
        self.bench.clock = driven.bench.clock
        self.comet = FakeCometBFT(self.bench)
        self.engine = None
        self.folder = folder

    async def start(self) -> None:
        self.engine = comet_engine(self.bench, self.folder, await self.comet.listen())
        await self.engine.start()
        await self.comet.dial(self.folder / "abci.sock")

    async def stop(self) -> None:
        self.engine._pool.drop(self.engine._pool.everything(), RuntimeError("end"))
        await self.engine.stop()
        await self.comet.close()

    @property
    def snapshots(self):
        return self.comet.connections["snapshot"]

    def app_hash(self, height: int) -> bytes:
        """What a light client verified: the app hash in the header after a height."""
        return self.driven.comet.blocks[height][0].header.app_hash

    async def offer(self, snapshot) -> int:
        answer = await self.snapshots.ask("offer_snapshot", snapshot=snapshot, app_hash=self.app_hash(snapshot.height))
        return answer.result

    async def chunks(self, snapshot) -> list[bytes]:
        serving = self.driven.comet.connections["snapshot"]
        return [
            (await serving.ask("load_snapshot_chunk", height=snapshot.height, format=1, chunk=index)).chunk
            for index in range(snapshot.chunks)
        ]

    async def apply(self, chunks) -> list[int]:
        results = []
        for index, chunk in enumerate(chunks):
            answer = await self.snapshots.ask("apply_snapshot_chunk", index=index, chunk=chunk, sender="peer")
            results.append(answer.result)
        return results

    async def sync(self, snapshot) -> None:
        assert await self.offer(snapshot) == ACCEPT
        assert set(await self.apply(await self.chunks(snapshot))) == {ACCEPT}
        height = snapshot.height
        self.comet.blocks = list(self.driven.comet.blocks[:height])
        self.comet.app_hash = self.app_hash(height)

    async def follow(self) -> None:
        """Get the blocks after the snapshot, as block sync does."""
        for block, decided, commit in self.driven.comet.blocks[len(self.comet.blocks) :]:
            answer = await self.comet.finalize(block, decided)
            self.comet.blocks.append((block, decided, commit))
            self.comet.app_hash = answer.app_hash
            await self.comet.connections["consensus"].ask("commit")


async def listed(driven):
    return list((await driven.comet.connections["snapshot"].ask("list_snapshots")).snapshots)


async def until(condition) -> None:
    async with asyncio.timeout(HANG_S):
        while not condition():  # noqa: ASYNC110 (other threads tell nobody)
            await asyncio.sleep(0.01)


async def told(driven, height: int) -> None:
    await until(lambda: driven.engine.height >= height)


async def snapshot_of(driven):
    """Make blocks until a snapshot is offered."""
    for number in range(SNAPSHOT_INTERVAL):
        await driven.comet.decide([await driven.envelope(3)] if number % 2 else [])
    await until(lambda: driven.engine._keeper._making is None or driven.engine._keeper._making.done())
    await driven.comet.decide([])
    await told(driven, SNAPSHOT_INTERVAL + 1)
    await until((driven.folder / f"snapshots/{SNAPSHOT_INTERVAL}-1").is_dir)
    assert await listed(driven) == [], "light clients need two headers more"
    await driven.comet.decide([await driven.envelope(2)])
    await told(driven, SNAPSHOT_INTERVAL + 2)
    found = await listed(driven)
    assert [item.height for item in found] == [SNAPSHOT_INTERVAL]
    return found[0]


@pytest.fixture
async def joining(tmp_path, driven):
    world = Joining(tmp_path / "joining", driven)
    await world.start()
    yield world
    await world.stop()


async def test_a_node_joins_by_a_snapshot_and_follows(driven, joining):
    snapshot = await snapshot_of(driven)
    await joining.sync(snapshot)
    info = await joining.comet.connections["query"].ask("info")
    assert (info.last_block_height, info.last_block_app_hash) == (snapshot.height, joining.app_hash(snapshot.height))
    await joining.follow()
    assert joining.comet.app_hash == driven.comet.app_hash
    newest = len(driven.comet.blocks)
    await until(lambda: joining.engine.height == newest)
    await driven.comet.decide([])
    await joining.follow()
    assert joining.bench.store.first_height == snapshot.height + 1
    with pytest.raises(HuitongError) as error:
        await joining.engine.submit(joining.bench.transaction(salt=1))
    assert error.value.code == Code.REPLAYED, "the ids of blocks before the snapshot came with it"
    submission = await joining.engine.submit(joining.bench.transaction(salt=9999))
    await joining.comet.until_pool(1)
    assert joining.engine.pending(submission.tx_id) is submission


async def test_proofs_and_older_questions_after_a_snapshot(driven, joining):
    snapshot = await snapshot_of(driven)
    await joining.sync(snapshot)
    await joining.follow()
    await until(lambda: joining.engine.height == len(driven.comet.blocks))
    old = next(iter(driven.bench.store.results(2))).transactions[0].receipt.tx_id
    for question in (joining.engine.prove_receipt(old), joining.engine.proved(1)):
        with pytest.raises(HuitongError) as error:
            await question
        assert error.value.code == Code.HISTORY_NOT_KEPT
        assert error.value.data["first"] == snapshot.height + 1
    new = next(iter(driven.bench.store.results(snapshot.height + 2))).transactions[0].receipt.tx_id
    proving = asyncio.create_task(joining.engine.prove_receipt(new))
    await driven.comet.decide([])
    await joining.follow()
    assert (await proving).signed.header.height == snapshot.height + 3
    state = await joining.engine.prove_state(STORE_MAIN, b"\x01rules")
    assert state.value == (1).to_bytes(8, "big")


async def test_a_wrong_chunk_costs_its_sender_and_is_asked_for_again(driven, joining):
    snapshot = await snapshot_of(driven)
    assert await joining.offer(snapshot) == ACCEPT
    chunks = await joining.chunks(snapshot)
    spoiled = chunks[0][:-1] + bytes((chunks[0][-1] ^ 1,))
    for bad in (spoiled, chunks[0][:-1], b"", chunks[1]):
        answer = await joining.snapshots.ask("apply_snapshot_chunk", index=0, chunk=bad, sender="evil")
        assert (answer.result, list(answer.refetch_chunks), list(answer.reject_senders)) == (RETRY, [0], ["evil"])
    assert set(await joining.apply(chunks)) == {ACCEPT}
    assert joining.bench.store.tip.height == snapshot.height


def forged(snapshot, chunks):
    """A snapshot with another value in it, whose metadata fits."""
    place = next(index for index, chunk in enumerate(chunks) if chunk[:2] == b"\x01\x01")
    chunks = [*chunks]
    chunks[place] = chunks[place][:-1] + bytes((chunks[place][-1] ^ 1,))
    metadata = portable.read_metadata(snapshot.metadata)
    raw = encode(msgspec.structs.replace(metadata, chunks=tuple(map(sha256, chunks))))
    return abci.Snapshot(height=snapshot.height, format=1, chunks=len(chunks), hash=sha256(raw), metadata=raw), chunks


async def test_a_poisoned_snapshot_is_refused_and_another_one_taken(driven, joining):
    snapshot = await snapshot_of(driven)
    good = await joining.chunks(snapshot)
    poison, chunks = forged(snapshot, good)
    assert await joining.offer(poison) == ACCEPT
    answers = [
        await joining.snapshots.ask("apply_snapshot_chunk", index=index, chunk=chunk, sender="evil")
        for index, chunk in enumerate(chunks)
    ]
    assert answers[-1].result == REJECT_SNAPSHOT
    assert list(answers[-1].reject_senders) == ["evil"]
    assert joining.bench.store.tip.height == 0
    assert joining.engine.halted is None
    await joining.sync(snapshot)
    await joining.follow()
    assert joining.comet.app_hash == driven.comet.app_hash


async def test_offers_that_do_not_fit_are_refused(driven, joining):
    snapshot = await snapshot_of(driven)
    for field, value, expected in [
        ("format", 2, REJECT_FORMAT),
        ("hash", bytes(32), REJECT),
        ("metadata", b"\xc1", REJECT),
        ("chunks", 1, REJECT),
    ]:
        offered = abci.Snapshot()
        offered.CopyFrom(snapshot)
        setattr(offered, field, value)
        assert await joining.offer(offered) == expected, field
    answer = await joining.snapshots.ask("offer_snapshot", snapshot=snapshot, app_hash=bytes(32))
    assert answer.result == REJECT
    serving = driven.comet.connections["snapshot"]
    answer = await serving.ask("offer_snapshot", snapshot=snapshot, app_hash=joining.app_hash(snapshot.height))
    assert answer.result == ABORT, "a node with blocks does not begin anew"
    answer = await joining.snapshots.ask("apply_snapshot_chunk", index=0, chunk=b"x", sender="peer")
    assert answer.result == RETRY
    for height, version, index in [(99, 1, 0), (snapshot.height, 9, 0), (snapshot.height, 1, 10_000)]:
        answer = await serving.ask("load_snapshot_chunk", height=height, format=version, chunk=index)
        assert answer.chunk == b""


async def test_another_header_than_the_snapshot_named_halts(driven, joining):
    """The tail of headers is bound by nothing but the next block's hash."""
    snapshot = await snapshot_of(driven)
    await joining.sync(snapshot)
    block, decided, _ = driven.comet.blocks[snapshot.height]
    with pytest.raises(RuntimeError):
        await joining.comet.finalize(block, msgspec.structs.replace(decided, hash=bytes(32)))
    assert joining.engine.halted is not None
    assert joining.engine.halted.__cause__.code == Code.SNAPSHOT_HEADER_DIFFERS
    assert joining.bench.store.tip.height == snapshot.height


async def test_a_node_whose_key_is_no_gateway_follows(driven, joining, monkeypatch):
    snapshot = await snapshot_of(driven)
    await joining.sync(snapshot)
    monkeypatch.setattr(joining.engine._gateway._packer, "gateway", bytes(20))
    with pytest.raises(HuitongError) as error:
        await joining.engine.submit(joining.bench.transaction())
    assert error.value.code == Code.NODE_FOLLOWS
    with pytest.raises(HuitongError) as error:
        await joining.engine.submit_many([joining.bench.transaction()])
    assert error.value.code == Code.NODE_FOLLOWS


async def test_cometbft_drops_blocks_with_the_node_but_none_that_evidence_may_be_about(driven, monkeypatch):
    for number in range(6):
        driven.bench.clock.time_ns += 10**9
        await driven.comet.decide([await driven.envelope()] if number == 1 else [])
    assert driven.engine._retain_height() == 0, "nothing was taken away"
    driven.bench.store.forget_blocks([], 3)
    assert driven.engine._retain_height() == 0, "no block is older than two days"
    monkeypatch.setattr("huitong.engine.cometbft.engine.EVIDENCE_NS", 10**9)
    assert driven.engine._retain_height() == 0, "there are not 100,000 blocks"
    for blocks, expected in ((5, 1), (1, 3)):
        monkeypatch.setattr("huitong.engine.cometbft.engine.EVIDENCE_BLOCKS", blocks)
        assert driven.engine._retain_height() == expected
    block, decided = driven.comet.build([])
    await driven.comet.finalize(block, decided)
    assert (await driven.comet.connections["consensus"].ask("commit")).retain_height == 3
