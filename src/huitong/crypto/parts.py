"""Blocks as CometBFT cuts them into parts: the part set header is half of a block id.

Source: cometbft `types/block.go`, `types/part_set.go`.
"""

from typing import Final

from huitong.types import Block, BlockId

from . import merkle
from .commit import commit_bytes
from .header import header_bytes, header_hash
from .protobuf import message
from .suite import sha256

PART_BYTES: Final = 65_536
"""Size of every part but the last."""


def block_bytes(block: Block) -> bytes:
    """tendermint.types.Block{header 1, data 2 {txs 1}, evidence 3 (none), last_commit 4} as protobuf."""
    data = b"".join(message(1, envelope) for envelope in block.envelopes)
    return (
        message(1, header_bytes(block.header))
        + message(2, data)
        + message(3, b"")
        + message(4, commit_bytes(block.last_commit))
    )


def block_id(block: Block) -> BlockId:
    """Header hash, number of parts, RFC 6962 root (SHA-256) over the parts."""
    raw = block_bytes(block)
    parts = [raw[start : start + PART_BYTES] for start in range(0, len(raw), PART_BYTES)]
    return BlockId(header_hash(block.header), len(parts), merkle.root(parts, sha256))
