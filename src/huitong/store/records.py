"""Records of the store, and their reading: bytes that cannot be read are damage, never a refusal of a transaction."""

from typing import TypeVar

import msgspec

from huitong.kernel import EnvelopeResult, TransactionResult
from huitong.types import BlockId, Code, Event, Header, HuitongError, Receipt, Rejected, decode_scanned, encode

T = TypeVar("T")


class Format(msgspec.Struct, array_like=True, frozen=True):
    """Layout version of the store, first of all its records; later versions may add fields behind it.

    suite: `registry.SuiteId`.
    """

    version: int
    suite: int


class Tip(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """Where the chain stands. height: initial height - 1 after genesis. results_hash: of the results of that block."""

    height: int
    app_hash: bytes
    results_hash: bytes


class Base(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """The state that a chain goes on from: height and app hash of the chain before, hashes of its newest headers."""

    height: int
    app_hash: bytes
    header_hashes: tuple[tuple[int, bytes], ...]


class HeaderRecord(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """A header and the block id under which it was decided."""

    header: Header
    block_id: BlockId


class StoredTransaction(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Receipt, events and log of one transaction."""

    receipt: Receipt
    events: tuple[Event, ...]
    log: str


class StoredEnvelope(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """`kernel.EnvelopeResult` as an array."""

    code: int
    data: bytes
    gas_wanted: int
    gas_used: int
    transactions: tuple[StoredTransaction, ...]
    reason: str


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where the receipt of a transaction stands: block, envelope in it, transaction in that."""

    height: int
    envelope: int
    index: int


def read_record(raw: bytes, kind: type[T]) -> T:
    """Decode a record. Raises HT6204 when the bytes are not one."""
    try:
        return decode_scanned(raw, kind)
    except Rejected as error:
        raise HuitongError(Code.STORE_DAMAGED, reason=f"a record cannot be read: {error}") from error


def envelope_bytes(result: EnvelopeResult) -> bytes:
    """Encode the result of one envelope."""
    transactions = tuple(StoredTransaction(item.receipt, item.events, item.log) for item in result.transactions)
    return encode(
        StoredEnvelope(result.code, result.data, result.gas_wanted, result.gas_used, transactions, result.reason)
    )


def read_envelope(raw: bytes) -> EnvelopeResult:
    """Decode the result of one envelope. Raises HT6204."""
    stored = read_record(raw, StoredEnvelope)
    transactions = tuple(TransactionResult(item.receipt, item.events, item.log) for item in stored.transactions)
    return EnvelopeResult(stored.code, stored.data, stored.gas_wanted, stored.gas_used, transactions, stored.reason)


def read_place(raw: bytes) -> Place:
    """Decode the value under a transaction id. Raises HT6204."""
    if len(raw) != 12:
        raise HuitongError(Code.STORE_DAMAGED, reason="an entry of the transaction index is not 12 bytes")
    return Place(int.from_bytes(raw[:8], "big"), int.from_bytes(raw[8:10], "big"), int.from_bytes(raw[10:], "big"))
