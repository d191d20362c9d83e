"""What goes into `apply_block` and what comes out of it."""

from collections.abc import Mapping

import msgspec

from huitong.state import WriteSet
from huitong.types import Event, Receipt


class DecidedBlock(msgspec.Struct, frozen=True, gc=False):
    """A block as the engine decided it. time_ns: header time. last_header_hash: hash of the header before.

    header_hashes: (height, hash) of the headers since the last block with envelopes (that block's own included), oldest
    first, at most 256: blocks with envelopes write them into `main`. envelopes: as received.
    """

    chain_id: str
    height: int
    time_ns: int
    proposer: bytes
    last_header_hash: bytes
    header_hashes: tuple[tuple[int, bytes], ...]
    envelopes: tuple[bytes, ...]


class TransactionResult(msgspec.Struct, frozen=True, gc=False):
    """Receipt and events of one transaction. log: for people, outside of all hashes, e.g. a contract's traceback."""

    receipt: Receipt
    events: tuple[Event, ...]
    log: str


class EnvelopeResult(msgspec.Struct, frozen=True, gc=False):
    """One ExecTxResult. code 0: data = receipts root, gas sums. code 1 (inadmissible): empty data, gas 0, no results.

    reason: text of the inadmissible one, outside of all hashes.
    """

    code: int
    data: bytes
    gas_wanted: int
    gas_used: int
    transactions: tuple[TransactionResult, ...]
    reason: str


class BlockResult(msgspec.Struct, frozen=True, gc=False):
    """Outcome of a block: exactly one result per envelope, and the writes of each store.

    new_ids: transaction ids that this block remembers, sorted. forgotten: heights whose remembered ids end here.
    """

    height: int
    envelopes: tuple[EnvelopeResult, ...]
    writes: Mapping[str, WriteSet]
    new_ids: tuple[bytes, ...]
    forgotten: tuple[int, ...]
