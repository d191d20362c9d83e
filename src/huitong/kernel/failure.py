"""How a failure is written into a receipt."""

from typing import Any, Final

from huitong.types import Answer, Failed, Failure, encode

_PLAIN = (bool, int, type(None))
_MAX_LENGTH: Final = 256
"""Letters or bytes of one value: a failure may name what it was given, but not carry it back whole."""


def _plain(value: object) -> Any:
    if isinstance(value, _PLAIN):
        return value
    return (value if isinstance(value, str | bytes) else str(value))[:_MAX_LENGTH]


def failed_answer(error: Failed, gas_used: int) -> Answer:
    """Answer of a frame that the platform itself refused: error = name of the code, data = what its text names."""
    data = {key: _plain(value) for key, value in error.data.items()}
    return Answer(int(error.code), encode(Failure(b"", error.code.name, data)), gas_used)
