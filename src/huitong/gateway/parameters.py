"""Types of the parameters of addresses, and their reading."""

from typing import Annotated, Any, TypeAlias

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from huitong.api import NodeApi, Wait
from huitong.api.values import from_hex
from huitong.types import Code, HuitongError
from huitong.types.limits import HASH_BYTES, MAX_KEY_BYTES

from .settings import GatewaySettings

AnyRequest = Request[Any, Any, Any]
Node: TypeAlias = NamedDependency[SkipValidation[NodeApi]]
Settings: TypeAlias = NamedDependency[SkipValidation[GatewaySettings]]

WaitFor: TypeAlias = Annotated[
    Wait, QueryParameter(description="accepted: in the pool; committed: executed and durable; proved: a proof exists")
]
Timeout: TypeAlias = Annotated[
    float | None,
    QueryParameter(description="seconds to wait at most; the gateway has a limit of its own"),
]
EventNumber: TypeAlias = Annotated[
    int | None, QueryParameter(ge=0, description="number of the event; without it the receipt")
]

_MAX_HEIGHT_DIGITS = 19


def parse_tx_id(text: str) -> bytes:
    """Read a transaction id. Raises HT8001."""
    raw = from_hex(text, "transaction id")
    if len(raw) != HASH_BYTES:
        raise HuitongError(Code.REQUEST_MALFORMED, what="transaction id", reason=f"{len(raw)} bytes, not {HASH_BYTES}")
    return raw


def parse_key(text: str) -> bytes:
    """Read a key of a store. Raises HT8001."""
    raw = from_hex(text, "key")
    if not 0 < len(raw) <= MAX_KEY_BYTES:
        raise HuitongError(Code.REQUEST_MALFORMED, what="key", reason=f"{len(raw)} bytes, not 1 to {MAX_KEY_BYTES}")
    return raw


def parse_height(text: str) -> int | None:
    """Read a height or "latest" (None). Raises HT8001."""
    if text == "latest":
        return None
    if text.isascii() and text.isdigit() and len(text) <= _MAX_HEIGHT_DIGITS:
        return int(text)
    raise HuitongError(Code.REQUEST_MALFORMED, what="height", reason='neither a number nor "latest"')


def wait_seconds(timeout: float | None, settings: GatewaySettings) -> float:
    """Return how long to wait: what the client asks for, up to the gateway's limit. Raises HT8001."""
    if timeout is None:
        return settings.default_wait
    if not timeout >= 0:
        raise HuitongError(Code.REQUEST_MALFORMED, what="timeout", reason="not a number of seconds from 0 on")
    return min(timeout, settings.max_wait)
