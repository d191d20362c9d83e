"""Logs of the program: on standard error, in plain lines, without local variables of a fault."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import stamina.instrumentation
import structlog

LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class Threshold:
    """Least weight of an entry that is written; `level` may be set while the program runs."""

    def __init__(self, level: str) -> None:
        self.level = level

    def __call__(self, _: object, method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Let an entry pass or drop it; as a processor of structlog."""
        if LEVELS.get(method, logging.ERROR) < LEVELS[self.level]:
            raise structlog.DropEvent
        return entry


def printable(_: object, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape what would move the cursor or begin a line: values come from outside. As a processor of structlog."""
    for name, value in entry.items():
        if isinstance(value, str) and not value.isprintable():
            entry[name] = "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in value)
    return entry


def configure(level: str = "warning") -> Threshold:
    """Let every log of this process go to standard error: standard output holds results alone.

    Retries are silent: what comes of them is the command's answer.
    """
    threshold = Threshold(level)
    stamina.instrumentation.set_on_retry_hooks(())
    structlog.configure(
        processors=[
            threshold,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            printable,
            structlog.processors.LogfmtRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    return threshold
