"""Native transactions. Specification: docs/spec/transaction.md."""

from typing import Any

import msgspec

from .codes import Code
from .encoding import decode, encode
from .errors import Rejected
from .limits import (
    ADDRESS_BYTES,
    MAX_ARGUMENTS,
    MAX_CALLS,
    MAX_CHAIN_ID_BYTES,
    MAX_MEMO_BYTES,
    MAX_METHOD_BYTES,
    MAX_PROOF_BYTES,
    MAX_PROOFS,
    SALT_BYTES,
)
from .registry import PROTOCOL_VERSION, Tag


class Call(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """One call of a transaction: [target, method, args]. target: 20-byte address of a contract or module."""

    target: bytes
    method: str
    args: tuple[Any, ...]


class TransactionBody(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """What the signers sign: [version, chain_id, sender, salt, valid_until, gas_limit, calls, payer, memo].

    sender, payer: member addresses (equal when the sender's organisation pays). salt: 8 bytes. valid_until: block
    time in ns, inclusive. calls: all or nothing. memo: up to 256 bytes, never personal data.
    """

    version: int
    chain_id: str
    sender: bytes
    salt: bytes
    valid_until: int
    gas_limit: int
    calls: tuple[Call, ...]
    payer: bytes
    memo: bytes

    @property
    def signers(self) -> tuple[bytes, ...]:
        """Addresses whose signatures `proofs` must hold, in order: the sender, then the payer if another."""
        return (self.sender,) if self.payer == self.sender else (self.sender, self.payer)


class SignedTransaction(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """[version, body, proofs]. body: the encoded body as bytes, hashed and signed as received. proofs: signatures."""

    version: int
    body: bytes
    proofs: tuple[bytes, ...]


def sign_bytes(body: bytes) -> bytes:
    """Bytes that every signer signs; the transaction id is their hash."""
    return Tag.TRANSACTION + body


def decode_transaction(raw: bytes) -> SignedTransaction:
    """Decode the outer form. Raises Rejected HT1001-HT1004, HT1102, HT1103."""
    signed = decode(raw, SignedTransaction)
    if signed.version != PROTOCOL_VERSION:
        raise Rejected(Code.VERSION_UNSUPPORTED, what="transaction", version=signed.version)
    if len(signed.proofs) > MAX_PROOFS or any(len(proof) > MAX_PROOF_BYTES for proof in signed.proofs):
        raise Rejected(Code.FIELD_INVALID, field="proofs", reason="too many or too long")
    return signed


def decode_body(raw: bytes) -> TransactionBody:
    """Decode and check the form of a body. Raises Rejected HT1001-HT1006."""
    body = decode(raw, TransactionBody)
    if body.version != PROTOCOL_VERSION:
        raise Rejected(Code.VERSION_UNSUPPORTED, what="transaction body", version=body.version)
    _check_fields(body)
    if not 0 < len(body.calls) <= MAX_CALLS:
        raise Rejected(Code.TOO_MANY_CALLS, count=len(body.calls), limit=MAX_CALLS)
    for call in body.calls:
        _check_call(call)
    return body


def _check_fields(body: TransactionBody) -> None:
    if len(body.sender) != ADDRESS_BYTES or len(body.payer) != ADDRESS_BYTES:
        raise Rejected(Code.FIELD_INVALID, field="sender or payer", reason="not 20 bytes")
    if len(body.salt) != SALT_BYTES:
        raise Rejected(Code.FIELD_INVALID, field="salt", reason=f"not {SALT_BYTES} bytes")
    if len(body.memo) > MAX_MEMO_BYTES:
        raise Rejected(Code.FIELD_INVALID, field="memo", reason=f"over {MAX_MEMO_BYTES} bytes")
    if len(body.chain_id) > MAX_CHAIN_ID_BYTES:
        raise Rejected(Code.FIELD_INVALID, field="chain_id", reason=f"over {MAX_CHAIN_ID_BYTES} bytes")
    if not 0 <= body.valid_until < 2**63:
        raise Rejected(Code.FIELD_INVALID, field="valid_until", reason="not a block time in ns")
    if not 0 < body.gas_limit < 2**63:
        raise Rejected(Code.GAS_LIMIT_INVALID, gas_limit=body.gas_limit, limit=2**63 - 1)


def _check_call(call: Call) -> None:
    if len(call.target) != ADDRESS_BYTES:
        raise Rejected(Code.FIELD_INVALID, field="target", reason="not 20 bytes")
    if not 0 < len(call.method.encode()) <= MAX_METHOD_BYTES:
        raise Rejected(Code.FIELD_INVALID, field="method", reason=f"empty or over {MAX_METHOD_BYTES} bytes")
    if len(call.args) > MAX_ARGUMENTS:
        raise Rejected(Code.FIELD_INVALID, field="args", reason=f"over {MAX_ARGUMENTS} arguments")


def encode_transaction(body: bytes, proofs: tuple[bytes, ...]) -> bytes:
    """Encode a signed transaction."""
    return encode(SignedTransaction(PROTOCOL_VERSION, body, proofs))
