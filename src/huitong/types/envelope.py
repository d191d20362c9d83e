"""Envelopes: what the engines order. Specification: docs/spec/envelope.md."""

import msgspec

from .codes import Code
from .encoding import decode, encode
from .errors import Inadmissible, Rejected
from .limits import ADDRESS_BYTES, MAX_ENVELOPE_BYTES, MAX_ENVELOPE_TRANSACTIONS
from .registry import PROTOCOL_VERSION, Tag


class EnvelopeHead(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """What the gateway signs: [version, chain_id, gateway, seq, expiry, gas_limit, txs_root]."""

    version: int
    chain_id: str
    gateway: bytes
    seq: int
    expiry: int
    gas_limit: int
    txs_root: bytes


class Element(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """One transaction in an envelope: [kind, bytes]. kind: `registry.TransactionKind`."""

    kind: int
    raw: bytes


class Envelope(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """[version, chain_id, gateway, seq, expiry, gas_limit, txs_root, txs, signature].

    gateway: 20-byte address of the gateway's key. expiry: block time in ns, inclusive. gas_limit: bound of the sum
    of the declared gas limits. txs_root: RFC 6962 root (suite hash) over the encoded elements of txs.
    """

    version: int
    chain_id: str
    gateway: bytes
    seq: int
    expiry: int
    gas_limit: int
    txs_root: bytes
    txs: tuple[Element, ...]
    signature: bytes

    def signed_part(self) -> bytes:
        """Bytes that the gateway signs: the tag and the encoded fields but txs and signature."""
        head = EnvelopeHead(
            self.version, self.chain_id, self.gateway, self.seq, self.expiry, self.gas_limit, self.txs_root
        )
        return envelope_sign_bytes(head)


def envelope_sign_bytes(head: EnvelopeHead) -> bytes:
    """Bytes that the gateway signs."""
    return Tag.ENVELOPE + encode(head)


def element_leaves(txs: tuple[Element, ...]) -> list[bytes]:
    """Encoded elements: the leaves under txs_root."""
    return [encode(element) for element in txs]


def decode_envelope(raw: bytes) -> Envelope:
    """Decode an envelope and check its form; no element of txs is decoded. Raises Inadmissible HT2001."""
    try:
        envelope = decode(raw, Envelope, max_bytes=MAX_ENVELOPE_BYTES)
    except Rejected as error:
        raise Inadmissible(Code.ENVELOPE_MALFORMED, reason=str(error)) from None
    reason = _fault(envelope)
    if reason:
        raise Inadmissible(Code.ENVELOPE_MALFORMED, reason=reason)
    return envelope


def _fault(envelope: Envelope) -> str:
    if envelope.version != PROTOCOL_VERSION:
        return f"version {envelope.version} is not supported"
    if len(envelope.gateway) != ADDRESS_BYTES:
        return "the gateway is not 20 bytes"
    if not 0 < envelope.seq < 2**63 or not 0 <= envelope.expiry < 2**63:
        return "seq or expiry is out of range"
    if not 0 <= envelope.gas_limit < 2**63:
        return "gas_limit is out of range"
    if not 0 < len(envelope.txs) <= MAX_ENVELOPE_TRANSACTIONS:
        return f"{len(envelope.txs)} transactions, not 1 to {MAX_ENVELOPE_TRANSACTIONS}"
    return ""
