"""A chain that has ended goes on under its next revision: what comes along, what is new, what is refused."""

import msgspec
import pytest
from engine_world import Bench
from kernel_world import CHAIN_ID, GENESIS_TIME, MEMBERS, SECOND, address, key

from huitong.crypto import INTERNATIONAL
from huitong.engine import Submission
from huitong.kernel import parameters_of
from huitong.modules.identity import Directory
from huitong.modules.network import Network
from huitong.state import keys
from huitong.store import ChainStore, ExportFile, MemoryKeyValue, memory_store, write_export
from huitong.types import Code, Continuation, Gateway, HuitongError, decode_scanned
from huitong.types.registry import STORE_MAIN, STORES, ModuleId

NEXT = "huitong-test-2"
OLD_AND_NEW = ("gateway", "other")


def network():
    return (Network(INTERNATIONAL, Directory()),)


def make(bench, count, salt=0):
    raws = [bench.transaction(salt=salt + number) for number in range(count)]
    return raws, bench.maker.make([Submission(raw, bench.kernel.open_transaction(raw)) for raw in raws])


@pytest.fixture
async def ended(tmp_path):
    """A chain of five blocks; the last one proves the state."""
    bench = Bench(tmp_path / "old", modules=network())
    make(bench, 0)
    bench.raws = []
    for number in range(3):
        bench.clock.time_ns += SECOND
        bench.raws += make(bench, 3, 10 * number)[0]
    make(bench, 0)
    return bench


def exported(bench, path):
    write_export(path, bench.store, bench.genesis.chain_id, INTERNATIONAL)
    return ExportFile(path)


def continued(export, **changes):
    """What the genesis of the next revision says otherwise."""
    metadata = export.metadata
    before = Continuation(metadata.chain_id, metadata.height, export.trailer.time_ns, metadata.app_hash, export.digest)
    return {
        "chain_id": NEXT,
        "genesis_time_ns": export.trailer.time_ns + SECOND,
        "initial_height": metadata.height + 1,
        "organisations": (),
        "members": (),
        "continues": before,
    } | changes


def based(export, source=None):
    store = memory_store() if source is None else ChainStore(source)
    store.lay_base(export.metadata, export.check(INTERNATIONAL), export.chunks())
    return store


def going_on(folder, export, store=None, **changes):
    bench = Bench(folder, store or based(export), modules=network(), **continued(export, **changes))
    bench.clock.time_ns = export.trailer.time_ns + 2 * SECOND
    return bench


def rows(store, name):
    return dict(store.live(name).scan(b"\0", b"\xff"))


async def test_state_and_members_come_along_and_the_chain_goes_on(tmp_path, ended):
    export = exported(ended, tmp_path / "chain.export")
    bench = going_on(tmp_path / "new", export)
    before, after = rows(ended.store, STORE_MAIN), rows(bench.store, STORE_MAIN)
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    system = {key for key in changed if key[0] == 1}
    assert system <= {keys.GENESIS, keys.VALIDATORS, keys.ENGINES, *(keys.header_slot(h) for h in range(6))}
    assert all(key.startswith(keys.module(ModuleId.NETWORK, b"")) or key in system for key in changed)
    assert rows(bench.store, "ibc") == rows(ended.store, "ibc")
    _, made = make(bench, 2, 100)
    assert [outcome.receipt.code for _, outcome in made.finished] == [0, 0]
    header = made.block.signed.header
    assert (header.chain_id, header.height, header.last_block_id.hash) == (NEXT, 6, b"")
    make(bench, 0)
    again = going_on(tmp_path / "new", export, bench.store)
    assert again.maker.application.app_hash == bench.maker.application.app_hash


async def test_two_nodes_begin_with_the_same_state(tmp_path, ended):
    export = exported(ended, tmp_path / "chain.export")
    first, second = (going_on(tmp_path / name, export) for name in ("one", "two"))
    assert first.maker.application.app_hash == second.maker.application.app_hash
    assert first.maker.application.app_hash != export.metadata.app_hash, "the network is new"


async def test_transactions_of_the_chain_before_are_refused_and_their_ids_remembered(tmp_path, ended):
    export = exported(ended, tmp_path / "chain.export")
    bench = going_on(tmp_path / "new", export)
    for raw in ended.raws:
        opened = ended.kernel.open_transaction(raw)
        assert bench.store.seen(opened.tx_id)
        assert bench.store.place(opened.tx_id) is None, "its block is not here"
        with pytest.raises(HuitongError) as caught:
            bench.kernel.check_transaction(opened, bench.store.live(STORE_MAIN), bench.store, bench.clock.time_ns)
        assert caught.value.code == Code.CHAIN_WRONG


async def test_remembered_ids_are_forgotten_in_their_time(tmp_path, ended):
    export = exported(ended, tmp_path / "chain.export")
    bench = going_on(tmp_path / "new", export)
    opened = ended.kernel.open_transaction(ended.raws[0])
    bench.clock.time_ns += parameters_of(bench.store.live(STORE_MAIN)).replay_window_ns + 60 * SECOND
    make(bench, 1, 900)
    assert not bench.store.seen(opened.tx_id)


