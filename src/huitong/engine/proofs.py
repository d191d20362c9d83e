"""Pieces of proofs and the bundles made of them: a signed header and the way from it to a key, receipt or event."""

from collections.abc import Sequence

import msgspec

from huitong.crypto import ExecResult, Suite
from huitong.crypto.bundle import event_bundle, receipt_bundle, receipt_fact, state_bundle
from huitong.crypto.ics23 import CommitmentProof, ExistenceProof
from huitong.types import (
    Code,
    HuitongError,
    ProofInvalid,
    SignedHeader,
    Validator,
    decode_envelope,
    decode_transaction,
    encode,
)

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

    def bundle(self, suite: Suite, validators: Sequence[Validator]) -> bytes:
        """Return the JSON proof bundle."""
        proofs = (self.in_store, self.of_store)
        return state_bundle(suite, self.signed, validators, self.store, self.key, self.value, proofs)


class ReceiptProof(msgspec.Struct, frozen=True):
    """A receipt under the results hash of the signed header of the next block.

    height, envelope, index: where it stands. receipts: all of its envelope, encoded. results: all of its block.
    body: what the signers signed. events: all of the transaction, encoded.
    """

    signed: SignedHeader
    height: int
    envelope: int
    index: int
    receipts: tuple[bytes, ...]
    results: tuple[ExecResult, ...]
    body: bytes
    events: tuple[bytes, ...]

    def bundle(self, suite: Suite, validators: Sequence[Validator], event: int | None = None) -> bytes:
        """Return the JSON proof bundle of the receipt, or of one event (from 0). Raises HT8005 for no such event."""
        fact = receipt_fact(suite, self.receipts, self.index, self.results, self.envelope, self.body)
        if event is None:
            return receipt_bundle(suite, self.signed, validators, fact)
        if not 0 <= event < len(self.events):
            raise HuitongError(Code.NOT_FOUND, what="event", name=f"{event} among {len(self.events)}")
        return event_bundle(suite, self.signed, validators, fact, self.events, event)


def prove_receipt(blocks: BlockReader, tx_id: bytes) -> ReceiptProof:
    """Gather what proves the receipt of an executed transaction. Reads the store: run it in a thread.

    Raises HT8005 for an unknown id, HT7005 while the next header is still being made.
    """
    place = blocks.place(tx_id)
    if place is None:
        raise HuitongError(Code.NOT_FOUND, what="transaction", name=tx_id.hex())
    signed = blocks.signed_header(place.height + 1)
    if signed is None:
        raise ProofInvalid(Code.NOT_PROVABLE_YET, reason=f"block {place.height + 1} is not there yet")
    envelopes = tuple(blocks.results(place.height))
    transactions = envelopes[place.envelope].transactions
    element = decode_envelope(blocks.envelopes(place.height)[place.envelope]).txs[place.index]
    return ReceiptProof(
        signed=signed,
        height=place.height,
        envelope=place.envelope,
        index=place.index,
        receipts=tuple(encode(item.receipt) for item in transactions),
        results=tuple(ExecResult(item.code, item.data, item.gas_wanted, item.gas_used) for item in envelopes),
        body=decode_transaction(element.raw).body,
        events=tuple(encode(event) for event in transactions[place.index].events),
    )
