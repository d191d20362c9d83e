"""Decode once, hash once: what is known of bytes before any state is looked at."""

import msgspec

from huitong.crypto import Suite
from huitong.types import (
    Code,
    Element,
    Envelope,
    Rejected,
    TransactionBody,
    decode_body,
    decode_envelope,
    decode_transaction,
    sign_bytes,
)
from huitong.types.registry import TransactionKind


class OpenedTransaction(msgspec.Struct, frozen=True, gc=False):
    """A native transaction in usable form. message: the bytes that its signers signed. size: of the raw bytes."""

    tx_id: bytes
    body: TransactionBody
    message: bytes
    proofs: tuple[bytes, ...]
    size: int


class Unreadable(msgspec.Struct, frozen=True):
    """A transaction that cannot be opened: its id (H of whatever could be found) and why."""

    tx_id: bytes
    size: int
    rejection: Rejected


class OpenedEnvelope(msgspec.Struct, frozen=True, gc=False):
    """A decoded envelope with its size in bytes; elements stay as they are."""

    envelope: Envelope
    size: int


def open_element(suite: Suite, element: Element) -> OpenedTransaction | Unreadable:
    """Open one element of an envelope; total over any bytes.

    The id of what cannot be opened is the hash of its raw bytes, or of its sign bytes when only the body is bad.
    """
    size = len(element.raw)
    if element.kind != TransactionKind.NATIVE:
        rejection = Rejected(Code.TRANSACTION_KIND_UNKNOWN, kind=element.kind)
        return Unreadable(suite.hash(element.raw), size, rejection)
    try:
        signed = decode_transaction(element.raw)
    except Rejected as rejection:
        return Unreadable(suite.hash(element.raw), size, rejection)
    message = sign_bytes(signed.body)
    tx_id = suite.hash(message)
    try:
        return OpenedTransaction(tx_id, decode_body(signed.body), message, signed.proofs, size)
    except Rejected as rejection:
        return Unreadable(tx_id, size, rejection)


def open_envelope(raw: bytes) -> OpenedEnvelope:
    """Decode an envelope. Raises Inadmissible HT2001."""
    return OpenedEnvelope(decode_envelope(raw), len(raw))
