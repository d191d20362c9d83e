"""Reading of request bodies by their declared type.

A type must be declared and be one that a web page cannot send without asking first (no form, no plain text).
"""

from typing import Any, Final

import msgspec
from litestar import Request

from huitong.api import ViewRequest
from huitong.api.values import from_hex
from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_ENCODING_DEPTH

from .asgi import header
from .settings import JSON, MSGPACK, OCTETS

AnyRequest = Request[Any, Any, Any]


class OneTransaction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """JSON form of a submission. transaction: the signed transaction's bytes in hex."""

    transaction: str


class ManyTransactions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """JSON form of a batch. transactions: the signed transactions' bytes in hex."""

    transactions: list[str]


_ONE: Final = msgspec.json.Decoder(OneTransaction)
_MANY: Final = msgspec.json.Decoder(ManyTransactions)
_PACKED: Final = msgspec.msgpack.Decoder(list[bytes])
_VIEW: Final = msgspec.json.Decoder(ViewRequest)
_MAX_GAS_DIGITS: Final = 19
_UNREADABLE: Final = (msgspec.MsgspecError, RecursionError)
"""What decoders raise: msgspec has no limit of depth of its own, a nest of brackets meets the interpreter's."""


def _media_type(request: AnyRequest, *expected: str) -> str:
    given = header(request.scope, b"content-type").partition(";")[0].strip().lower()
    if given not in expected:
        raise HuitongError(Code.MEDIA_TYPE_UNSUPPORTED, expected=" or ".join(expected), given=given[:80] or "nothing")
    return given


def _malformed(what: str, error: Exception) -> HuitongError:
    return HuitongError(Code.REQUEST_MALFORMED, what=what, reason=str(error)[:200])


async def read_transaction(request: AnyRequest) -> bytes:
    """Read one signed transaction: application/octet-stream, or JSON. Raises HT8001, HT8002, HT8009."""
    kind = _media_type(request, OCTETS, JSON)
    body = await request.body()
    if kind == JSON:
        try:
            body = from_hex(_ONE.decode(body).transaction, "transaction")
        except _UNREADABLE as error:
            raise _malformed("body", error) from None
    if not body:
        raise HuitongError(Code.REQUEST_MALFORMED, what="body", reason="it is empty")
    return body


async def read_batch(request: AnyRequest, limit: int) -> list[bytes]:
    """Read signed transactions: a msgpack array of byte strings, or JSON. Raises HT8001, HT8002, HT8009."""
    kind = _media_type(request, MSGPACK, JSON)
    body = await request.body()
    try:
        if kind == MSGPACK:
            raws = _PACKED.decode(body)
        else:
            raws = [from_hex(text, "transactions") for text in _MANY.decode(body).transactions]
    except _UNREADABLE as error:
        raise _malformed("body", error) from None
    if len(raws) > limit:
        raise HuitongError(Code.REQUEST_MALFORMED, what="body", reason=f"{len(raws)} transactions, over {limit}")
    return raws


def _deeper(value: Any, depth: int) -> bool:
    """Whether a JSON value nests deeper. Level by level: how deep decoders may go is the interpreter's, not ours."""
    level = [value]
    for _ in range(depth + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, list | tuple | dict)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True


async def read_view(request: AnyRequest) -> ViewRequest:
    """Read the question to a view, JSON. Raises HT8001, HT8002, HT8009."""
    _media_type(request, JSON)
    body = await request.body()
    try:
        question = _VIEW.decode(body)
    except _UNREADABLE as error:
        raise _malformed("body", error) from None
    if _deeper(question.args, MAX_ENCODING_DEPTH):
        raise HuitongError(Code.REQUEST_MALFORMED, what="args", reason=f"deeper than {MAX_ENCODING_DEPTH}")
    if question.raw_args is not None:
        from_hex(question.raw_args, "raw_args")
    limit = question.gas_limit
    if limit is not None and not (limit.isascii() and limit.isdigit() and len(limit) <= _MAX_GAS_DIGITS):
        raise HuitongError(Code.REQUEST_MALFORMED, what="gas_limit", reason="not a number in decimal digits")
    return question
