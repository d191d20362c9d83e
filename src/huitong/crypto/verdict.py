"""What a checked proof bundle shows, in words for people and in values for programs."""

from typing import Any, Final

import msgspec

from huitong.types import Event, FixedPoint, HuitongError, Receipt, Rejected, decode, decode_body, is_rejection

from .calendar import DAY_SECONDS, civil_date

_MAX_TEXT: Final = 400


class Verdict(msgspec.Struct, frozen=True):
    """A proof that holds.

    kind: state, absence, receipt or event. height, time_ns: of the header that proves it. block_height: the block that
    made the fact (the one before). tx_id: empty for state and absence. value: the value, encoded receipt or encoded
    event; empty for an absence. proved, assumed: sentences for people.
    """

    kind: str
    chain_id: str
    height: int
    time_ns: int
    block_height: int
    tx_id: bytes
    value: bytes
    proved: tuple[str, ...]
    assumed: tuple[str, ...]


def utc_text(time_ns: int) -> str:
    """ISO 8601 text of a time, in whole milliseconds (rounded down)."""
    seconds, nanoseconds = divmod(time_ns, 10**9)
    days, rest = divmod(seconds, DAY_SECONDS)
    year, month, day = civil_date(days)
    clock = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{nanoseconds // 10**6:03}"
    return f"{year:04}-{month:02}-{day:02}T{clock}Z"


def value_text(value: Any) -> str:
    """A decoded value for people: bytes as 0x hex, at most 400 characters."""
    text = _text(value)
    return text if len(text) <= _MAX_TEXT else text[:_MAX_TEXT] + " …"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str):
        return repr(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_text(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, FixedPoint):
        return str(value)
    return repr(value)


def encoded_text(raw: bytes) -> str:
    """An encoded value for people: decoded when it is canonical, else as hex."""
    try:
        value = decode(raw, Any)
    except HuitongError:
        return value_text(raw)
    return value_text(value)


def answer_text(receipt: Receipt) -> str:
    """One of the protocol's words for what became of a transaction."""
    if receipt.code == 0:
        return "was committed"
    return f"was {'rejected' if is_rejection(receipt.code) else 'executed and failed'} with HT{receipt.code}"


def receipt_lines(receipt: Receipt, body: bytes, block_height: int) -> list[str]:
    """Sentences about a transaction: what became of it, and what it was when its body is known."""
    lines = [
        f"Transaction 0x{receipt.tx_id.hex()} {answer_text(receipt)} in block {block_height}.",
        f"It used {receipt.gas_used} gas and returned {encoded_text(receipt.return_bytes)}.",
    ]
    return lines + (_body_lines(body) if body else [])


def _body_lines(raw: bytes) -> list[str]:
    try:
        body = decode_body(raw)
    except Rejected:
        return [f"Its body is {len(raw)} bytes that are no transaction of this version."]
    calls = [
        f"It called {_name(call.method)} of 0x{call.target.hex()} with {value_text(call.args)}." for call in body.calls
    ]
    return [f"Its sender was 0x{body.sender.hex()}.", *calls]


def _name(text: str) -> str:
    """A name as it is when it is one; anything else (a terminal's escape codes, say) quoted and escaped."""
    return text if text.isidentifier() else value_text(text)


def event_lines(event: Event) -> list[str]:
    """Sentences about an event."""
    name = _name(event.name) if isinstance(event.name, str) else value_text(event.name)
    return [f"It emitted {name} from 0x{event.emitter.hex()}: {encoded_text(event.data)}."]
