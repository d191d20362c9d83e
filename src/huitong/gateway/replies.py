"""Problem documents as HTTP answers: from inside Litestar, and from the ASGI layers around it."""

from collections.abc import Mapping
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from huitong.api import FieldError, Problem, problem
from huitong.api.problems import language_of
from huitong.types import Code, HuitongError

from .asgi import Scope, Send, header
from .settings import PROBLEM

_LOG = structlog.get_logger("huitong.gateway")

_CODE_OF_STATUS = {
    401: Code.ORIGIN_REFUSED,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    406: Code.NOT_ACCEPTABLE,
    413: Code.BODY_TOO_LARGE,
    415: Code.MEDIA_TYPE_UNSUPPORTED,
}


def language(scope: Mapping[str, Any]) -> str:
    """Return the language that the client prefers: "en" or "zh"."""
    return language_of(header(scope, b"accept-language"))


def problem_response(
    scope: Mapping[str, Any], document: Problem, headers: dict[str, str] | None = None
) -> Response[Problem]:
    """Wrap a problem document."""
    wanted = {"content-language": language(scope), **(headers or {})}
    return Response(document, status_code=document.status, media_type=PROBLEM, headers=wanted)


async def send_problem(scope: Scope, send: Send, code: Code, **data: object) -> None:
    """Answer a request with a problem document before it reached Litestar, and close the connection.

    The body of the request may be unread, hence the close.
    """
    spoken = language(scope)
    document = problem(code, data, language=spoken, instance=scope["path"])
    body = msgspec.json.encode(document)
    headers = [
        (b"content-type", PROBLEM.encode()),
        (b"content-language", spoken.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": document.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def on_huitong_error(request: Request[Any, Any, Any], error: HuitongError) -> Response[Problem]:
    """Answer with the problem document of a code."""
    document = problem(error.code, error.data, language=language(request.scope), instance=request.scope["path"])
    return problem_response(request.scope, document)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """Answer with a problem document in place of Litestar's own form of errors."""
    path = request.scope["path"]
    code = _CODE_OF_STATUS.get(error.status_code, Code.REQUEST_MALFORMED if error.status_code < 500 else Code.INTERNAL)
    details: dict[Code, dict[str, object]] = {
        Code.NOT_FOUND: {"what": "address", "name": path},
        Code.METHOD_NOT_ALLOWED: {"path": path, "method": request.method},
    }
    data = details.get(code, {"what": "request", "reason": error.detail})
    errors = _field_errors(error) if isinstance(error, ValidationException) else ()
    if errors:
        data = {"what": errors[0].pointer, "reason": errors[0].detail}
    if code is Code.INTERNAL:
        return on_fault(request, error)
    document = problem(code, data, language=language(request.scope), instance=path, errors=errors)
    return problem_response(request.scope, document, dict(error.headers or {}))


def _field_errors(error: ValidationException) -> tuple[FieldError, ...]:
    found = error.extra if isinstance(error.extra, list) else []
    return tuple(
        FieldError(pointer=str(item.get("key", "")), detail=str(item.get("message", "")))
        for item in found
        if isinstance(item, dict)
    )


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """Answer a fault of the program: the traceback goes to the log, never to the client."""
    _LOG.error("request failed", path=request.scope["path"], exc_info=error)
    data = {"reason": type(error).__name__}
    document = problem(Code.INTERNAL, data, language=language(request.scope), instance=request.scope["path"])
    return problem_response(request.scope, document)
