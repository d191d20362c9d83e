"""What a block changes on disk, as rows of one batch. Sorted, so that RocksDB inserts them in order."""

from collections.abc import Mapping

from huitong.kernel import BlockResult
from huitong.state import TreeUpdate, WriteSet, keys
from huitong.types import Block, BlockId, ValidatorSets, decode_scanned, encode, is_rejection
from huitong.types.registry import STORE_MAIN

from . import layout
from .keyvalue import Change, Family
from .records import HeaderRecord, envelope_bytes


def state_changes(writes: Mapping[str, WriteSet], trees: Mapping[str, TreeUpdate]) -> list[Change]:
    """Rows of values and of the trees over them."""
    changes: list[Change] = []
    for store in sorted(writes):
        prefix, values = layout.value_prefix(store), writes[store]
        changes += [(Family.STATE, prefix + key, values[key]) for key in sorted(values)]
    for store in sorted(trees):
        changes += tree_changes(store, trees[store])
    return changes


def tree_changes(store: str, update: TreeUpdate) -> list[Change]:
    """Rows of one tree: buckets, and the index of keys by their hash."""
    state = Family.STATE
    prefix, names = layout.bucket_prefix(store), layout.name_prefix(store)
    buckets = update.buckets
    changes: list[Change] = [
        (state, prefix + bucket.to_bytes(4, "big"), buckets[bucket] or None) for bucket in sorted(buckets)
    ]
    changes += [(state, names + key_hash, key) for key_hash, key in sorted(update.inserted.items())]
    changes += [(state, names + key_hash, None) for key_hash in sorted(update.removed)]
    return changes


def validator_changes(writes: Mapping[str, WriteSet]) -> list[Change]:
    """Row of the validator set that these writes choose, none when they choose none."""
    raw = writes.get(STORE_MAIN, {}).get(keys.VALIDATORS)
    if raw is None:
        return []
    sets = decode_scanned(raw, ValidatorSets)
    return [(Family.CHAIN, layout.at_height(layout.VALIDATORS, sets.from_height), encode(sets.validators))]


def block_changes(block: Block, block_id: BlockId, result: BlockResult) -> list[Change]:
    """Rows of a block: header, the commit of the block before, envelopes, results, places of receipts, ids."""
    height, chain = result.height, Family.CHAIN
    changes: list[Change] = [
        (chain, layout.at_height(layout.HEADER, height), encode(HeaderRecord(block.header, block_id)))
    ]
    if block.last_commit.height:
        before = layout.at_height(layout.COMMIT, block.last_commit.height)
        changes.append((chain, before, encode(block.last_commit)))
    if block.envelopes:
        changes.append((chain, layout.at_height(layout.ENVELOPES, height), encode(block.envelopes)))
    for number, envelope in enumerate(result.envelopes):
        changes.append((chain, layout.result(height, number), envelope_bytes(envelope)))
        changes += [
            (chain, layout.PLACE + item.receipt.tx_id, layout.place(height, number, item.receipt.index))
            for item in envelope.transactions
            if not is_rejection(item.receipt.code)
        ]
    if result.new_ids:
        count = len(result.new_ids).to_bytes(4, "big")
        changes.append((chain, layout.at_height(layout.REMEMBERED, height), count))
    changes += [(chain, layout.at_height(layout.REMEMBERED, old), None) for old in result.forgotten]
    return changes
