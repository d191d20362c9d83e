"""Headers in CometBFT's bytes (0.38): their hash, their protobuf form and the hashes that stand in them.

Source: cometbft `types/block.go`, `types/tx.go`, `types/params.go`, `proto/tendermint/types/types.proto`.
"""

from collections.abc import Sequence
from typing import Final

from huitong.types import NO_BLOCK, BlockId, Code, Header, ProofInvalid
from huitong.types.block import BLOCK_PROTOCOL
from huitong.types.limits import ADDRESS_BYTES, HASH_BYTES, MAX_CHAIN_ID_BYTES

from . import merkle
from .protobuf import integer, message, octets, timestamp
from .suite import sha256

EMPTY_HASH: Final = sha256(b"")
"""Root of no leaves: evidence hash of a block without evidence, results hash of a block without transactions."""

MAX_APP_HASH_BYTES: Final = 64


def block_id_bytes(block_id: BlockId) -> bytes:
    """tendermint.types.BlockID{hash 1, part_set_header 2 {total 1, hash 2}}; an empty one is 12 00."""
    parts = integer(1, block_id.part_total) + octets(2, block_id.part_hash)
    return octets(1, block_id.hash) + message(2, parts)


def _version_bytes(header: Header) -> bytes:
    return integer(1, header.version_block) + integer(2, header.version_app)


def _hash_fields(header: Header) -> tuple[bytes, ...]:
    """The nine byte fields, numbers 6 to 14 of the message."""
    return (
        header.last_commit_hash,
        header.data_hash,
        header.validators_hash,
        header.next_validators_hash,
        header.consensus_hash,
        header.app_hash,
        header.last_results_hash,
        header.evidence_hash,
        header.proposer_address,
    )


def header_hash(header: Header) -> bytes:
    """RFC 6962 root (SHA-256) of the fourteen fields.

    Version, time and last block id are bare messages; every other field is wrapped as field 1 of a google wrapper
    message, so that an empty one stays empty.
    """
    leaves = [
        _version_bytes(header),
        octets(1, header.chain_id.encode()),
        integer(1, header.height),
        timestamp(header.time_ns),
        block_id_bytes(header.last_block_id),
        *(octets(1, field) for field in _hash_fields(header)),
    ]
    return merkle.root(leaves, sha256)


def header_bytes(header: Header) -> bytes:
    """tendermint.types.Header as protobuf."""
    return (
        message(1, _version_bytes(header))
        + octets(2, header.chain_id.encode())
        + integer(3, header.height)
        + message(4, timestamp(header.time_ns))
        + message(5, block_id_bytes(header.last_block_id))
        + b"".join(octets(6 + index, field) for index, field in enumerate(_hash_fields(header)))
    )


def check_block_id(block_id: BlockId) -> bool:
    """True when an id is empty, or complete with lengths and a number of parts in range."""
    complete = len(block_id.hash) == len(block_id.part_hash) == HASH_BYTES and 0 < block_id.part_total < 2**32
    return complete or block_id == NO_BLOCK


def check_header(header: Header) -> None:
    """Check that every field is in range, so that one hash belongs to one header. Raises ProofInvalid HT7006.

    As in CometBFT hashes may be empty; the length of `app_hash` is the application's (ours: 32).
    """
    if header.version_block != BLOCK_PROTOCOL or not 0 <= header.version_app < 2**63:
        raise _invalid(f"block protocol {header.version_block} is not {BLOCK_PROTOCOL}")
    if not 0 < len(header.chain_id.encode()) <= MAX_CHAIN_ID_BYTES:
        raise _invalid("the chain id is empty or too long")
    if not 0 < header.height < 2**63 or not 0 <= header.time_ns < 2**63:
        raise _invalid("height or time is out of range")
    if not check_block_id(header.last_block_id):
        raise _invalid("the id of the block before is malformed")
    *hashes, app_hash, results_hash, evidence_hash, proposer = _hash_fields(header)
    if any(len(field) not in {0, HASH_BYTES} for field in (*hashes, results_hash, evidence_hash)):
        raise _invalid("a hash is not 32 bytes")
    if len(app_hash) > MAX_APP_HASH_BYTES or len(proposer) != ADDRESS_BYTES:
        raise _invalid("the app hash is too long, or the proposer's address is not 20 bytes")


def _invalid(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.HEADER_INVALID, reason=reason)


def data_hash(envelopes: Sequence[bytes]) -> bytes:
    """RFC 6962 root over the SHA-256 of each envelope (CometBFT's `Txs.Hash`)."""
    return merkle.root([sha256(envelope) for envelope in envelopes], sha256)


def consensus_hash(max_bytes: int, max_gas: int) -> bytes:
    """SHA-256 of HashedParams{block_max_bytes 1, block_max_gas 2}. max_gas -1 means no limit."""
    return sha256(integer(1, max_bytes) + integer(2, max_gas))
