"""Suites: the hash function of a chain, chosen once in its genesis."""

from collections.abc import Callable
from hashlib import sha256 as _sha256
from typing import Final

import msgspec

from huitong.types import Code, HuitongError
from huitong.types.registry import SuiteId

HashFunction = Callable[[bytes], bytes]
"""Bytes of any length to 32 bytes."""


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4): 32 bytes. Headers, validators and the tree over the stores use it under every suite."""
    return _sha256(data).digest()


class Suite(msgspec.Struct, frozen=True):
    """A suite: its number in the registry, its name in configuration, and H, the hash of all that is the suite's."""

    id: SuiteId
    name: str
    hash: HashFunction


INTERNATIONAL: Final = Suite(SuiteId.INTERNATIONAL, "international", sha256)
"""SHA-256."""


def suite(number: int) -> Suite:
    """Return the suite with a number of the registry.

    Raises HT6106 for a number that this program does not provide; guomi (2) is reserved.
    """
    if number == SuiteId.INTERNATIONAL:
        return INTERNATIONAL
    name = "guomi" if number == SuiteId.GUOMI else str(number)
    raise HuitongError(Code.SUITE_UNAVAILABLE, suite=name)
