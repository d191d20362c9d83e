"""Commits: more than two thirds, every entry checked, sign bytes as CometBFT's."""

import msgspec
import pytest

from huitong.crypto import (
    EMPTY_HASH,
    FLAG_ABSENT,
    FLAG_COMMIT,
    FLAG_NIL,
    commit_bytes,
    commit_hash,
    order_validators,
    precommit_sign_bytes,
    private_key,
    sha256,
    validator_address,
    verify_commit,
)
from huitong.types import NO_BLOCK, NO_COMMIT, BlockId, Code, Commit, CommitSignature, ProofInvalid, Validator

CHAIN, HEIGHT, TIME = "commit-1", 7, 1_700_000_000_000_000_001
BLOCK = BlockId(sha256(b"header"), 2, sha256(b"parts"))
KEYS = {key.public_key: key for key in (private_key(1, bytes([seed]) * 32) for seed in range(1, 5))}
VALIDATORS = order_validators([Validator(key, power) for key, power in zip(KEYS, (3, 2, 2, 2), strict=True)])


def entry(validator, flag, round_=0, time_ns=TIME):
    if flag == FLAG_ABSENT:
        return CommitSignature(FLAG_ABSENT, b"", 0, b"")
    voted = BLOCK if flag == FLAG_COMMIT else NO_BLOCK
    message = precommit_sign_bytes(CHAIN, HEIGHT, round_, voted, time_ns)
    signature = KEYS[validator.public_key].sign(message)
    return CommitSignature(flag, validator_address(validator.public_key), time_ns, signature)


def commit_with(*flags, round_=0):
    entries = (entry(*pair, round_) for pair in zip(VALIDATORS, flags, strict=True))
    return Commit(HEIGHT, round_, BLOCK, tuple(entries))


def verify(commit, validators=VALIDATORS, block=BLOCK):
    verify_commit(CHAIN, validators, block, HEIGHT, commit)


def refusal(*args):
    with pytest.raises(ProofInvalid) as caught:
        verify(*args)
    return caught.value.code


@pytest.mark.parametrize("round_", [0, 1, 2**31 - 1])
def test_more_than_two_thirds_are_needed(round_):
    """Of a power of 9: 7 is enough, exactly 6 is not; votes for nil are checked and do not count."""
    verify(commit_with(2, 2, 2, 2, round_=round_))
    verify(commit_with(2, 2, 2, 1, round_=round_))
    verify(commit_with(2, 3, 2, 2, round_=round_))
    assert refusal(commit_with(1, 2, 2, 2, round_=round_)) == Code.COMMIT_INVALID
    assert refusal(commit_with(3, 2, 2, 2, round_=round_)) == Code.COMMIT_INVALID
    assert refusal(commit_with(1, 1, 1, 1, round_=round_)) == Code.COMMIT_INVALID


GOOD = commit_with(2, 2, 3, 2)


def changed(index, **fields):
    entries = list(GOOD.signatures)
    entries[index] = msgspec.structs.replace(entries[index], **fields)
    return msgspec.structs.replace(GOOD, signatures=tuple(entries))


@pytest.mark.parametrize(
    "commit",
    [
        msgspec.structs.replace(GOOD, height=HEIGHT + 1),
        msgspec.structs.replace(GOOD, round=1),
        msgspec.structs.replace(GOOD, round=-1),
        msgspec.structs.replace(GOOD, round=2**31),
        msgspec.structs.replace(GOOD, block_id=BlockId(BLOCK.hash, 1, BLOCK.part_hash)),
        msgspec.structs.replace(GOOD, signatures=GOOD.signatures[:3]),
        msgspec.structs.replace(GOOD, signatures=(*GOOD.signatures, GOOD.signatures[0])),
        msgspec.structs.replace(GOOD, signatures=(GOOD.signatures[1], GOOD.signatures[0], *GOOD.signatures[2:])),
        msgspec.structs.replace(GOOD, signatures=(GOOD.signatures[0], GOOD.signatures[0], *GOOD.signatures[2:])),
        changed(0, flag=4),
        changed(0, flag=0),
        changed(0, flag=FLAG_NIL),
        changed(0, flag=FLAG_ABSENT),
        changed(2, flag=FLAG_COMMIT),
        changed(2, signature=bytes(64)),
        changed(0, timestamp_ns=TIME + 1),
        changed(0, timestamp_ns=-1),
        changed(0, validator_address=bytes(20)),
        changed(0, signature=b""),
        changed(0, signature=GOOD.signatures[0].signature + b"\0"),
    ],
)
def test_anything_else_is_refused(commit):
    assert refusal(commit) == Code.COMMIT_INVALID


def test_absent_entries_are_empty():
    good = commit_with(2, 2, 2, 1)
    for fields in ({"timestamp_ns": 1}, {"signature": b"x"}, {"validator_address": b"x"}):
        entries = (*good.signatures[:3], msgspec.structs.replace(good.signatures[3], **fields))
        assert refusal(msgspec.structs.replace(good, signatures=entries)) == Code.COMMIT_INVALID


@pytest.mark.parametrize(
    "block", [NO_BLOCK, BlockId(BLOCK.hash, 0, BLOCK.part_hash), BlockId(BLOCK.hash[:31], 1, BLOCK.part_hash)]
)
def test_incomplete_block_ids_are_refused(block):
    assert refusal(msgspec.structs.replace(GOOD, block_id=block), VALIDATORS, block) == Code.COMMIT_INVALID


def test_a_malformed_set_is_refused_before_its_signatures():
    assert refusal(GOOD, tuple(reversed(VALIDATORS))) == Code.HEADER_INVALID


def test_sign_bytes_leave_out_what_is_zero():
    """Spelled out: type 2, height as sfixed64, no round 0, no block for nil, always a timestamp."""
    body = bytes.fromhex("0802" + "110700000000000000" + "2a00" + "3208") + CHAIN.encode()
    assert precommit_sign_bytes(CHAIN, HEIGHT, 0, NO_BLOCK, 0) == bytes([len(body)]) + body
    with_round = precommit_sign_bytes(CHAIN, HEIGHT, 1, BLOCK, TIME)
    assert bytes.fromhex("190100000000000000" + "2248" + "0a20") + BLOCK.hash in with_round


def test_bytes_of_no_commit():
    assert commit_bytes(NO_COMMIT).hex() == "1a021200"
    assert commit_hash(NO_COMMIT) == EMPTY_HASH
