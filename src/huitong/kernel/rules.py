"""Rules by version: what changes at a height when all organisations switch to a new version."""

from collections.abc import Mapping
from typing import Final

import msgspec

from huitong.state import StateView, keys
from huitong.types import Code, HuitongError


class Rules(msgspec.Struct, frozen=True):
    """One version of the rules.

    version: number in the system key `rules`, mirrored by `version.app` of headers. skipped: (height, tx id) -> code
    of the fixed failure that a transaction which kills workers gets instead of being executed.
    """

    version: int
    skipped: Mapping[tuple[int, bytes], int]


VERSIONS: Final[Mapping[int, Rules]] = {1: Rules(1, {})}
"""Every version that this program can follow."""


def rules_version(view: StateView) -> int:
    """Version in force for the next block: the one that the state after the block before names."""
    raw = view.get(keys.RULES)
    assert raw is not None, "a chain has a version of rules from genesis on"
    return int.from_bytes(raw, "big")


def rules_of(view: StateView, versions: Mapping[int, Rules]) -> Rules:
    """Rules in force for the next block. Raises HT6108 when this program does not know them: the node must stop."""
    version = rules_version(view)
    found = versions.get(version)
    if found is None:
        raise HuitongError(Code.RULES_UNKNOWN, version=version, newest=max(versions))
    return found
