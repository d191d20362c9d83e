"""Proof bundles: making them, and checking them offline in archive mode.

The way of a proof is fact → `app_hash` or `last_results_hash` of a header → header hash → commit → validators that the
trust file names. Structs and form of the file: `huitong.types.bundle`.
"""

from collections.abc import Sequence
from typing import TypeVar

from huitong.types import Code, Event, ProofInvalid, Receipt, Rejected, SignedHeader, Validator, decode, sign_bytes
from huitong.types.bundle import (
    ARCHIVE,
    BUNDLE_FORMAT,
    HEADER_FORMAT,
    TRUST_FORMAT,
    AbsenceFact,
    Bundle,
    EventFact,
    Fact,
    Number,
    Octets,
    PathStep,
    ReceiptFact,
    SignedHeaderFile,
    StateFact,
    Trust,
    decode_bundle,
    decode_trust,
    encode_document,
)
from huitong.types.limits import HASH_BYTES, MAX_PROOF_STEPS
from huitong.types.registry import PROTOCOL_VERSION

from . import merkle
from .bundle_wire import (
    from_commit,
    from_header,
    from_steps,
    from_validators,
    to_commit,
    to_header,
    to_steps,
    to_validators,
)
from .ics23 import CommitmentProof, store_specs, verify_absence, verify_membership
from .ics23_wire import decode_merkle_proof, merkle_proof_bytes
from .light import verify_signed_header
from .results import ExecResult, exec_result_bytes, result_leaves
from .suite import SUITES, Suite, sha256
from .validators import order_validators, total_power
from .verdict import Verdict, encoded_text, event_lines, receipt_lines, utc_text

_T = TypeVar("_T")


def trust_document(chain_id: str, suite: Suite, validators: Sequence[Validator]) -> bytes:
    """Trust file of a chain with these validators."""
    ordered = from_validators(order_validators(validators))
    return encode_document(Trust(TRUST_FORMAT, chain_id, suite.name, ARCHIVE, ordered))


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


def verify_bundle(bundle_bytes: bytes, trust_bytes: bytes, *, mode: str = ARCHIVE) -> Verdict:
    """Check a proof bundle against a trust file, without a network.

    Every byte of the bundle is bound: by a hash, a signature, the trust file or the one form of the text. Raises
    ProofInvalid HT7001 (form), HT7004 (another chain, suite or validator set than trusted), HT7006 (header), HT7003
    (commit), HT7002 (the fact does not follow).
    """
    trust, bundle = decode_trust(trust_bytes), decode_bundle(bundle_bytes)
    suite, validators = _check_trust(trust, bundle, mode)
    header, commit = to_header(bundle.header), to_commit(bundle.commit)
    if header.chain_id != bundle.chain_id:
        raise ProofInvalid(Code.HEADER_INVALID, reason="it is of another chain")
    verify_signed_header(SignedHeader(header, commit), validators)
    block_height = header.height - 1
    tx_id, value, lines = _check_fact(suite, bundle, bundle.fact, block_height)
    signed = (
        f"Header {header.height} of chain {header.chain_id} ({utc_text(header.time_ns)}) is signed by its validators."
    )
    return Verdict(
        str(bundle.fact.__struct_config__.tag),
        header.chain_id,
        header.height,
        header.time_ns,
        block_height,
        tx_id,
        value,
        (signed, *lines),
        _assumptions(validators, block_height),
    )


def _check_trust(trust: Trust, bundle: Bundle, mode: str) -> tuple[Suite, tuple[Validator, ...]]:
    if mode != ARCHIVE or trust.mode != ARCHIVE:
        raise _mismatch(f"only the mode {ARCHIVE!r} is provided")
    if bundle.chain_id != trust.chain_id or bundle.suite != trust.suite:
        raise _mismatch("it is of another chain")
    if bundle.suite not in SUITES:
        raise _mismatch(f"the suite {bundle.suite[:32]!r} is not provided")
    validators = to_validators(bundle.validators)
    if validators != order_validators(to_validators(trust.validators)):
        raise _mismatch("its validators are not those that you trust")
    return SUITES[bundle.suite], validators


