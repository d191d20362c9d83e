"""The walk of a light client: bisection over changing validators, backward links, what is kept, and evidence."""

from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from light_world import SECOND, START_NS, LightWorld, constant, turning, validators_of

from huitong.crypto import sha256, validator_address
from huitong.crypto.evidence import AMNESIA, EQUIVOCATION, LUNATIC, attack_of, evidence_of, suspects
from huitong.crypto.light import LightBlock, TrustPeriod
from huitong.crypto.light_walk import MAX_FETCHED, TrustedBlocks, same_header, walk_backward, walk_forward
from huitong.types import Code, ProofInvalid
from huitong.types.bundle import decode_evidence, encode_document

WORLD = turning(24)
NOW = START_NS + 30 * SECOND
PERIOD = TrustPeriod(100 * SECOND, NOW, SECOND)


def walked(walk, blocks):
    """Run a walk; returns the verified heights and those that were asked for."""
    asked = []
    try:
        height = next(walk)
        while True:
            asked.append(height)
            height = walk.send(blocks[height])
    except StopIteration as done:
        return [block.height for block in done.value], asked


def refusal(action, *args):
    with pytest.raises(ProofInvalid) as caught:
        action(*args)
    return caught.value.code


def test_a_header_of_the_same_validators_needs_none_between():
    blocks = constant(20).blocks
    assert walked(walk_forward(blocks[1], blocks[20], PERIOD), blocks) == ([20], [])


def test_a_header_of_others_is_reached_over_those_between():
    """Two of four validators are more than a third, one is not: every step bridges at most two changes."""
    verified, asked = walked(walk_forward(WORLD.blocks[1], WORLD.blocks[24], PERIOD), WORLD.blocks)
    assert verified[-1] == 24
    assert asked
    sets = [set(WORLD.sets[height - 1]) for height in (1, *verified)]
    assert all(len(first & second) >= 2 for first, second in pairwise(sets))
    assert len(asked) < 20


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 23), st.data())
def test_any_later_header_is_reached_and_a_changed_one_never(first, data):
    second = data.draw(st.integers(first + 1, 24))
    verified, _ = walked(walk_forward(WORLD.blocks[first], WORLD.blocks[second], PERIOD), WORLD.blocks)
    assert verified[-1] == second
    assert verified == sorted(verified)
    bad = data.draw(st.sampled_from(verified))
    changed = msgspec.structs.replace(WORLD.blocks[bad].header, app_hash=sha256(b"other"))
    block = WORLD.blocks[bad]
    forged = LightBlock(msgspec.structs.replace(block.signed, header=changed), block.validators)
    blocks = {**WORLD.blocks, bad: forged}
    assert refusal(walked, walk_forward(blocks[first], blocks[second], PERIOD), blocks) == Code.COMMIT_INVALID


def test_another_height_than_asked_for_is_refused():
    walk = walk_forward(WORLD.blocks[1], WORLD.blocks[24], PERIOD)
    height = next(walk)
    assert refusal(walk.send, WORLD.blocks[height + 1]) == Code.HEADER_INVALID


def test_a_whole_set_that_changes_at_once_needs_the_header_where_it_is_announced():
    first, second = validators_of(0, 1, 2), validators_of(3, 4, 5)
    blocks = LightWorld([first] * 10 + [second] * 7).blocks
    verified, asked = walked(walk_forward(blocks[1], blocks[16], PERIOD), blocks)
    assert {10, 11} <= set(verified)
    assert len(asked) <= 10


def test_strangers_never_get_in():
    """A header that no trusted validator signed, whose gateway invents everything between."""
    strangers = LightWorld([validators_of(20, 21, 22, 23)] * 25)
    blocks = {**strangers.blocks, 1: WORLD.blocks[1]}
    code = refusal(walked, walk_forward(blocks[1], blocks[24], PERIOD), blocks)
    assert code == Code.HEADER_INVALID


def test_earlier_headers_by_their_hashes():
    verified, asked = walked(walk_backward(WORLD.blocks[9], WORLD.blocks[5]), WORLD.blocks)
    assert (verified, asked) == ([8, 7, 6, 5], [8, 7, 6])
    other = WORLD.other(6, app_hash=sha256(b"other"))
    blocks = {**WORLD.blocks, 6: other}
    assert refusal(walked, walk_backward(blocks[9], blocks[5]), blocks) == Code.HEADER_INVALID
    assert refusal(walked, walk_backward(blocks[9], other), blocks) == Code.HEADER_INVALID
    swapped = LightBlock(WORLD.blocks[8].signed, WORLD.blocks[1].validators)
    assert refusal(walked, walk_backward(WORLD.blocks[9], swapped), blocks) == Code.HEADER_INVALID


def test_a_walk_backward_is_bounded():
    block = WORLD.blocks[24]
    header = msgspec.structs.replace(block.header, height=MAX_FETCHED + 2)
    high = LightBlock(msgspec.structs.replace(block.signed, header=header), block.validators)
    assert refusal(walked, walk_backward(high, WORLD.blocks[1]), {}) == Code.TRUST_MISMATCH


def test_the_first_and_the_newest_are_kept():
    kept = TrustedBlocks(WORLD.blocks[3], limit=4)
    for height in (8, 5, 20, 6, 7, 5):
        kept.add(WORLD.blocks[height])
    assert [block.height for block in kept] == [3, 7, 8, 20]
    assert (len(kept), kept.newest.height, kept.at(5)) == (4, 20, None)


def test_ways_lead_forward_while_trust_lasts_and_backward_after():
    kept = TrustedBlocks(WORLD.blocks[5], limit=8)
    assert walked(kept.way_to(WORLD.blocks[3], PERIOD), WORLD.blocks)[0] == [4, 3]
    kept.add(WORLD.blocks[12])
    assert walked(kept.way_to(WORLD.blocks[7], PERIOD), WORLD.blocks)[0] == [7]
    short = TrustPeriod(20 * SECOND, START_NS + 26 * SECOND, SECOND)
    assert walked(kept.way_to(WORLD.blocks[9], short), WORLD.blocks)[0] == [11, 10, 9]
    late = TrustPeriod(20 * SECOND, START_NS + 32 * SECOND, SECOND)
    assert refusal(kept.way_to, WORLD.blocks[13], late) == Code.TRUST_EXPIRED


@pytest.mark.parametrize(
    ("round_", "changes", "attack", "guilty"),
    [
        (0, {"data_hash": sha256(b"other")}, EQUIVOCATION, 4),
        (1, {"data_hash": sha256(b"other")}, AMNESIA, 0),
        (0, {"app_hash": sha256(b"other")}, LUNATIC, 4),
    ],
)
def test_evidence_names_the_attack_and_who_signed(round_, changes, attack, guilty):
    blocks = constant(6).blocks
    other = constant(6).other(6, round_=round_, **changes)
    assert not same_header(blocks[6], other)
    assert attack_of(blocks[6], other) == attack
    evidence = evidence_of(blocks[2], blocks[6], other)
    assert (evidence.attack, int(evidence.common_height), len(evidence.validators)) == (attack, 2, guilty)
    read = decode_evidence(encode_document(evidence))
    assert read == evidence
    if guilty:
        assert set(read.validators) == {validator_address(item.public_key) for item in blocks[6].validators}


def test_only_those_who_were_trusted_are_suspects_of_a_lunatic_header():
    blocks = turning(8, every=1).blocks
    forged = turning(8, every=1).other(3, app_hash=sha256(b"other"))
    assert len(suspects(blocks[1], blocks[3], forged)) == 2
