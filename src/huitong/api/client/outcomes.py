"""Outcomes of transactions as exceptions that carry the whole answer."""

from huitong.api.problems import data_of, exception_of, parse_code
from huitong.api.structs import Problem, TransactionAnswer
from huitong.types import Failed, HuitongError, Rejected


class TransactionRejected(Rejected):
    """The transaction was not executed; nothing was charged. answer: as the node gave it."""

    answer: TransactionAnswer


class TransactionFailed(Failed):
    """The transaction was executed and undone; gas was charged. answer: with the receipt."""

    answer: TransactionAnswer


class WaitEnded(HuitongError):
    """HT8006: it has not become what was waited for; it may still be. answer: what it was when the wait ended."""

    answer: TransactionAnswer


def checked(answer: TransactionAnswer) -> TransactionAnswer:
    """Return an answer that is accepted or committed. Raises TransactionFailed, TransactionRejected."""
    if answer.error is None or answer.answer not in ("failed", "rejected"):
        return answer
    code, data = parse_code(answer.error.code), data_of(answer.error)
    error: TransactionFailed | TransactionRejected
    error = TransactionFailed(code, **data) if answer.answer == "failed" else TransactionRejected(code, **data)
    error.answer = answer
    raise error


def refusal(document: Problem) -> HuitongError:
    """Turn a problem document of a submission into its exception, with the answer where there is one."""
    plain = exception_of(document)
    if document.transaction is None:
        return plain
    error: TransactionRejected | WaitEnded
    rejected = document.transaction.answer == "rejected"
    error = TransactionRejected(plain.code, **plain.data) if rejected else WaitEnded(plain.code, **plain.data)
    error.answer = document.transaction
    return error
