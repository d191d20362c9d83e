"""Rules by version: what changes at a height when all organisations switch to a new version."""

from collections.abc import Mapping
from typing import Final

import msgspec

from huitong.state import StateView, keys


class Rules(msgspec.Struct, frozen=True):
    """One version of the rules.

    version: number in the system key `rules`, mirrored by `version.app` of headers. skipped: (height, tx id) -> code
    of the fixed failure that a transaction which kills workers gets instead of being executed.
    """

    version: int
    skipped: Mapping[tuple[int, bytes], int]


VERSIONS: Final = {1: Rules(1, {})}
"""Every version that this program can follow."""


def rules_of(view: StateView) -> Rules:
    """Rules in force for the next block: the version that the state after the block before names."""
    raw = view.get(keys.RULES)
    assert raw is not None, "a chain has a version of rules from genesis on"
    version = int.from_bytes(raw, "big")
    assert version in VERSIONS, f"this program does not know version {version} of the rules"
    return VERSIONS[version]
