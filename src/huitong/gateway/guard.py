"""Keeps web pages from acting on the node through the user's browser: Host, Origin and Sec-Fetch-* are checked first.

A page of another site can make a browser send requests here, also under a host name of its own that resolves to the
loopback address. So the gateway answers only under names that it knows, and only to pages of its own origin or of
origins that the operator named. Programs send no Origin and no Sec-Fetch-Site and are not affected.
"""

from typing import Final

from huitong.types import Code, HuitongError

from .asgi import Application, Message, Receive, Scope, Send, header
from .replies import send_problem
from .settings import LOOPBACK_NAMES, GatewaySettings

_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_OWN_SITE: Final = frozenset({"", "same-origin", "none"})
_SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_PREFLIGHT_SECONDS: Final = b"600"


def host_name(host: str) -> str:
    """Return the name of a Host header without its port, lower case; "" when it has no valid form."""
    name, colon, port = host.lower().rpartition(":")
    if host.endswith("]") or not colon:
        name, port = host.lower(), "0"
    plain = name[1:-1].replace(":", "") if name.startswith("[") and name.endswith("]") else name
    good = bool(plain) and all(letter.isascii() and (letter.isalnum() or letter in ".-_") for letter in plain)
    return name if good and port.isascii() and port.isdigit() else ""


def _checked_host(name: str) -> str:
    if not name or host_name(name) != name.lower():
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"allowed host {name!r} is no name without a port")
    return name.lower()


def _checked_origin(origin: str) -> str:
    scheme, mark, host = origin.lower().rstrip("/").partition("://")
    if scheme not in ("http", "https") or not mark or not host_name(host):
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"allowed origin {origin!r} is not like https://name:port")
    return f"{scheme}://{host}"


class Guard:
    """ASGI layer that refuses foreign hosts (HT8003) and foreign pages (HT8004), and adds the security headers.

    Raises HT6001 for settings that could never match, or would match too much ("*", "null").
    """

    def __init__(self, app: Application, settings: GatewaySettings) -> None:
        self._app = app
        self._hosts = LOOPBACK_NAMES | {_checked_host(name) for name in settings.hosts}
        self._origins = frozenset(map(_checked_origin, settings.origins))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request."""
        origin = header(scope, b"origin").lower()
        foreign = origin in self._origins
        send = _with_headers(send, self._response_headers(origin if foreign else ""))
        hosts = [value for key, value in scope["headers"] if key == b"host"]
        if len(hosts) != 1 or host_name(hosts[0].decode("latin-1")) not in self._hosts:
            shown = ", ".join(value.decode("latin-1")[:80] for value in hosts[:2]) or "(none)"
            await send_problem(scope, send, Code.HOST_REFUSED, host=shown)
        elif not foreign and (stranger := self._stranger(scope, origin)):
            await send_problem(scope, send, Code.ORIGIN_REFUSED, origin=stranger)
        elif foreign and scope["method"] == "OPTIONS":
            await _allow_preflight(send)
        else:
            await self._app(scope, receive, send)

    def _stranger(self, scope: Scope, origin: str) -> str:
        """Return whose page sent the request, "" when it was a program, our own page or a followed link."""
        site = header(scope, b"sec-fetch-site")
        own = f"{scope['scheme']}://{header(scope, b'host').lower()}"
        if origin:
            return "" if origin == own and site in _OWN_SITE else origin[:80]
        followed_link = (
            scope["method"] in _SAFE_METHODS
            and header(scope, b"sec-fetch-mode") == "navigate"
            and header(scope, b"sec-fetch-dest") == "document"
        )
        return "" if site in _OWN_SITE or followed_link else f"another site ({site[:20]})"

    @staticmethod
    def _response_headers(foreign: str) -> tuple[tuple[bytes, bytes], ...]:
        if not foreign:
            return (*_SECURITY_HEADERS, (b"cross-origin-resource-policy", b"same-origin"), (b"vary", b"origin"))
        allow = (b"access-control-allow-origin", foreign.encode("latin-1"))
        return (*_SECURITY_HEADERS, (b"cross-origin-resource-policy", b"cross-origin"), allow, (b"vary", b"origin"))


async def _allow_preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", b"GET, POST"),
        (b"access-control-allow-headers", b"content-type, accept, accept-language, last-event-id"),
        (b"access-control-max-age", _PREFLIGHT_SECONDS),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _with_headers(send: Send, extra: tuple[tuple[bytes, bytes], ...]) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message["headers"])
            names = {name.lower() for name, _ in given}
            message["headers"] = [*given, *(pair for pair in extra if pair[0] not in names)]
        await send(message)

    return sender
