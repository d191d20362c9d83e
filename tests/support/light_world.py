"""A chain of signed headers whose validators change, for light clients; and its forks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from huitong.crypto import (
    EMPTY_HASH,
    header_hash,
    order_validators,
    precommit_sign_bytes,
    private_key,
    sha256,
    validator_address,
    validators_hash,
)
from huitong.crypto.light import LightBlock
from huitong.types import NO_BLOCK, BlockId, Commit, CommitSignature, Header, SignedHeader, Validator

SECOND = 10**9
START_NS = 1_700_000_000 * SECOND
KEYS = [private_key(1, bytes([seed]) * 32) for seed in range(1, 41)]
_BY_KEY = {key.public_key: key for key in KEYS}


def validators_of(*numbers: int, power: int = 10) -> tuple[Validator, ...]:
    return order_validators([Validator(KEYS[number].public_key, power) for number in numbers])


def signed_header(header: Header, validators: Sequence[Validator], round_: int = 0) -> SignedHeader:
    """Sign by all validators, each a millisecond after the header's time."""
    block = BlockId(header_hash(header), 1, sha256(b"parts"))
    at = header.time_ns + 10**6
    entries = []
    for validator in validators:
        key = _BY_KEY[validator.public_key]
        message = precommit_sign_bytes(header.chain_id, header.height, round_, block, at)
        entries.append(CommitSignature(2, validator_address(key.public_key), at, key.sign(message)))
    return SignedHeader(header, Commit(header.height, round_, block, tuple(entries)))


class LightWorld:
    """Blocks 1 to n of a chain. sets: the validators of each height and, at the end, of the one after."""

    def __init__(self, sets: Sequence[tuple[Validator, ...]], chain_id: str = "light-1") -> None:
        self.chain_id = chain_id
        self.sets = tuple(sets)
        self.blocks: dict[int, LightBlock] = {}
        before = NO_BLOCK
        for height in range(1, len(sets)):
            block = self.block(height, before)
            self.blocks[height] = block
            before = block.signed.commit.block_id

    def block(self, height: int, before: BlockId, *, round_: int = 0, **changes: Any) -> LightBlock:
        validators = self.sets[height - 1]
        plain = Header(
            version_block=11,
            version_app=1,
            chain_id=self.chain_id,
            height=height,
            time_ns=START_NS + height * SECOND,
            last_block_id=before,
            last_commit_hash=EMPTY_HASH,
            data_hash=EMPTY_HASH,
            validators_hash=validators_hash(validators),
            next_validators_hash=validators_hash(self.sets[height]),
            consensus_hash=sha256(b"p"),
            app_hash=sha256(b"state %d" % height),
            last_results_hash=EMPTY_HASH,
            evidence_hash=EMPTY_HASH,
            proposer_address=validator_address(validators[0].public_key),
        )
        header = msgspec.structs.replace(plain, **changes)
        return LightBlock(signed_header(header, validators, round_), validators)

    def other(self, height: int, *, round_: int = 0, **changes: Any) -> LightBlock:
        """A second block of a height, signed by the same validators."""
        return self.block(height, self.blocks[height].header.last_block_id, round_=round_, **changes)


def constant(height: int) -> LightWorld:
    """Four validators that never change."""
    return LightWorld([validators_of(0, 1, 2, 3)] * (height + 1))


def turning(height: int, every: int = 2) -> LightWorld:
    """Four validators, of whom the oldest leaves and a new one comes after every few blocks."""
    sets = [validators_of(*range(step // every, step // every + 4)) for step in range(height + 1)]
    return LightWorld(sets)
