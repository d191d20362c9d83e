"""Addresses of transactions: submission of one or many, look-up, proof."""

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from huitong.api import Problem, TransactionAnswer, Wait, problem
from huitong.api.problems import parse_code, translated
from huitong.types import Code

from .bodies import read_batch, read_transaction
from .parameters import EventNumber, Node, Settings, Timeout, WaitFor, parse_tx_id, wait_seconds
from .replies import language, problem_response
from .settings import JSON, PREFIX

_REACHED: Final[dict[Wait, frozenset[str]]] = {
    "accepted": frozenset({"accepted", "committed", "failed"}),
    "committed": frozenset({"committed", "failed"}),
    "proved": frozenset(),
}


def reached(answer: TransactionAnswer, wait: Wait) -> bool:
    """Whether an answer is what the client waits for."""
    return answer.answer in _REACHED[wait] or (wait == "proved" and answer.proof is not None)


def spoken(answer: TransactionAnswer, wanted: str) -> TransactionAnswer:
    """Return the answer with its error in the client's language."""
    if answer.error is None or wanted == "en":
        return answer
    return msgspec.structs.replace(answer, error=translated(answer.error, wanted))


@post(f"{PREFIX}/transactions", status_code=200, operation_id="submit")
async def submit(
    request: Request[Any, Any, Any],
    node: Node,
    settings: Settings,
    wait: WaitFor = "committed",
    timeout: Timeout = None,  # noqa: ASYNC109  # name of the parameter in the address; the node bounds the wait
) -> Response[TransactionAnswer] | Response[Problem]:
    """Submit one signed transaction.

    200: committed or failed (see `answer`). 202: accepted, as asked. A rejected one is a problem with its own code;
    a wait that ended too early is HT8006, with what was reached in `transaction`.
    """
    raw = await read_transaction(request)
    seconds = wait_seconds(timeout, settings)
    answer = spoken(await node.transactions.submit(raw, wait, seconds), language(request.scope))
    if answer.answer == "rejected":
        return _rejected(request, answer)
    if not reached(answer, wait):
        data = {"tx_id": answer.tx_id, "wait": wait, "seconds": seconds, "answer": answer.answer}
        return _transaction_problem(request, Code.WAIT_TIMEOUT, data, answer)
    return Response(answer, status_code=202 if answer.answer == "accepted" else 200, media_type=JSON)


def _rejected(request: Request[Any, Any, Any], answer: TransactionAnswer) -> Response[Problem]:
    error = answer.error
    if error is None:
        return _transaction_problem(request, Code.INTERNAL, {"reason": "a rejection without its error"}, answer)
    return _transaction_problem(request, parse_code(error.code), {**error.data}, answer)


def _transaction_problem(
    request: Request[Any, Any, Any], code: Code, data: dict[str, object], answer: TransactionAnswer
) -> Response[Problem]:
    spoken_language = language(request.scope)
    document = problem(code, data, language=spoken_language, instance=request.scope["path"], transaction=answer)
    return problem_response(request.scope, document)


@post(f"{PREFIX}/transactions/batch", status_code=200, operation_id="submit_many")
async def submit_many(
    request: Request[Any, Any, Any],
    node: Node,
    settings: Settings,
    wait: WaitFor = "committed",
    timeout: Timeout = None,  # noqa: ASYNC109  # name of the parameter in the address; the node bounds the wait
) -> list[TransactionAnswer]:
    """Submit many signed transactions.

    The answers stand in the order of the transactions, each on its own: rejected ones carry their error, and after a
    wait that ended too early an answer says what was reached.
    """
    raws = await read_batch(request, settings.max_batch)
    answers = await node.transactions.submit_many(raws, wait, wait_seconds(timeout, settings)) if raws else []
    wanted = language(request.scope)
    return answers if wanted == "en" else [spoken(answer, wanted) for answer in answers]


@get(f"{PREFIX}/transactions/{{tx_id:str}}", operation_id="transaction")
async def transaction(request: Request[Any, Any, Any], node: Node, tx_id: FromPath[str]) -> TransactionAnswer:
    """Look up a transaction by its id: what became of it, with its receipt and events."""
    return spoken(await node.transactions.transaction(parse_tx_id(tx_id)), language(request.scope))


@get(f"{PREFIX}/transactions/{{tx_id:str}}/proof", operation_id="proof", media_type=JSON)
async def proof(
    node: Node,
    tx_id: FromPath[str],
    event: EventNumber = None,
) -> bytes:
    """Return the proof bundle of a receipt or event, which `huitong verify` checks offline."""
    return await node.transactions.proof(parse_tx_id(tx_id), event)


ROUTES: Final = (submit, submit_many, transaction, proof)
