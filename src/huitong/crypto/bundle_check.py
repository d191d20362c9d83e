"""Checking proof bundles offline, in archive mode (no clock) or live (trusting period).

The way of a proof is fact → `app_hash` or `last_results_hash` of a header → header hash → commit → validators, of the
trust file or reached from it over the bundle's trail. Structs and form of the file: `huitong.types.bundle`.
"""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from huitong.types import Code, Event, Header, ProofInvalid, Receipt, Rejected, Validator, decode, sign_bytes
from huitong.types.bundle import (
    ARCHIVE,
    LIVE,
    AbsenceFact,
    Bundle,
    EventFact,
    Fact,
    PathStep,
    ReceiptFact,
    StateFact,
    Trust,
    decode_bundle,
    decode_trust,
)
from huitong.types.limits import HASH_BYTES, MAX_PROOF_STEPS
from huitong.types.registry import PROTOCOL_VERSION

from . import merkle
from .bundle_wire import to_block, to_header, to_steps, to_validators
from .header import header_hash
from .ics23 import store_specs, verify_absence, verify_membership
from .ics23_wire import decode_merkle_proof
from .light import LightBlock, TrustPeriod, check_unexpired, verify_next, verify_signed_header
from .results import exec_result_bytes
from .suite import SUITES, Suite, sha256
from .validators import order_validators, validators_hash
from .verdict import Verdict, encoded_text, event_lines, receipt_lines, utc_text

DRIFT_NS: Final = 10 * 10**9
"""How far a header may be ahead of the verifier's clock."""

_T = TypeVar("_T")


def verify_bundle(bundle_bytes: bytes, trust_bytes: bytes, *, mode: str = "", now_ns: int = 0) -> Verdict:
    """Check a proof bundle against a trust file, without a network.

    mode: `archive` or `live`; empty takes the trust file's own. now_ns: the verifier's clock, for `live`. Every byte of
    the bundle is bound: by a hash, a signature, the trust file or the one form of the text. Raises ProofInvalid HT7001
    (form), HT7004 (another chain, suite or validator set than trusted), HT7006 (header), HT7003 (commit), HT7002 (the
    fact does not follow), HT7008, HT7010 (times, when live).
    """
    trust, bundle = decode_trust(trust_bytes), decode_bundle(bundle_bytes)
    mode = mode or trust.mode
    suite = _check_trust(trust, bundle, mode)
    blocks = (*map(to_block, bundle.trail), to_block(bundle))
    if mode == LIVE:
        _check_live(trust, blocks, now_ns)
    else:
        _check_archive(trust, blocks)
    proved = check_fact(suite, bundle)
    header = blocks[-1].header
    return Verdict(
        proved.kind,
        header.chain_id,
        header.height,
        header.time_ns,
        header.height - 1,
        proved.tx_id,
        proved.value,
        (*_way(blocks), *proved.lines),
        _assumptions(trust, mode, header.height - 1),
    )


def _check_trust(trust: Trust, bundle: Bundle, mode: str) -> Suite:
    if mode not in {ARCHIVE, LIVE} or trust.mode not in {ARCHIVE, LIVE}:
        raise _mismatch(f"only the modes {ARCHIVE!r} and {LIVE!r} are provided")
    if bundle.chain_id != trust.chain_id or bundle.suite != trust.suite:
        raise _mismatch("it is of another chain")
    if bundle.suite not in SUITES:
        raise _mismatch(f"the suite {bundle.suite[:32]!r} is not provided")
    headers = (bundle.header, *(block.header for block in bundle.trail))
    if any(header.chain_id != bundle.chain_id for header in headers):
        raise ProofInvalid(Code.HEADER_INVALID, reason="it is of another chain")
    return SUITES[bundle.suite]


def trusted_point(trust: Trust) -> tuple[Header, tuple[Validator, ...]]:
    """Return header and validators that a trust file begins with. Raises ProofInvalid HT7004, HT7006."""
    if trust.header is None:
        raise _mismatch("the trust file names no header to begin with, which the mode 'live' needs")
    header, validators = to_header(trust.header), order_validators(to_validators(trust.validators))
    if header.chain_id != trust.chain_id:
        raise _mismatch("the header of the trust file is of another chain")
    if validators_hash(validators) != header.validators_hash:
        raise _mismatch("the validators of the trust file are not those of its header")
    return header, validators


