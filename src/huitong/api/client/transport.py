"""Requests and answers: retries of what may be repeated, problem documents as exceptions."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import anyio
import httpx
import msgspec
import stamina

from huitong.api.structs import Problem
from huitong.types import Code, HuitongError

from .outcomes import refusal
from .tls import refusal_of

T = TypeVar("T")

ATTEMPTS: Final = 4
_RETRY_SECONDS: Final = 10.0
_BUSY: Final = frozenset({Code.REQUEST_TIMEOUT, Code.TOO_MANY_STREAMS})
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures after which the node has certainly seen nothing of a request."""
_SHOWN: Final = 200
_PORTS: Final = 65536
_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 2.0
Parameters = Mapping[str, str | int | float | bool | None]


class Transport:
    """Speaks HTTP with one node.

    timeout_s: of one request beside any wait that it asks for. attempts: of what may be repeated. Raises HT8007.
    """

    def __init__(
        self, url: str, http: httpx.AsyncClient, timeout_s: float, language: str, attempts: int = ATTEMPTS
    ) -> None:
        self.url = _address(url)
        self._http = http
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._headers = {"accept-language": language, "user-agent": "huitong-client"}

    async def read(self, path: str, kind: type[T], parameters: Parameters | None = None) -> T:
        """Get a JSON answer. Raises what the node refuses with, HT8007, HT8010."""
        return _decode(await self.read_bytes(path, parameters), kind)

    async def read_bytes(self, path: str, parameters: Parameters | None = None) -> bytes:
        """Get the bytes of an answer; repeated after failures of the connection."""
        try:
            async for attempt in _attempts(_repeatable, self._attempts):
                with attempt:
                    response = await self._http.get(
                        self.url + path, params=_plain(parameters), headers=self._headers, timeout=self._timeout_s
                    )
                    return _body(response)
        except httpx.RequestError as error:
            raise self._unreachable(error) from None
        raise AssertionError("a retry context ends by an answer or an error")

    async def ask(self, path: str, kind: type[T], question: object) -> T:
        """Post a question in JSON that changes nothing."""
        content = msgspec.json.encode(question)
        try:
            body = await self._post(path, content, "application/json", None, self._timeout_s)
        except httpx.RequestError as error:
            raise self._unreachable(error) from None
        return _decode(body, kind)

    async def send(
        self,
        path: str,
        content: bytes,
        media_type: str,
        parameters: Parameters,
        wait_s: float,
        kind: type[T],
        *,
        name: str,
    ) -> T:
        """Post transactions. Only what certainly never arrived is sent again. name: of them, for the error.

        Raises HT8007 when the node was not reached, HT8006 when the connection broke afterwards: the transactions may
        have been taken, ask for them by their ids.
        """
        timeout = httpx.Timeout(self._timeout_s, read=self._timeout_s + wait_s)
        try:
            async for attempt in _attempts(_never_arrived, self._attempts):
                with attempt:
                    return _decode(await self._post(path, content, media_type, parameters, timeout), kind)
        except _NOT_SENT as error:
            raise self._unreachable(error) from None
        except httpx.RequestError as error:
            if refusal_of(error):  # a handshake that came to nothing: the node has seen nothing of the request
                raise self._unreachable(error) from None
            reason = type(error).__name__
            raise HuitongError(
                Code.WAIT_TIMEOUT, answer="unknown", wait="answered", seconds=wait_s, tx_id=name, reason=reason
            ) from None
        raise AssertionError("a retry context ends by an answer or an error")

    async def _post(
        self,
        path: str,
        content: bytes,
        media_type: str,
        parameters: Parameters | None,
        timeout: httpx.Timeout | float,  # noqa: ASYNC109  # httpx' own parameter
    ) -> bytes:
        response = await self._http.post(
            self.url + path,
            content=content,
            params=_plain(parameters),
            headers={**self._headers, "content-type": media_type},
            timeout=timeout,
        )
        return _body(response)

    @asynccontextmanager
    async def stream(
        self, path: str, parameters: Parameters, headers: Mapping[str, str]
    ) -> AsyncIterator[httpx.Response]:
        """Open a stream whose silence is bounded by heartbeats. Raises what the node refuses with."""
        timeout = httpx.Timeout(self._timeout_s, read=60.0)
        request = self._http.stream(
            "GET", self.url + path, params=_plain(parameters), headers={**self._headers, **headers}, timeout=timeout
        )
        async with request as response:
            if response.status_code != httpx.codes.OK:
                await response.aread()
                _body(response)
            yield response

    @staticmethod
    async def pause(failures: int) -> None:
        """Wait before a broken stream is opened again: longer with each failure, at most 2 s."""
        await anyio.sleep(min(_PAUSE_SECONDS * 2**failures, _LONGEST_PAUSE_SECONDS))

    def _unreachable(self, error: httpx.RequestError) -> HuitongError:
        tls = refusal_of(error)
        if tls:
            return HuitongError(Code.TLS_REFUSED, url=self.url, reason=tls)
        reason = str(error) or type(error).__name__
        if self.url.startswith("https:") and not isinstance(error, _NOT_SENT):
            reason += "; so a gateway ends that does not accept the client's certificate"
        return HuitongError(Code.NODE_UNREACHABLE, url=self.url, reason=reason)


def _address(url: str) -> str:
    """Check the address of a node, return it without a slash at its end."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise HuitongError(Code.NODE_UNREACHABLE, url=url[:_SHOWN], reason=str(error)) from None
    if parsed.scheme not in ("http", "https") or not parsed.host or not 0 < (parsed.port or 1) < _PORTS:
        raise HuitongError(Code.NODE_UNREACHABLE, url=url[:_SHOWN], reason="no address of the form http://host:port")
    return str(parsed).rstrip("/")


def _attempts(on: Callable[[Exception], bool], attempts: int) -> AsyncIterator[stamina.Attempt]:
    """Four times take about a second: a node that restarts is back by then, a wrong address stays wrong."""
    return stamina.retry_context(
        on=on,
        attempts=attempts,
        timeout=_RETRY_SECONDS,
        wait_initial=_PAUSE_SECONDS,
        wait_max=_LONGEST_PAUSE_SECONDS,
        wait_jitter=_PAUSE_SECONDS,
        wait_exp_base=3,
    ).__aiter__()


def _never_arrived(error: Exception) -> bool:
    return isinstance(error, _NOT_SENT) and not refusal_of(error)


def _repeatable(error: Exception) -> bool:
    if isinstance(error, HuitongError):
        return error.code in _BUSY
    return isinstance(error, httpx.TransportError) and not refusal_of(error)


def _plain(parameters: Parameters | None) -> dict[str, Any]:
    return {name: value for name, value in (parameters or {}).items() if value is not None}


def _body(response: httpx.Response) -> bytes:
    """Return the body of a good answer. Raises the exception of a problem document, HT8010 for anything else."""
    if response.is_success:
        return response.content
    if response.headers.get("content-type", "").startswith("application/problem+json"):
        raise refusal(_decode(response.content, Problem))
    text = response.text[:_SHOWN]
    raise HuitongError(Code.ANSWER_INVALID, reason=f"status {response.status_code}: {text}")


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise HuitongError(Code.ANSWER_INVALID, reason=str(error)[:_SHOWN]) from None
