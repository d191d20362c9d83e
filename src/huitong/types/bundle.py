"""Proof bundles and trust files: JSON documents that are checked offline. Specification: docs/spec/proof-bundle.md.

Bytes are lower-case hex behind 0x, integers that may pass 2^53 are decimal strings. A bundle has exactly one form:
the fields in the order of these structs, indented by two spaces, nothing behind the last brace. Any other text that
means the same is refused, so that no byte of a bundle can be changed unnoticed.
"""

from typing import Any, Final, TypeVar

import msgspec

from .codes import Code
from .errors import ProofInvalid
from .limits import MAX_BUNDLE_BYTES

BUNDLE_FORMAT: Final = "huitong-proof/1"
TRUST_FORMAT: Final = "huitong-trust/1"
HEADER_FORMAT: Final = "huitong-header/1"
EVIDENCE_FORMAT: Final = "huitong-evidence/1"
LIGHT_FORMAT: Final = "huitong-light/1"
ARCHIVE: Final = "archive"
"""Mode of trust: the validators are trusted as given, whatever the clock says."""
LIVE: Final = "live"
"""Mode of trust: one header is trusted, for as long as its validators can be held to account (trusting period)."""


class Octets(bytes):
    """Bytes that stand in JSON as 0x hex."""

    __slots__ = ()


class Number(int):
    """An integer that stands in JSON as a decimal string."""

    __slots__ = ()


class BundleBlockId(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """`types.BlockId` as JSON."""

    hash: Octets
    part_total: int
    part_hash: Octets


class BundleHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """`types.Header` as JSON."""

    version_block: Number
    version_app: Number
    chain_id: str
    height: Number
    time_ns: Number
    last_block_id: BundleBlockId
    last_commit_hash: Octets
    data_hash: Octets
    validators_hash: Octets
    next_validators_hash: Octets
    consensus_hash: Octets
    app_hash: Octets
    last_results_hash: Octets
    evidence_hash: Octets
    proposer_address: Octets


class BundleSignature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """`types.CommitSignature` as JSON. flag: 1 absent, 2 commit, 3 nil."""

    flag: int
    validator_address: Octets
    timestamp_ns: Number
    signature: Octets


class BundleCommit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """`types.Commit` as JSON."""

    height: Number
    round: int
    block_id: BundleBlockId
    signatures: tuple[BundleSignature, ...]


class BundleValidator(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """`types.Validator` as JSON."""

    public_key: Octets
    power: Number


class BundleBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """A header with the commit for it and the validators that may sign it: what light clients call a light block."""

    header: BundleHeader
    commit: BundleCommit
    validators: tuple[BundleValidator, ...]


class PathStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One step in an RFC 6962 tree, from the leaf upwards. left: the sibling stands to the left."""

    left: bool
    sibling: Octets


class StateFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="state", tag_field="kind"):
    """A key has a value in the state of the header's `app_hash`. proof: protobuf bytes of a MerkleProof."""

    store: str
    key: Octets
    value: Octets
    proof: Octets


class AbsenceFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="absence", tag_field="kind"):
    """A key is not in the state of the header's `app_hash`. proof: protobuf bytes of a MerkleProof."""

    store: str
    key: Octets
    proof: Octets


class ReceiptFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="receipt", tag_field="kind"):
    """A transaction has a receipt in the block before the header.

    body: what was signed, or nothing. receipt: encoded `types.Receipt`. receipts_path: to the receipts root of its
    envelope, which with the gas sums of the envelope is a leaf under `last_results_hash` (results_path).
    """

    tx_id: Octets
    body: Octets
    receipt: Octets
    receipts_path: tuple[PathStep, ...]
    gas_wanted: Number
    gas_used: Number
    results_path: tuple[PathStep, ...]


class EventFact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="event", tag_field="kind"):
    """A transaction emitted an event. event: encoded `types.Event`; events_path: to `events_root` of the receipt."""

    event: Octets
    events_path: tuple[PathStep, ...]
    receipt: ReceiptFact


Fact = StateFact | AbsenceFact | ReceiptFact | EventFact


