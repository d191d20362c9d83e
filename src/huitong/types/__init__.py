"""Values of the protocol, their errors, limits and the one encoding."""

from . import limits, registry
from .block import (
    NO_BLOCK,
    NO_COMMIT,
    Block,
    BlockId,
    Commit,
    CommitSignature,
    Header,
    SignedHeader,
    Validator,
)
from .codes import Code, Range, is_failure, is_rejection
from .decimal import FixedPoint
from .encoding import decode, decode_kept, decode_scanned, encode, integer_bytes
from .envelope import Element, Envelope, EnvelopeHead, decode_envelope, element_leaves, envelope_sign_bytes
from .errors import Failed, HuitongError, Inadmissible, ProofInvalid, Rejected
from .genesis import DEFAULT_PARAMETERS, Continuation, EngineVersion, Genesis, Parameters
from .ids import Address, Gas, Hash, Height, TimeNs, TxId, address, hex_text, next_revision, revision
from .invocation import Answer, BlockContext, Caller, Deployed, Expected, Host, Invocation
from .member import Gateway, GatewayWindow, KeyOwner, Member, Organisation
from .network import GenesisValidator, NetworkNode, ScheduledRules, ValidatorSets
from .receipt import Event, Failure, Receipt
from .scan import scan
from .transaction import (
    Call,
    SignedTransaction,
    TransactionBody,
    decode_body,
    decode_transaction,
    encode_transaction,
    sign_bytes,
)

__all__ = [
    "DEFAULT_PARAMETERS",
    "NO_BLOCK",
    "NO_COMMIT",
    "Address",
    "Answer",
    "Block",
    "BlockContext",
    "BlockId",
    "Call",
    "Caller",
    "Code",
    "Commit",
    "CommitSignature",
    "Continuation",
    "Deployed",
    "Element",
    "EngineVersion",
    "Envelope",
    "EnvelopeHead",
    "Event",
    "Expected",
    "Failed",
    "Failure",
    "FixedPoint",
    "Gas",
    "Gateway",
    "GatewayWindow",
    "Genesis",
    "GenesisValidator",
    "Hash",
    "Header",
    "Height",
    "Host",
    "HuitongError",
    "Inadmissible",
    "Invocation",
    "KeyOwner",
    "Member",
    "NetworkNode",
    "Organisation",
    "Parameters",
    "ProofInvalid",
    "Range",
    "Receipt",
    "Rejected",
    "ScheduledRules",
    "SignedHeader",
    "SignedTransaction",
    "TimeNs",
    "TransactionBody",
    "TxId",
    "Validator",
    "ValidatorSets",
    "address",
    "decode",
    "decode_body",
    "decode_envelope",
    "decode_kept",
    "decode_scanned",
    "decode_transaction",
    "element_leaves",
    "encode",
    "encode_transaction",
    "envelope_sign_bytes",
    "hex_text",
    "integer_bytes",
    "is_failure",
    "is_rejection",
    "limits",
    "next_revision",
    "registry",
    "revision",
    "scan",
    "sign_bytes",
]