def _mismatch(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.TRUST_MISMATCH, reason=reason)


def _check_fact(suite: Suite, bundle: Bundle, fact: Fact, block_height: int) -> tuple[bytes, bytes, list[str]]:
    """Check the fact under the header. Returns transaction id, value and sentences."""
    if isinstance(fact, StateFact):
        specs, proofs = store_specs(suite, fact.store), decode_merkle_proof(fact.proof)
        verify_membership(bundle.header.app_hash, fact.store, fact.key, fact.value, proofs, specs)
        place = f"Key 0x{fact.key.hex()} of store {fact.store} had, after block {block_height}, the value"
        return b"", bytes(fact.value), [f"{place} {encoded_text(bytes(fact.value))}."]
    if isinstance(fact, AbsenceFact):
        specs, proofs = store_specs(suite, fact.store), decode_merkle_proof(fact.proof)
        verify_absence(bundle.header.app_hash, fact.store, fact.key, proofs, specs)
        return b"", b"", [f"Key 0x{fact.key.hex()} was not in store {fact.store} after block {block_height}."]
    if isinstance(fact, ReceiptFact):
        receipt = _check_receipt(suite, bundle, fact)
        return receipt.tx_id, bytes(fact.receipt), receipt_lines(receipt, bytes(fact.body), block_height)
    return _check_event(suite, bundle, fact, block_height)


def _check_receipt(suite: Suite, bundle: Bundle, fact: ReceiptFact) -> Receipt:
    receipt = _decoded(bytes(fact.receipt), Receipt)
    if receipt.version != PROTOCOL_VERSION or receipt.tx_id != fact.tx_id:
        raise _invalid("the receipt is of another transaction or version")
    if fact.body and suite.hash(sign_bytes(bytes(fact.body))) != fact.tx_id:
        raise _invalid("the body is of another transaction")
    if not 0 <= fact.gas_wanted < 2**63 or not 0 <= fact.gas_used < 2**63:
        raise _invalid("gas is out of range")
    receipts_root = merkle.fold(bytes(fact.receipt), _steps(fact.receipts_path), suite.hash)
    leaf = exec_result_bytes(0, receipts_root, int(fact.gas_wanted), int(fact.gas_used))
    if merkle.fold(leaf, _steps(fact.results_path), sha256) != bundle.header.last_results_hash:
        raise _invalid("the receipt is not under the results of the block")
    return receipt


def _check_event(suite: Suite, bundle: Bundle, fact: EventFact, block_height: int) -> tuple[bytes, bytes, list[str]]:
    receipt = _check_receipt(suite, bundle, fact.receipt)
    event = _decoded(bytes(fact.event), Event)
    if merkle.fold(bytes(fact.event), _steps(fact.events_path), suite.hash) != receipt.events_root:
        raise _invalid("the event is not under the events of the receipt")
    lines = receipt_lines(receipt, bytes(fact.receipt.body), block_height)
    return receipt.tx_id, bytes(fact.event), lines + event_lines(event)


def _steps(path: tuple[PathStep, ...]) -> tuple[merkle.Step, ...]:
    if len(path) > MAX_PROOF_STEPS or any(len(step.sibling) != HASH_BYTES for step in path):
        raise _invalid("a path is too long, or a sibling is not 32 bytes")
    return to_steps(path)


def _decoded(raw: bytes, kind: type[_T]) -> _T:
    try:
        return decode(raw, kind)
    except Rejected as error:
        raise _invalid(str(error)) from None


def _invalid(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.PROOF_INVALID, reason=reason)


def _assumptions(validators: Sequence[Validator], block_height: int) -> tuple[str, ...]:
    power = total_power(validators)
    return (
        f"The {len(validators)} validators of the trust file (power {power}) were those of the chain at that height.",
        "Less than a third of their power signs falsely.",
        "No clock was asked: archive mode trusts these validators for all times.",
        f"Nothing is said about blocks after {block_height}.",
    )
