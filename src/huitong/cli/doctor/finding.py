"""What a check found."""

from enum import StrEnum
from typing import Self

import msgspec


class State(StrEnum):
    """How things stand; only a fault makes the program end with exit code 1."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"

    @property
    def mark(self) -> str:
        """The sign before a line."""
        return {State.GOOD: "✓", State.WARNING: "!", State.FAULT: "✗"}[self]


class Finding(msgspec.Struct, frozen=True):
    """One line. todo: what to type, empty when all is well. rate: items per second, 0 where none is measured."""

    topic: str
    state: State
    found: str
    todo: str = ""
    rate: float = 0

    @classmethod
    def good(cls, topic: str, found: str, rate: float = 0) -> Self:
        """All is well."""
        return cls(topic, State.GOOD, found, "", rate)

    @classmethod
    def warning(cls, topic: str, found: str, todo: str) -> Self:
        """It works, with less than there could be."""
        return cls(topic, State.WARNING, found, todo)

    @classmethod
    def fault(cls, topic: str, found: str, todo: str) -> Self:
        """It does not work."""
        return cls(topic, State.FAULT, found, todo)
