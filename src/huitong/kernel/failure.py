"""How a failure is written into a receipt."""

from typing import Any

from huitong.types import Answer, Failed, Failure, encode

_PLAIN = (bool, int, str, bytes, type(None))


def _plain(value: object) -> Any:
    return value if isinstance(value, _PLAIN) else str(value)


def failed_answer(error: Failed, gas_used: int) -> Answer:
    """Answer of a frame that the platform itself refused: error = name of the code, data = what its text names."""
    data = {key: _plain(value) for key, value in error.data.items()}
    return Answer(int(error.code), encode(Failure(b"", error.code.name, data)), gas_used)
