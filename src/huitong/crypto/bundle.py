"""Making proof bundles, trust files and the files of signed headers. Checking them: `bundle_check`."""

from collections.abc import Sequence

import msgspec

from huitong.types import Receipt, SignedHeader, Validator, decode
from huitong.types.bundle import (
    ARCHIVE,
    BUNDLE_FORMAT,
    HEADER_FORMAT,
    LIVE,
    TRUST_FORMAT,
    AbsenceFact,
    Bundle,
    EventFact,
    Fact,
    Number,
    Octets,
    ReceiptFact,
    SignedHeaderFile,
    StateFact,
    Trust,
    decode_bundle,
    encode_document,
)

from . import merkle
from .bundle_wire import from_block, from_commit, from_header, from_steps, from_validators
from .ics23 import CommitmentProof
from .ics23_wire import merkle_proof_bytes
from .light import LightBlock
from .results import ExecResult, result_leaves
from .suite import Suite, sha256
from .validators import order_validators


def trust_document(chain_id: str, suite: Suite, validators: Sequence[Validator]) -> bytes:
    """Trust file of a chain with these validators."""
    ordered = from_validators(order_validators(validators))
    return encode_document(Trust(TRUST_FORMAT, chain_id, suite.name, ARCHIVE, ordered))


def live_trust_document(block: LightBlock, suite: Suite, trusting_period_ns: int) -> bytes:
    """Trust file that begins with this header, for so long after its time. It is valid in archive mode as well."""
    trust = Trust(
        TRUST_FORMAT,
        block.header.chain_id,
        suite.name,
        LIVE,
        from_validators(order_validators(block.validators)),
        from_header(block.header),
        Number(trusting_period_ns),
    )
    return encode_document(trust)


def with_trail(bundle_bytes: bytes, trail: Sequence[LightBlock]) -> bytes:
    """Add the headers between a reader's trust and the bundle's header, ascending. Raises ProofInvalid HT7001."""
    blocks = tuple(from_block(block) for block in trail)
    return encode_document(msgspec.structs.replace(decode_bundle(bundle_bytes), trail=blocks))


def signed_header_document(signed: SignedHeader, validators: Sequence[Validator]) -> bytes:
    """File of a signed header with its validators."""
    ordered = from_validators(order_validators(validators))
    return encode_document(
        SignedHeaderFile(HEADER_FORMAT, from_header(signed.header), from_commit(signed.commit), ordered)
    )


def _bundle(suite: Suite, signed: SignedHeader, validators: Sequence[Validator], fact: Fact) -> bytes:
    bundle = Bundle(
        BUNDLE_FORMAT,
        signed.header.chain_id,
        suite.name,
        from_header(signed.header),
        from_commit(signed.commit),
        from_validators(order_validators(validators)),
        fact,
    )
    return encode_document(bundle)


def state_bundle(
    suite: Suite,
    signed: SignedHeader,
    validators: Sequence[Validator],
    store: str,
    key: bytes,
    value: bytes | None,
    proofs: Sequence[CommitmentProof],
) -> bytes:
    """Bundle that `key` has `value`, or (None) is absent, in the state after the block before the signed header."""
    proof = Octets(merkle_proof_bytes(proofs))
    if value is None:
        return _bundle(suite, signed, validators, AbsenceFact(store, Octets(key), proof))
    return _bundle(suite, signed, validators, StateFact(store, Octets(key), Octets(value), proof))


def receipt_fact(
    suite: Suite, receipts: Sequence[bytes], index: int, results: Sequence[ExecResult], envelope: int, body: bytes
) -> ReceiptFact:
    """Fact about transaction `index` of envelope `envelope` (both from 0) of a block.

    receipts: encoded receipts of that envelope. results: of all envelopes of the block. body: body of the transaction,
    or empty.
    """
    return ReceiptFact(
        Octets(decode(receipts[index], Receipt).tx_id),
        Octets(body),
        Octets(receipts[index]),
        from_steps(merkle.path(receipts, index, suite.hash)),
        Number(results[envelope].gas_wanted),
        Number(results[envelope].gas_used),
        from_steps(merkle.path(result_leaves(results), envelope, sha256)),
    )


def receipt_bundle(suite: Suite, signed: SignedHeader, validators: Sequence[Validator], receipt: ReceiptFact) -> bytes:
    """Bundle that a transaction has this receipt in the block before the signed header."""
    return _bundle(suite, signed, validators, receipt)


def event_bundle(
    suite: Suite,
    signed: SignedHeader,
    validators: Sequence[Validator],
    receipt: ReceiptFact,
    events: Sequence[bytes],
    index: int,
) -> bytes:
    """Bundle that a transaction emitted its event `index`. events: its encoded events."""
    path = from_steps(merkle.path(events, index, suite.hash))
    return _bundle(suite, signed, validators, EventFact(Octets(events[index]), path, receipt))
