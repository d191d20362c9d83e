"""Receipts, events and errors as the interfaces answer them."""

from collections.abc import Iterator

import msgspec

from huitong.api import ErrorAnswer, EventRecord, TransactionAnswer, error_answer
from huitong.api.receipts import answer_word, failure_error, plain_value
from huitong.api.values import rfc3339, to_hex
from huitong.kernel import EnvelopeResult, TransactionResult
from huitong.types import (
    Event,
    HuitongError,
    Receipt,
    is_rejection,
)


def receipt_error(receipt: Receipt, log: str) -> ErrorAnswer | None:
    """Why a receipt is not *committed*, None when it is."""
    if receipt.code == 0:
        return None
    if is_rejection(receipt.code) or not receipt.return_bytes:
        answer = error_answer(receipt.code, {})
        return msgspec.structs.replace(answer, cause=log.partition(" ")[2]) if log else answer
    return failure_error(receipt.code, receipt.return_bytes)


def event_record(event: Event, place: tuple[int, int, int], time_ns: int, tx_id: bytes) -> EventRecord:
    """Describe an event. place: height, transaction in the block, event in the transaction."""
    height, transaction, number = place
    native = isinstance(event.name, str)
    return EventRecord(
        id=f"{height}.{transaction}.{number}",
        height=height,
        time_ns=str(time_ns),
        time=rfc3339(time_ns),
        tx_id=to_hex(tx_id),
        emitter=to_hex(event.emitter),
        name=event.name if isinstance(event.name, str) else "",
        topics=tuple(map(to_hex, event.name)) if not isinstance(event.name, str) else (),
        data=plain_value(event.data) if native else to_hex(event.data),
        raw=to_hex(event.data),
    )


def numbered(results: tuple[EnvelopeResult, ...]) -> Iterator[tuple[int, int, TransactionResult]]:
    """Yield (number in the block, envelope, result) of every transaction of a block."""
    number = 0
    for envelope, result in enumerate(results):
        for transaction in result.transactions:
            yield number, envelope, transaction
            number += 1


def block_events(results: tuple[EnvelopeResult, ...], height: int, time_ns: int) -> Iterator[EventRecord]:
    """Yield the events of a block in their order."""
    for number, _, transaction in numbered(results):
        for place, event in enumerate(transaction.events):
            yield event_record(event, (height, number, place), time_ns, transaction.receipt.tx_id)


class Placed(msgspec.Struct, frozen=True):
    """An executed transaction with where it stands. number: in the block, from 0."""

    height: int
    time_ns: int
    envelope: int
    number: int
    result: TransactionResult


def transaction_answer(placed: Placed, *, proved: bool) -> TransactionAnswer:
    """Answer for a transaction that has a receipt."""
    receipt = placed.result.receipt
    events = tuple(
        event_record(event, (placed.height, placed.number, place), placed.time_ns, receipt.tx_id)
        for place, event in enumerate(placed.result.events)
    )
    done = receipt.code == 0
    tx_id = to_hex(receipt.tx_id)
    return TransactionAnswer(
        tx_id=tx_id,
        answer=answer_word(receipt.code),
        height=placed.height,
        time_ns=str(placed.time_ns),
        time=rfc3339(placed.time_ns),
        envelope=placed.envelope,
        index=receipt.index,
        code=receipt.code,
        error=receipt_error(receipt, placed.result.log),
        gas_used=str(receipt.gas_used),
        payer=to_hex(receipt.payer),
        result=plain_value(receipt.return_bytes) if done else None,
        return_bytes=to_hex(receipt.return_bytes),
        events=events,
        proof=f"/api/v1/transactions/{tx_id}/proof" if proved and not is_rejection(receipt.code) else None,
    )


def refused_answer(tx_id: bytes, error: HuitongError) -> TransactionAnswer:
    """Answer for a transaction that is in no block."""
    return TransactionAnswer(
        tx_id=to_hex(tx_id), answer="rejected", code=int(error.code), error=error_answer(error.code, error.data)
    )
