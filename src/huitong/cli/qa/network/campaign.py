"""`qa network`: all scenarios one after the other, each on a network of its own."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from huitong.cli import logs
from huitong.types import Code, HuitongError

from . import adversaries, failures, machines
from .field import FIRST_PORT
from .trial import Result, Scenario, perform

SCENARIOS: tuple[Scenario, ...] = (*failures.SCENARIOS, *machines.SCENARIOS, *adversaries.SCENARIOS)
NAMES = tuple(one.name for one in SCENARIOS)


def run(*, only: Sequence[str] = (), port: int = FIRST_PORT) -> dict[str, Any]:
    """Perform scenarios and return what they did. only: their names, all when empty. port: the first to use."""
    logs.configure()
    unknown = sorted(set(only) - set(NAMES))
    if unknown:
        raise HuitongError(Code.NOT_FOUND, what="scenario", name=unknown[0][:64])
    begun = time.monotonic()
    results: list[Result] = [perform(one, port) for one in SCENARIOS if not only or one.name in only]
    faults = [f"{one.scenario}: {one.reason}" for one in results if one.answer == "fault"]
    return {
        "qa": "network",
        "scenarios": msgspec.to_builtins(results),
        "held": sum(one.answer == "held" for one in results),
        "skipped": {one.scenario: one.reason for one in results if one.answer == "skipped"},
        "acknowledged": sum(one.acknowledged for one in results),
        "blocks": sum(one.blocks for one in results),
        "faults": faults,
        "seconds": round(time.monotonic() - begun, 1),
    }