def trusting_period_ns(trust: Trust) -> int:
    """How long the trusted header may be built upon. Raises ProofInvalid HT7004 when the file does not say."""
    period = trust.trusting_period_ns
    if period is None or not 0 < period < 2**63:
        raise _mismatch("the trust file names no trusting period above 0")
    return int(period)


def _check_live(trust: Trust, blocks: tuple[LightBlock, ...], now_ns: int) -> None:
    header, validators = trusted_point(trust)
    period = TrustPeriod(trusting_period_ns(trust), now_ns, DRIFT_NS)
    check_unexpired(header, period)
    if blocks[0].height < header.height:
        raise _mismatch(f"its header {blocks[0].height} is before the trusted one, {header.height}: verify as archive")
    _follow(header, validators, blocks, period)


def _check_archive(trust: Trust, blocks: tuple[LightBlock, ...]) -> None:
    """Begin with the trusted header when the bundle comes after it, else with the trusted validators alone."""
    if trust.header is not None:
        header, validators = trusted_point(trust)
        if blocks[0].height >= header.height:
            _follow(header, validators, blocks, None)
            return
    if blocks[0].validators != order_validators(to_validators(trust.validators)):
        raise _mismatch("its validators are not those that you trust")
    verify_signed_header(blocks[0].signed, blocks[0].validators)
    _follow(blocks[0].header, blocks[0].validators, blocks[1:], None)


def _follow(
    header: Header, validators: Sequence[Validator], blocks: Sequence[LightBlock], period: TrustPeriod | None
) -> None:
    """Check a row of headers, each from the one before. Raises ProofInvalid HT7004 at a gap."""
    for block in blocks:
        if block.height == header.height:
            if header_hash(block.header) != header_hash(header):
                raise _mismatch(f"its header {block.height} is not the trusted one")
            verify_signed_header(block.signed, block.validators)
        else:
            verify_next(header, validators, block.signed, block.validators, period)
        header, validators = block.header, block.validators


def _way(blocks: tuple[LightBlock, ...]) -> tuple[str, ...]:
    header = blocks[-1].header
    signed = (
        f"Header {header.height} of chain {header.chain_id} ({utc_text(header.time_ns)}) is signed by its validators."
    )
    if len(blocks) == 1:
        return (signed,)
    heights = ", ".join(str(block.height) for block in blocks[:-1])
    return (f"Headers {heights} lead from what you trust to it, over changes of the validators.", signed)


def _mismatch(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.TRUST_MISMATCH, reason=reason)


class Proved(msgspec.Struct, frozen=True):
    """A fact that follows from its header. kind, tx_id, value: as in `Verdict`. lines: sentences for people."""

    kind: str
    tx_id: bytes
    value: bytes
    lines: tuple[str, ...]


def check_fact(suite: Suite, bundle: Bundle) -> Proved:
    """Check that the fact of a bundle follows from its header, and nothing else. Raises ProofInvalid HT7002."""
    tx_id, value, lines = _check_fact(suite, bundle, bundle.fact, int(bundle.header.height) - 1)
    return Proved(str(bundle.fact.__struct_config__.tag), tx_id, value, tuple(lines))


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


def _assumptions(trust: Trust, mode: str, block_height: int) -> tuple[str, ...]:
    power = sum(int(item.power) for item in trust.validators)
    those = f"The {len(trust.validators)} validators of the trust file (power {power})"
    if trust.header is not None:
        where = f"header {trust.header.height} ({utc_text(int(trust.header.time_ns))})"
        first = f"{those} were those of the chain at {where}, which is the chain's own."
    else:
        first = f"{those} were those of the chain at that height."
    if mode == LIVE:
        clock = (
            f"This machine's clock is right, and within the trusting period of {trusting_period_ns(trust) // 10**9} s "
            "more than two thirds of them would be held to account for signing falsely."
        )
    else:
        clock = "No clock was asked: archive mode trusts these validators for all times."
    honest = "Less than a third of their power signs falsely."
    return (first, honest, clock, f"Nothing is said about blocks after {block_height}.")
