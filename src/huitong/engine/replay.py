"""Executes stored blocks again on another store and compares every hash: checks of a chain, and rebuilding it."""

from huitong.crypto import block_id
from huitong.types import NO_COMMIT, Block, Code, HuitongError

from .application import Application
from .ports import BlockReader


def replay(blocks: BlockReader, target: Application, until: int) -> bytes:
    """Execute the blocks from the target's height on up to `until`; return the app hash after it.

    The signed commits are taken over as they are. Raises HT6204 when a block is missing or a header names another app
    hash, results hash or block id than the one that comes out.
    """
    while target.height < until:
        height = target.height + 1
        found = blocks.header(height)
        if found is None:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"block {height} is missing")
        header, expected = found
        if header.app_hash != target.app_hash or header.last_results_hash != target.results_hash:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"block {height} names another state before it")
        envelopes = blocks.envelopes(height)
        before = blocks.signed_header(height - 1)
        block = Block(header, envelopes, before.commit if before else NO_COMMIT)
        if block_id(block) != expected:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"block {height} is not what its block id says")
        finalized = target.finalize(target.decide(header.time_ns, header.proposer_address, envelopes))
        target.commit(finalized, block, expected)
    return target.app_hash
