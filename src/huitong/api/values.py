"""JSON forms of bytes, times and contract values where no schema says more. With a schema: `huitong.api.abi`."""

from binascii import unhexlify
from datetime import UTC, datetime
from typing import Any, Final

from huitong.types import Code, FixedPoint, HuitongError

SAFE_INTEGER: Final = 2**53
"""JSON numbers from this magnitude on are not exact in every reader."""

_NANOSECONDS: Final = 10**9


def to_hex(raw: bytes) -> str:
    """Write bytes as 0x and lower-case hex."""
    return "0x" + raw.hex()


def from_hex(text: str, what: str) -> bytes:
    """Read 0x hex. Raises HT8001 that names `what`."""
    try:
        if text.startswith("0x"):
            return unhexlify(text[2:])
    except ValueError:
        pass
    raise HuitongError(Code.REQUEST_MALFORMED, what=what, reason="not an even number of hex digits after 0x")


def rfc3339(time_ns: int) -> str:
    """Write nanoseconds since 1970 as RFC 3339 in UTC with all nine digits of the fraction."""
    seconds, rest = divmod(time_ns, _NANOSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def to_json(value: Any) -> Any:
    """Give the JSON form of a contract value without its schema.

    Every integer becomes a decimal string, so that the form does not depend on the value; decimals likewise; bytes
    become 0x hex.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | FixedPoint):
        return str(value)
    if isinstance(value, bytes):
        return to_hex(value)
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    raise HuitongError(Code.VALUE_INVALID, reason=f"a {type(value).__name__} has no JSON form")


def data_to_json(value: Any) -> Any:
    """Give the JSON form of the data of a platform error: as `to_json`, but integers below 2^53 stay numbers.

    Anything else (an exception, a path) becomes its text: an error about an error helps nobody.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value) if -SAFE_INTEGER < value < SAFE_INTEGER else str(int(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return to_hex(bytes(value))
    if isinstance(value, dict):
        return {str(key): data_to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [data_to_json(item) for item in value]
    return str(value)
