"""What receipts and failures say in JSON: the same words at the node, and at a client that reads a proved receipt."""

from collections.abc import Mapping
from typing import Any

from huitong.types import Failure, HuitongError, Rejected, decode, decode_scanned, is_rejection

from .problems import error_answer
from .structs import AnswerWord, ErrorAnswer
from .values import to_hex, to_json


def answer_word(code: int) -> AnswerWord:
    """One of the protocol's words for what a receipt says."""
    if code == 0:
        return "committed"
    return "rejected" if is_rejection(code) else "failed"


def plain_value(raw: bytes) -> Any:
    """An encoded value as JSON without its schema; hex when it does not decode."""
    try:
        return to_json(decode(raw, Any))
    except (Rejected, HuitongError):
        return to_hex(raw)


def failure_error(code: int, raw: bytes, language: str = "en") -> ErrorAnswer:
    """Describe an encoded `Failure`."""
    return error_answer(code, failure_data(raw), language)


def failure_data(raw: bytes) -> Mapping[str, object]:
    """Data of an encoded `Failure` as errors carry it: a contract's own error under `contract`, `error`, `fields`."""
    failure = decode_scanned(raw, Failure)
    if failure.contract:
        return {"contract": to_hex(failure.contract), "error": failure.error, "fields": to_json(failure.data)}
    return failure.data
