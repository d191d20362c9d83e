"""RFC 9457 problem documents and errors of transactions, made from a code, its data and a language."""

from collections.abc import Mapping
from typing import Any, Final

from huitong.types import Code, Failed, HuitongError, Inadmissible, ProofInvalid, Range, Rejected
from huitong.types.catalogue import explain

from .structs import ErrorAnswer, FieldError, Problem, TransactionAnswer
from .values import data_to_json

PROBLEM_TYPE: Final = "urn:huitong:code:"
"""Prefix of the `type` of every problem document; the code follows."""


def code_text(code: int) -> str:
    """Write a code as HT and four digits."""
    return f"HT{int(code):04d}"


def parse_code(text: str) -> Code:
    """Read HT1203 (any case). Raises HT8010 for what is no code of this version."""
    try:
        return Code(int(text.upper().removeprefix("HT")))
    except ValueError:
        raise HuitongError(Code.ANSWER_INVALID, reason=f"{text[:20]!r} is no code of this version") from None


def error_answer(code: int, data: Mapping[str, object], language: str = "en") -> ErrorAnswer:
    """Describe an error of a transaction.

    `data` of a contract's own error holds `contract` (address), `error` (class) and `fields` (dict): they become
    `contract`, `name` and `data` of the answer.
    """
    entry = explain(code)
    plain: dict[str, Any] = {str(key): data_to_json(value) for key, value in data.items()}
    fields = plain.get("fields")
    words = {**fields, **plain} if isinstance(fields, dict) else plain
    cause, following = entry.cause(words, language), entry.next_step(words, language)
    name, contract = Code(code).name, ""
    if "error" in plain and "contract" in plain:
        name, contract = str(plain["error"]), str(plain["contract"])
        plain = fields if isinstance(fields, dict) else {}
    return ErrorAnswer(
        code=code_text(code),
        name=name,
        title=entry.title,
        cause=cause,
        next=following,
        who=entry.who.text(language),
        contract=contract,
        data=plain,
    )


def translated(error: ErrorAnswer, language: str) -> ErrorAnswer:
    """Return the same error in another language."""
    if language == "en":
        return error
    return error_answer(parse_code(error.code), data_of(error), language)


def data_of(error: ErrorAnswer | Problem) -> dict[str, object]:
    """Return the data that the exception of an error holds: `error_answer` backwards.

    The fields of a contract's error stand under `fields`, and once more by their names, for the texts.
    """
    if not error.contract:
        return dict(error.data)
    return {**error.data, "contract": error.contract, "error": error.name, "fields": error.data}


def status_of(code: int) -> int:
    """HTTP status of an answer that carries this code."""
    return explain(code).status


def problem(
    code: int,
    data: Mapping[str, object],
    *,
    language: str = "en",
    instance: str = "",
    errors: tuple[FieldError, ...] = (),
    transaction: TransactionAnswer | None = None,
) -> Problem:
    """Make the problem document of an error. instance: path of the request."""
    error = error_answer(code, data, language)
    return Problem(
        type=PROBLEM_TYPE + error.code,
        title=error.title,
        status=status_of(code),
        detail=error.cause,
        instance=instance,
        code=error.code,
        name=error.name,
        who=error.who,
        next=error.next,
        contract=error.contract,
        data=error.data,
        errors=errors,
        transaction=transaction,
    )


_KINDS: Final = (
    (Range.REJECTED, Range.INADMISSIBLE, Rejected),
    (Range.INADMISSIBLE, Range.LANGUAGE, Inadmissible),
    (Range.FAILED, Range.NODE, Failed),
    (Range.PROOF, Range.INTERFACE, ProofInvalid),
)


def exception_of(document: Problem) -> HuitongError:
    """Turn a problem document back into the exception, so that it reads the same on both sides of the wire.

    Codes of the ranges of answers and proofs become Rejected, Inadmissible, Failed, ProofInvalid.
    """
    code = parse_code(document.code)
    kind = next((kind for first, end, kind in _KINDS if first <= code < end), HuitongError)
    return kind(code, **data_of(document))


def language_of(accept: str) -> str:
    """Choose "zh" or "en" by an Accept-Language header (RFC 9110 12.5.4); English when it names neither."""
    best, choice = 0.0, "en"
    for part in accept.lower().split(",")[:20]:
        name, _, parameter = part.strip().partition(";")
        primary = name.strip().partition("-")[0]
        quality = _quality(parameter)
        if primary in ("en", "zh") and quality > best:
            best, choice = quality, primary
    return choice


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
