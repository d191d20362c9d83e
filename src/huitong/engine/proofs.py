"""Pieces of proofs, for the bundles of `huitong.crypto.bundle`: a signed header and the way to it."""

import msgspec

from huitong.crypto import ExecResult, HashFunction, Step, merkle, result_leaves, sha256
from huitong.crypto.ics23 import CommitmentProof, ExistenceProof
from huitong.kernel import EnvelopeResult
from huitong.types import Code, Event, HuitongError, ProofInvalid, Receipt, SignedHeader, encode

from .ports import BlockReader


class StateProof(msgspec.Struct, frozen=True):
    """A key under the app hash of a signed header, which is the state after the block before it.

    value: None proves absence. in_store, of_store: the two levels of the proof.
    """

    signed: SignedHeader
    store: str
    key: bytes
    value: bytes | None
    in_store: CommitmentProof
    of_store: ExistenceProof


class EventProof(msgspec.Struct, frozen=True):
    """An event under the events root of a receipt. path: suite hash."""

    event: Event
    index: int
    path: tuple[Step, ...]


class ReceiptProof(msgspec.Struct, frozen=True):
    """A receipt under the results hash of the next block's signed header.

    receipt_path: from the encoded receipt to `result.data` (suite hash). result_path: from the encoded result to
    `last_results_hash` (SHA-256). height: of the block with the receipt.
    """

    signed: SignedHeader
    height: int
    receipt: Receipt
    receipt_path: tuple[Step, ...]
    result: ExecResult
    result_index: int
    result_path: tuple[Step, ...]
    event: EventProof | None


def prove_receipt(blocks: BlockReader, digest: HashFunction, tx_id: bytes, event: int | None) -> ReceiptProof:
    """Prove the receipt of an executed transaction, or one of its events. Reads the store: run it in a thread.

    Raises HT8005 for an unknown id or event, HT7005 while the next header is still being made.
    """
    place = blocks.place(tx_id)
    if place is None:
        raise HuitongError(Code.NOT_FOUND, what="transaction", name=tx_id.hex())
    signed = blocks.signed_header(place.height + 1)
    if signed is None:
        raise ProofInvalid(Code.NOT_PROVABLE_YET, reason=f"block {place.height + 1} is not there yet")
    envelopes = tuple(blocks.results(place.height))
    chosen = envelopes[place.envelope]
    results = [ExecResult(item.code, item.data, item.gas_wanted, item.gas_used) for item in envelopes]
    transaction = chosen.transactions[place.index]
    return ReceiptProof(
        signed=signed,
        height=place.height,
        receipt=transaction.receipt,
        receipt_path=merkle.path([encode(item.receipt) for item in chosen.transactions], place.index, digest),
        result=results[place.envelope],
        result_index=place.envelope,
        result_path=merkle.path(result_leaves(results), place.envelope, sha256),
        event=_prove_event(chosen, place.index, event, digest),
    )


def _prove_event(chosen: EnvelopeResult, index: int, event: int | None, digest: HashFunction) -> EventProof | None:
    if event is None:
        return None
    events = chosen.transactions[index].events
    if not 0 <= event < len(events):
        raise HuitongError(Code.NOT_FOUND, what="event", name=f"{event} among {len(events)}")
    return EventProof(events[event], event, merkle.path([encode(item) for item in events], event, digest))
