"""`apply_block` is total and deterministic; blocks write what the specification says and empty ones nothing."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kernel_world import SECOND, World

from huitong.crypto import INTERNATIONAL, merkle, module_address
from huitong.kernel import TxIds
from huitong.state import keys
from huitong.types import Code, Element, decode_scanned, encode, is_rejection
from huitong.types.registry import ModuleId

IDENTITY = module_address(ModuleId.IDENTITY)
CALL = (IDENTITY, "organisations", ())
ALICE = "alice@hospital-a"


def test_an_empty_block_changes_nothing():
    world = World()
    result = world.block()
    assert (result.envelopes, result.writes["main"], result.new_ids) == ((), {}, ())


def test_a_block_with_envelopes_writes_the_digest_of_its_ids_even_when_none_is_admitted():
    world = World()
    good = world.block(world.envelope(world.transaction(ALICE, CALL), world.transaction(ALICE, CALL)))
    record = decode_scanned(good.writes["main"][keys.tx_ids(1)], TxIds)
    assert record == TxIds(world.time_ns + 600 * SECOND, 2, INTERNATIONAL.hash(b"".join(good.new_ids)))
    assert list(good.new_ids) == sorted(good.new_ids)
    bad = world.block(b"junk")
    assert decode_scanned(bad.writes["main"][keys.tx_ids(2)], TxIds).count == 0
    assert [(item.code, item.data, item.gas_used) for item in bad.envelopes] == [(1, b"", 0)]


def test_header_hashes_are_kept_in_256_slots():
    world = World()
    for _ in range(300):
        world.block(world.envelope(world.transaction(ALICE, CALL)))
    slots = [key for key in world.view.data if key.startswith(b"\x01headers/")]
    assert len(slots) == 256
    newest = world.view.data[keys.header_slot(299)]
    assert newest == (299).to_bytes(8, "big") + INTERNATIONAL.hash((299).to_bytes(8, "big"))


def test_receipts_root_covers_rejected_transactions_at_their_index():
    world = World()
    good, bad = world.transaction(ALICE, CALL), b"\xc1"
    result = world.block(world.envelope(bad, good)).envelopes[0]
    codes = [item.receipt.code for item in result.transactions]
    assert codes == [Code.ENCODING_MALFORMED, 0]
    assert [item.receipt.index for item in result.transactions] == [0, 1]
    leaves = [encode(item.receipt) for item in result.transactions]
    assert result.data == merkle.root(leaves, INTERNATIONAL.hash)
    assert result.gas_used == sum(item.receipt.gas_used for item in result.transactions)
    assert result.transactions[0].receipt.payer == world.kernel.open_envelope(world.envelope(good)).envelope.gateway


def test_gas_limit_of_an_envelope_rejects_what_goes_past_it():
    world = World()
    txs = [world.transaction(ALICE, CALL, gas_limit=400_000) for _ in range(3)]
    result = world.block(world.envelope(*txs, gas_limit=1_000_000)).envelopes[0]
    assert [item.receipt.code for item in result.transactions] == [0, 0, Code.ENVELOPE_GAS_EXCEEDED]
    late = world.run(txs[2])[0].receipt
    assert late.code == 0, "a rejected id is not remembered"


def test_failed_transactions_are_remembered_and_rejected_ones_are_not():
    world = World()
    failing = world.transaction(ALICE, (bytes(20), "m", ()))
    unsigned = world.transaction(ALICE, CALL)[:-64] + bytes(64)
    result = world.block(world.envelope(failing, unsigned))
    assert [item.receipt.code for item in result.envelopes[0].transactions] == [
        Code.TARGET_UNKNOWN,
        Code.SIGNATURE_INVALID,
    ]
    assert result.new_ids == (world.kernel.open_transaction(failing).tx_id,)


elements = st.builds(Element, st.integers(0, 3), st.binary(max_size=80))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.binary(max_size=200), st.lists(elements, min_size=1, max_size=4)), max_size=4))
def test_any_bytes_give_exactly_one_result_per_envelope(shapes):
    world = World()
    raws = [shape if isinstance(shape, bytes) else world.envelope(elements=tuple(shape)) for shape in shapes]
    result = world.block(*raws)
    assert len(result.envelopes) == len(raws)
    for shape, item in zip(shapes, result.envelopes, strict=True):
        if isinstance(shape, bytes):
            assert (item.code, item.data) == (1, b"")
        else:
            assert all(is_rejection(one.receipt.code) for one in item.transactions)


@settings(max_examples=200)
@given(st.data())
def test_mutated_transactions_never_execute(data):
    world = World()
    raw = bytearray(world.transaction(ALICE, CALL))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    result = world.run(bytes(raw))[0]
    assert is_rejection(result.receipt.code), "every byte of a transaction is signed or is the signature"


def test_the_same_block_gives_the_same_bytes():
    one, two = World(), World()
    results = [world.block(world.envelope(world.transaction(ALICE, CALL), b"\xc1")) for world in (one, two)]
    assert msgspec.msgpack.encode(results[0].envelopes) == msgspec.msgpack.encode(results[1].envelopes)
    assert results[0].writes == results[1].writes
    assert list(results[0].writes["main"]) == sorted(results[0].writes["main"])
