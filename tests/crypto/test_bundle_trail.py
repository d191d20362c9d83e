"""Proof bundles over changes of the validators, in archive and live mode."""

import json

import pytest
from light_world import SECOND, START_NS, LightWorld, validators_of

from huitong.crypto import INTERNATIONAL, SMT_SPEC, TENDERMINT_SPEC, ExistenceProof, InnerOp, merkle, sha256
from huitong.crypto.bundle import live_trust_document, state_bundle, trust_document, with_trail
from huitong.crypto.bundle_check import verify_bundle
from huitong.crypto.light import TrustPeriod
from huitong.crypto.light_walk import walk_forward
from huitong.types import NO_BLOCK, Code, ProofInvalid
from huitong.types.bundle import decode_bundle, decode_trust, encode_document

SETS = [validators_of(*range(step // 3, step // 3 + 4)) for step in range(31)]
WORLD = LightWorld(SETS)
KEY, VALUE = b"\x12patient", b"\x07"
ROOT = sha256(b"\0" + sha256(KEY) + sha256(VALUE))
LEAVES = [b"\x03ibc\x20" + sha256(b"other"), b"\x04main\x20" + sha256(ROOT)]
UPPER = ExistenceProof(b"main", ROOT, TENDERMINT_SPEC.leaf, (InnerOp(1, b"\1" + sha256(b"\0" + LEAVES[0]), b""),))
PROOFS = (ExistenceProof(KEY, VALUE, SMT_SPEC.leaf, ()), UPPER)
LAST = WORLD.block(30, NO_BLOCK, app_hash=merkle.root(LEAVES, sha256))
BLOCKS = {**WORLD.blocks, 30: LAST}
NOW = START_NS + 40 * SECOND
WEEK = 7 * 24 * 3600 * SECOND


def trail(first):
    walk = walk_forward(BLOCKS[first], LAST, TrustPeriod(WEEK, NOW, SECOND))
    try:
        height = next(walk)
        while True:
            height = walk.send(BLOCKS[height])
    except StopIteration as done:
        return done.value[:-1]


PLAIN = state_bundle(INTERNATIONAL, LAST.signed, LAST.validators, "main", KEY, VALUE, PROOFS)
LIVE = live_trust_document(BLOCKS[2], INTERNATIONAL, WEEK)
ARCHIVE = trust_document("light-1", INTERNATIONAL, BLOCKS[2].validators)
BUNDLE = with_trail(PLAIN, trail(2))


def refusal(bundle, trust, **options):
    with pytest.raises(ProofInvalid) as caught:
        verify_bundle(bundle, trust, **options)
    return caught.value.code


def test_a_trail_leads_from_old_validators_to_new_ones():
    verdict = verify_bundle(BUNDLE, LIVE, now_ns=NOW)
    heights = ", ".join(str(block.header.height) for block in decode_bundle(BUNDLE).trail)
    assert (verdict.height, verdict.value) == (30, VALUE)
    assert verdict.proved[0] == f"Headers {heights} lead from what you trust to it, over changes of the validators."
    assert "at header 2 (2023-11-14T22:13:22.000Z)" in verdict.assumed[0]
    assert "trusting period of 604800 s" in verdict.assumed[2]


def test_an_archive_may_begin_with_validators_or_with_a_header():
    """With validators alone the first header must be theirs, so the trail begins a little earlier."""
    from_theirs = with_trail(PLAIN, (BLOCKS[2], *trail(2)))
    verdict = verify_bundle(from_theirs, ARCHIVE)
    assert verdict.assumed[2] == "No clock was asked: archive mode trusts these validators for all times."
    assert verify_bundle(BUNDLE, LIVE, mode="archive").assumed[2] == verdict.assumed[2]
    assert refusal(BUNDLE, ARCHIVE) == Code.TRUST_MISMATCH
    assert refusal(PLAIN, ARCHIVE) == Code.TRUST_MISMATCH


def test_without_a_trail_too_few_of_the_trusted_signed():
    assert refusal(PLAIN, LIVE, now_ns=NOW) == Code.TRUST_MISMATCH


def test_every_header_of_the_trail_is_needed_and_in_its_place():
    steps = trail(2)
    assert len(steps) > 2
    assert refusal(with_trail(PLAIN, steps[1:]), LIVE, now_ns=NOW) == Code.TRUST_MISMATCH
    assert refusal(with_trail(PLAIN, (steps[1], steps[0], *steps[2:])), LIVE, now_ns=NOW) == Code.TRUST_MISMATCH
    swapped = (steps[0], steps[2], steps[1], *steps[3:])
    assert refusal(with_trail(PLAIN, swapped), LIVE, now_ns=NOW) in {Code.TRUST_MISMATCH, Code.HEADER_INVALID}


def test_no_header_of_the_trail_can_be_changed():
    text = json.loads(BUNDLE)
    for number in range(len(text["trail"])):
        changed = json.loads(BUNDLE)
        changed["trail"][number]["header"]["app_hash"] = "0x" + "11" * 32
        raw = json.dumps(changed, indent=2).encode()
        assert refusal(raw, LIVE, now_ns=NOW) in {Code.BUNDLE_MALFORMED, Code.COMMIT_INVALID}


def test_a_trail_of_another_chain_is_refused():
    foreign = LightWorld(SETS, chain_id="other-1")
    assert refusal(with_trail(PLAIN, (foreign.blocks[3],)), LIVE, now_ns=NOW) == Code.HEADER_INVALID


def test_trust_ends_and_clocks_count_only_when_live():
    late = START_NS + 2 * SECOND + WEEK
    assert refusal(BUNDLE, LIVE, now_ns=late) == Code.TRUST_EXPIRED
    assert refusal(BUNDLE, LIVE, now_ns=START_NS + 19 * SECOND) == Code.HEADER_FROM_FUTURE
    verify_bundle(BUNDLE, LIVE, now_ns=late - 1)
    verify_bundle(BUNDLE, LIVE, mode="archive", now_ns=late)


def test_a_bundle_before_the_trusted_header_is_for_an_archive():
    later = live_trust_document(WORLD.block(31 - 1, NO_BLOCK), INTERNATIONAL, WEEK)
    assert refusal(PLAIN, later, now_ns=NOW) == Code.TRUST_MISMATCH  # another header 30 than the trusted one
    same = live_trust_document(LAST, INTERNATIONAL, WEEK)
    verify_bundle(PLAIN, same, now_ns=NOW)
    earlier = with_trail(PLAIN, (BLOCKS[29],))
    assert refusal(earlier, same, now_ns=NOW) == Code.TRUST_MISMATCH
    verify_bundle(earlier, same, mode="archive")  # header 29 has the same validators
    verify_bundle(earlier, live_trust_document(BLOCKS[29], INTERNATIONAL, WEEK), now_ns=NOW)


def test_a_trust_file_is_whole_or_refused():
    trust = json.loads(LIVE)

    def changed(**fields):
        return json.dumps({**trust, **fields}).encode()

    without = {name: value for name, value in trust.items() if name != "trusting_period_ns"}
    assert refusal(BUNDLE, json.dumps(without).encode(), now_ns=NOW) == Code.TRUST_MISMATCH
    assert refusal(BUNDLE, changed(trusting_period_ns="0"), now_ns=NOW) == Code.TRUST_MISMATCH
    assert refusal(BUNDLE, changed(validators=trust["validators"][:3]), now_ns=NOW) == Code.TRUST_MISMATCH
    assert refusal(BUNDLE, changed(header={**trust["header"], "chain_id": "other-1"}), now_ns=NOW) == (
        Code.TRUST_MISMATCH
    )
    assert refusal(BUNDLE, ARCHIVE, mode="live", now_ns=NOW) == Code.TRUST_MISMATCH


def test_documents_without_the_new_fields_keep_their_bytes():
    assert b"trail" not in PLAIN
    assert b"trusting_period_ns" not in ARCHIVE
    assert encode_document(decode_trust(LIVE)) == LIVE
    empty = PLAIN[:-2] + b',\n  "trail": []\n}'
    assert refusal(empty, LIVE, now_ns=NOW) == Code.BUNDLE_MALFORMED
