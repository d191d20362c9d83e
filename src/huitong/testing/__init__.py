"""The test kit for contracts. pytest loads its fixtures by itself; these names are imported when they are used."""

import importlib
from typing import Any

_PLACES = {
    "Chain": "chain",
    "ContractMachine": "machines",
    "ContractRefused": "loading",
    "DivergenceError": "outcome",
    "Handle": "handle",
    "Outcome": "outcome",
    "arguments": "fuzzing",
    "fuzz": "examples",
    "reverts": "expecting",
    "story_of": "machines",
    "values": "fuzzing",
}

__all__ = [  # noqa: PLE0604 - the table's keys are its names
    *_PLACES,
]


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return getattr(importlib.import_module(f"{__name__}.{place}"), name)
