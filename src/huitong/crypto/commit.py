"""Commits: sign bytes of precommits, protobuf form, hash, and the rule of more than two thirds.

Source: cometbft `types/canonical.go`, `types/vote.go`, `types/block.go`, `types/validation.go` (VerifyCommit).
"""

from collections.abc import Sequence
from typing import Final

from huitong.types import NO_BLOCK, BlockId, Code, Commit, CommitSignature, ProofInvalid, SignedHeader, Validator

from . import merkle
from .header import block_id_bytes, check_block_id, header_bytes
from .protobuf import delimited, fixed64, integer, message, octets, timestamp
from .suite import sha256
from .validators import check_validators, total_power, validator_address
from .zip215 import verify_zip215

FLAG_ABSENT: Final = 1
FLAG_COMMIT: Final = 2
FLAG_NIL: Final = 3

_PRECOMMIT: Final = 2
_GO_ZERO_TIME_NS: Final = -62_135_596_800 * 10**9
"""Year 1: the timestamp of an absent validator on the wire. Our structs hold 0 there."""

_MAX_ROUND: Final = 2**31
_MAX_TIME_NS: Final = 2**63


def precommit_sign_bytes(chain_id: str, height: int, round_: int, block_id: BlockId, time_ns: int) -> bytes:
    """What a validator signs: a length-delimited CanonicalVote.

    {type 1 = 2, sfixed64 height 2, sfixed64 round 3, block_id 4, timestamp 5, chain_id 6}. A vote for nil
    (`NO_BLOCK`) leaves field 4 out; the timestamp is always there.
    """
    voted = b"" if block_id == NO_BLOCK else message(4, block_id_bytes(block_id))
    return delimited(
        integer(1, _PRECOMMIT)
        + fixed64(2, height)
        + fixed64(3, round_)
        + voted
        + message(5, timestamp(time_ns))
        + octets(6, chain_id.encode())
    )


def commit_signature_bytes(signature: CommitSignature) -> bytes:
    """tendermint.types.CommitSig{block_id_flag 1, validator_address 2, timestamp 3, signature 4}."""
    time_ns = _GO_ZERO_TIME_NS if signature.flag == FLAG_ABSENT else signature.timestamp_ns
    return (
        integer(1, signature.flag)
        + octets(2, signature.validator_address)
        + message(3, timestamp(time_ns))
        + octets(4, signature.signature)
    )


def commit_bytes(commit: Commit) -> bytes:
    """tendermint.types.Commit{height 1, round 2, block_id 3, signatures 4}."""
    return (
        integer(1, commit.height)
        + integer(2, commit.round)
        + message(3, block_id_bytes(commit.block_id))
        + b"".join(message(4, commit_signature_bytes(item)) for item in commit.signatures)
    )


def commit_hash(commit: Commit) -> bytes:
    """`last_commit_hash`: RFC 6962 root (SHA-256) over the signatures; height, round and block id are not in it."""
    return merkle.root([commit_signature_bytes(item) for item in commit.signatures], sha256)


def signed_header_bytes(signed: SignedHeader) -> bytes:
    """tendermint.types.SignedHeader{header 1, commit 2}."""
    return message(1, header_bytes(signed.header)) + message(2, commit_bytes(signed.commit))


def verify_commit(
    chain_id: str, validators: Sequence[Validator], block_id: BlockId, height: int, commit: Commit
) -> None:
    """Check that validators with more than two thirds of the power signed this block, and that nothing else is in it.

    Strict as CometBFT's VerifyCommit: one entry per validator in the order of the set; every entry is checked, votes
    for nil too, though only votes for the block count. Signatures follow ZIP-215. Raises ProofInvalid HT7003, and
    HT7006 for a malformed validator set.
    """
    check_validators(validators)
    _check_form(block_id, height, commit, len(validators))
    power = 0
    for validator, entry in zip(validators, commit.signatures, strict=True):
        if _check_entry(chain_id, validator, commit, entry):
            power += validator.power
    if power * 3 <= total_power(validators) * 2:
        raise _invalid(f"validators with a power of {power} signed, more than 2/3 of {total_power(validators)} must")


def _check_form(block_id: BlockId, height: int, commit: Commit, size: int) -> None:
    if commit.height != height or not 0 <= commit.round < _MAX_ROUND:
        raise _invalid(f"it is for height {commit.height}, not {height}, or its round is out of range")
    if commit.block_id != block_id or block_id == NO_BLOCK or not check_block_id(block_id):
        raise _invalid("it is for another block, or the id of the block is malformed")
    if len(commit.signatures) != size:
        raise _invalid(f"it has {len(commit.signatures)} entries for {size} validators")


def _check_entry(chain_id: str, validator: Validator, commit: Commit, entry: CommitSignature) -> bool:
    """True when the entry is a good vote for the block, False for a good vote for nil or an absent validator."""
    if entry.flag == FLAG_ABSENT:
        if entry.validator_address or entry.signature or entry.timestamp_ns:
            raise _invalid("the entry of an absent validator is not empty")
        return False
    if entry.flag not in {FLAG_COMMIT, FLAG_NIL}:
        raise _invalid(f"flag {entry.flag} is not known")
    address = validator_address(validator.public_key)
    if entry.validator_address != address or not 0 <= entry.timestamp_ns < _MAX_TIME_NS:
        raise _invalid(f"the entry for validator {address.hex()} has another address or a time out of range")
    voted = commit.block_id if entry.flag == FLAG_COMMIT else NO_BLOCK
    signed = precommit_sign_bytes(chain_id, commit.height, commit.round, voted, entry.timestamp_ns)
    if not verify_zip215(validator.public_key, signed, entry.signature):
        raise _invalid(f"the signature of validator {address.hex()} is wrong")
    return entry.flag == FLAG_COMMIT


def _invalid(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.COMMIT_INVALID, reason=reason)
