"""Failures on the wire and as answers: one form for both sides, so that both make the same bytes."""

from huitong.types import Answer, Code, Failed, Failure, HuitongError, decode_scanned, encode
from huitong.types.limits import MAX_RETURN_BYTES

from .wire_messages import Refusal

_MAX_TEXT: int = 200


def refusal_of(error: HuitongError) -> Refusal:
    """Put an error on the wire. Data without an encoding, or too much of it, travels as short text."""
    return Refusal(int(error.code), encode(_portable(error.data)))


def failed_of(refusal: Refusal) -> Failed:
    """Take an error off the wire. Raises ValueError for a number that no version has used, Rejected for its data."""
    data = decode_scanned(refusal.data, dict[str, object])
    return Failed(Code(refusal.code), **data)


def failed_answer(error: HuitongError, gas_used: int) -> Answer:
    """Answer of a frame that the platform stopped."""
    failure = Failure(contract=b"", error=error.code.name, data=_portable(error.data))
    return Answer(int(error.code), encode(failure), gas_used)


def _portable(data: dict[str, object]) -> dict[str, object]:
    plain = {name: value if _is_plain(value) else str(value)[:_MAX_TEXT] for name, value in data.items()}
    if len(encode(plain)) <= MAX_RETURN_BYTES // 2:
        return plain
    return {name: str(value)[:_MAX_TEXT] for name, value in list(plain.items())[:16]}


def _is_plain(value: object) -> bool:
    return value is None or (isinstance(value, int) and -(2**63) <= value < 2**63) or type(value) in (str, bytes)