async def test_gateways_that_the_new_network_does_not_name_are_off(tmp_path, ended):
    """A node that goes on with the key of one of them refuses to start."""
    export = exported(ended, tmp_path / "chain.export")
    (old,) = ended.genesis.gateways
    fresh = msgspec.structs.replace(old, organisation="hospital-b", public_key=key("other").public_key)
    store = based(export)
    with pytest.raises(HuitongError):
        going_on(tmp_path / "new", export, store, gateways=(fresh,))
    found = [decode_scanned(store.live(STORE_MAIN).get(keys.gateway(address(name))), Gateway) for name in OLD_AND_NEW]
    assert [(item.organisation, item.active) for item in found] == [("hospital-a", False), ("hospital-b", True)]


async def test_a_chain_that_ends_with_transactions_can_be_exported_too(tmp_path, ended):
    """As a restored store does, which may sign no proof block any more."""
    ended.clock.time_ns += SECOND
    make(ended, 2, 50)
    export = exported(ended, tmp_path / "chain.export")
    assert export.metadata.app_hash != ended.store.header(export.metadata.height)[0].app_hash
    bench = going_on(tmp_path / "new", export)
    assert make(bench, 1, 200)[1].block.height == export.metadata.height + 1


async def test_a_continued_chain_can_be_exported_again(tmp_path, ended):
    export = exported(ended, tmp_path / "one.export")
    bench = going_on(tmp_path / "new", export)
    make(bench, 0)
    second = exported(bench, tmp_path / "two.export")
    assert (second.metadata.chain_id, second.metadata.height) == (NEXT, 6)
    third = Bench(tmp_path / "third", based(second), modules=network(), **continued(second, chain_id="huitong-test-3"))
    assert third.maker.application.height == 6


async def test_a_genesis_whose_state_is_not_here_is_refused(tmp_path, ended):
    export = exported(ended, tmp_path / "chain.export")
    with pytest.raises(HuitongError) as caught:
        Bench(tmp_path / "new", modules=network(), **continued(export))
    assert (caught.value.code, caught.value.data["continues"]) == (Code.EXPORT_NEEDED, CHAIN_ID)
    make(ended, 0)
    other = exported(ended, tmp_path / "other.export")
    with pytest.raises(HuitongError) as caught:
        Bench(tmp_path / "new", based(other), modules=network(), **continued(export))
    assert caught.value.code == Code.EXPORT_NEEDED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chain_id": "huitong-test-3"}, "the next revision of huitong-test-1 is not huitong-test-3"),
        ({"initial_height": 9}, "initial_height does not follow"),
        ({"genesis_time_ns": GENESIS_TIME}, "genesis_time_ns is not after"),
        ({"members": MEMBERS}, "organisations and members from there"),
    ],
)
async def test_a_genesis_that_does_not_follow_is_refused(tmp_path, ended, changes, reason):
    export = exported(ended, tmp_path / "chain.export")
    with pytest.raises(HuitongError) as caught:
        Bench(tmp_path / "new", based(export), modules=network(), **continued(export, **changes))
    assert caught.value.code == Code.GENESIS_INVALID
    assert reason in caught.value.data["reason"]


def refusal(act):
    with pytest.raises(HuitongError) as caught:
        act()
    assert caught.value.code == Code.EXPORT_INVALID
    return caught.value.data["reason"]


async def test_a_truncated_export_is_refused_wherever_it_ends(tmp_path, ended):
    path = tmp_path / "chain.export"
    exported(ended, path)
    whole = path.read_bytes()
    for length in (0, 5, 16, 18, 40, len(whole) // 2, len(whole) - 33, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert refusal(lambda: ExportFile(path)) in {
            "it does not begin as an export of this version",
            "it is cut off, or a length is damaged",
            "it is cut off, or its end is damaged",
        }
    path.write_bytes(whole + b"\0")
    assert refusal(lambda: ExportFile(path)) == "it is cut off, or its end is damaged"


async def test_any_damaged_byte_is_refused(tmp_path, ended):
    path = tmp_path / "chain.export"
    exported(ended, path)
    whole = path.read_bytes()
    for place in range(0, len(whole), 61):
        damaged = bytearray(whole)
        damaged[place] ^= 0x40
        path.write_bytes(bytes(damaged))
        assert refusal(lambda: ExportFile(path).check(INTERNATIONAL))


class Dying(MemoryKeyValue):
    """Dies at a write."""

    left = 10**9

    def write(self, changes, *, durable):
        self.left -= 1
        if self.left < 0:
            raise OSError("killed")
        super().write(changes, durable=durable)


async def test_a_death_while_the_state_is_taken_over_leaves_an_empty_store_that_can_begin_again(tmp_path, ended):
    export = exported(ended, tmp_path / "chain.export")
    content = export.check(INTERNATIONAL)
    for number in range(20):
        source = Dying()
        source.left = number
        try:
            ChainStore(source).lay_base(export.metadata, content, export.chunks())
            break
        except OSError:
            source.left = 10**9
        again = ChainStore(source)
        assert again.tip is again.base is None
        assert all(not rows(again, store) for store in STORES)
        again.lay_base(export.metadata, content, export.chunks())
        assert going_on(tmp_path / f"new-{number}", export, again).maker.application.height == 5
    assert number > 2
