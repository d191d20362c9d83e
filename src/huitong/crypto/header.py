"""Headers in CometBFT's bytes (0.38): their hash, their protobuf form and the hashes that stand in them.

Source: cometbft `types/block.go`, `types/tx.go`, `types/params.go`, `proto/tendermint/types/types.proto`.
"""

from collections.abc import Sequence
from typing import Final

from huitong.types import BlockId, Header

from . import merkle
from .protobuf import integer, message, octets, timestamp
from .suite import sha256

EMPTY_HASH: Final = sha256(b"")
"""Root of no leaves: evidence hash of a block without evidence, results hash of a block without transactions."""


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


def data_hash(envelopes: Sequence[bytes]) -> bytes:
    """RFC 6962 root over the SHA-256 of each envelope (CometBFT's `Txs.Hash`)."""
    return merkle.root([sha256(envelope) for envelope in envelopes], sha256)


def consensus_hash(max_bytes: int, max_gas: int) -> bytes:
    """SHA-256 of HashedParams{block_max_bytes 1, block_max_gas 2}. max_gas -1 means no limit."""
    return sha256(integer(1, max_bytes) + integer(2, max_gas))