class Bundle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A signed header, the validators that signed it, and what it proves. suite: name of the chain's suite.

    trail: signed headers between the reader's trust and this header, ascending; only needed, and only written, when
    the validators changed between them.
    """

    format: str
    chain_id: str
    suite: str
    header: BundleHeader
    commit: BundleCommit
    validators: tuple[BundleValidator, ...]
    fact: Fact
    trail: tuple[BundleBlock, ...] = ()


class Trust(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a verifier believes beforehand: the chain and its validators. mode: `archive` or `live`.

    header: one that is trusted, whose validators these are; trusting_period_ns: how long after its time it may be built
    upon. Both are there in mode `live`.
    """

    format: str
    chain_id: str
    suite: str
    mode: str
    validators: tuple[BundleValidator, ...]
    header: BundleHeader | None = None
    trusting_period_ns: Number | None = None


class SignedHeaderFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A header with its commit and the validators that may sign it, for light clients."""

    format: str
    header: BundleHeader
    commit: BundleCommit
    validators: tuple[BundleValidator, ...]


class EvidenceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two headers of one height, both signed by the validators: some of these signed twice, or falsely.

    attack: equivocation, amnesia or lunatic. common_height: of the header that was trusted before. validators:
    addresses of those whose signatures show it. first: of the gateway asked; second: of the witness.
    """

    format: str
    chain_id: str
    attack: str
    common_height: Number
    validators: tuple[Octets, ...]
    first: BundleBlock
    second: BundleBlock


class LightFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Headers that a light client has verified, ascending, so that it goes on from there. suite: by name."""

    format: str
    chain_id: str
    suite: str
    blocks: tuple[BundleBlock, ...]


def _enc_hook(value: object) -> object:
    if isinstance(value, Octets):
        return "0x" + value.hex()
    assert isinstance(value, Number), f"{type(value).__name__} does not belong into a bundle"
    return str(int(value))


def _dec_hook(kind: type, value: Any) -> object:
    if not isinstance(value, str):
        raise TypeError("expected text")
    if kind is Octets:
        if not value.startswith("0x"):
            raise ValueError("expected hex behind 0x")
        return Octets(bytes.fromhex(value[2:]))
    return Number(value)


Document = Bundle | Trust | SignedHeaderFile | EvidenceFile | LightFile
_T = TypeVar("_T", Bundle, Trust, SignedHeaderFile, EvidenceFile, LightFile)


def encode_document(document: Document) -> bytes:
    """Write a document in its one form."""
    return msgspec.json.format(msgspec.json.encode(document, enc_hook=_enc_hook), indent=2)


def _decode(raw: bytes, kind: type[_T], expected: str) -> _T:
    if len(raw) > MAX_BUNDLE_BYTES:
        raise _malformed(f"it is longer than {MAX_BUNDLE_BYTES} bytes")
    try:
        document = msgspec.json.decode(raw, type=kind, dec_hook=_dec_hook)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise _malformed(str(error)[:160]) from None
    if document.format != expected:
        raise _malformed(f"its format is {document.format[:32]!r}, not {expected!r}")
    return document


def decode_bundle(raw: bytes) -> Bundle:
    """Read a proof bundle. Raises ProofInvalid HT7001, also when the text is not in its one form."""
    bundle = _decode(raw, Bundle, BUNDLE_FORMAT)
    if encode_document(bundle) != raw:
        raise _malformed("its text was changed: it is not in the form in which bundles are written")
    return bundle


def decode_trust(raw: bytes) -> Trust:
    """Read a trust file; layout and white space are free. Raises ProofInvalid HT7001."""
    return _decode(raw, Trust, TRUST_FORMAT)


def decode_signed_header(raw: bytes) -> SignedHeaderFile:
    """Read a signed header with its validators. Raises ProofInvalid HT7001."""
    return _decode(raw, SignedHeaderFile, HEADER_FORMAT)


def decode_evidence(raw: bytes) -> EvidenceFile:
    """Read evidence of two headers at one height. Raises ProofInvalid HT7001."""
    return _decode(raw, EvidenceFile, EVIDENCE_FORMAT)


def decode_light_file(raw: bytes) -> LightFile:
    """Read the headers that a light client kept. Raises ProofInvalid HT7001."""
    return _decode(raw, LightFile, LIGHT_FORMAT)


def _malformed(reason: str) -> ProofInvalid:
    return ProofInvalid(Code.BUNDLE_MALFORMED, reason=reason)
