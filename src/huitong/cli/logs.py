"""Logs of the program: on standard error, in plain lines, without local variables of a fault."""

import sys

import stamina.instrumentation
import structlog


def configure() -> None:
    """Let every log of this process go to standard error: standard output holds results alone.

    Retries are silent: what comes of them is the command's answer.
    """
    stamina.instrumentation.set_on_retry_hooks(())
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(30),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
