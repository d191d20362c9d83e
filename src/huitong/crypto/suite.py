"""Suites: the hash function of a chain and the kinds of its keys, chosen once in its genesis."""

from collections.abc import Callable
from hashlib import sha256 as _sha256
from typing import Final

import msgspec

from huitong.types import Code, HuitongError
from huitong.types.registry import EncryptionKind, KeyKind, SuiteId

from . import sm2
from .sm3 import sm3

HashFunction = Callable[[bytes], bytes]
"""Bytes of any length to 32 bytes."""


def sha256(data: bytes) -> bytes:
    """SHA-256 (FIPS 180-4): 32 bytes. Headers, validators and the tree over the stores use it under every suite."""
    return _sha256(data).digest()


NATIVE_HASHES: Final[dict[HashFunction, str]] = {sha256: "sha256", sm3: "sm3"}
"""What the native crate calls the hash functions that it computes trees with."""


class Suite(msgspec.Struct, frozen=True):
    """A suite: its number in the registry, its name in configuration, and H, the hash of all that is the suite's.

    key_kinds: what members and gateways may sign with. key_kind, encryption_kind: what new members get unless they
    choose.
    """

    id: SuiteId
    name: str
    hash: HashFunction
    key_kinds: frozenset[int]
    key_kind: KeyKind
    encryption_kind: EncryptionKind


INTERNATIONAL: Final = Suite(
    SuiteId.INTERNATIONAL,
    "international",
    sha256,
    frozenset((KeyKind.ED25519, KeyKind.P256, KeyKind.SECP256K1)),
    KeyKind.ED25519,
    EncryptionKind.X25519,
)
"""SHA-256; no SM2, so that such a chain runs on machines that cannot compute it."""

GUOMI: Final = Suite(
    SuiteId.GUOMI,
    "guomi",
    sm3,
    INTERNATIONAL.key_kinds | {KeyKind.SM2},
    KeyKind.SM2,
    EncryptionKind.SM2,
)
"""SM3, SM2 and SM4. Members may also keep keys of the other kinds."""

SUITES: Final = {chosen.name: chosen for chosen in (INTERNATIONAL, GUOMI)}
"""Suites by name, for whoever only hashes: no back end for SM2 is asked for."""


def suite(number: int) -> Suite:
    """Return the suite with a number of the registry, ready to verify the signatures of a chain.

    Raises HT6106 for a number that this program does not provide, HT6107 when this machine cannot compute SM2.
    """
    for chosen in SUITES.values():
        if chosen.id == number:
            return _ready(chosen)
    raise HuitongError(Code.SUITE_UNAVAILABLE, suite=str(number))


def suite_by_name(name: str) -> Suite:
    """Return the suite with a name, as configuration and status have it. Raises HT6106, HT6107."""
    if name in SUITES:
        return _ready(SUITES[name])
    raise HuitongError(Code.SUITE_UNAVAILABLE, suite=name[:40])


def _ready(chosen: Suite) -> Suite:
    """A node that answered "false" for want of SM2 would leave the chain, so it does not start."""
    if KeyKind.SM2 in chosen.key_kinds:
        sm2.back_end()
    return chosen
