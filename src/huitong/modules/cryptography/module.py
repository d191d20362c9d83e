"""The module as the kernel sees it."""

from collections.abc import Mapping
from typing import Final

import msgspec

from huitong.crypto import Suite, verify
from huitong.kernel import Handler, Question
from huitong.state import StateView
from huitong.types import Code, Failed, Genesis
from huitong.types.registry import ModuleId

MAX_DATA_BYTES: Final = 64 * 1024
HASH_GAS: Final = 3_000
VERIFY_GAS: Final = 12_000
"""The dearest kind of key, SM2, takes some 200 us where OpenSSL computes it."""


class Hashing(msgspec.Struct, frozen=True, array_like=True):
    """Arguments of `hash`."""

    data: bytes


class Checking(msgspec.Struct, frozen=True, array_like=True):
    """Arguments of `verify`. kind: `registry.KeyKind`."""

    kind: int
    public_key: bytes
    message: bytes
    signature: bytes


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_DATA_BYTES:
        raise Failed(Code.ARGUMENTS_INVALID, reason=f"more than {MAX_DATA_BYTES} bytes")
    return data


class Cryptography:
    """Hash and signature checks of a suite."""

    id: int = ModuleId.CRYPTOGRAPHY

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self.handlers: Mapping[str, Handler] = {}
        self.queries: Mapping[str, Question] = {
            "hash": Question(HASH_GAS, Hashing, self._hash),
            "verify": Question(VERIFY_GAS, Checking, self._verify),
        }

    def _hash(self, message: Hashing, view: StateView) -> bytes:
        del view
        return self._suite.hash(_bounded(message.data))

    def _verify(self, message: Checking, view: StateView) -> bool:
        del view
        known = message.kind in self._suite.key_kinds
        return known and verify(message.kind, message.public_key, _bounded(message.message), message.signature)

    def genesis(self, genesis: Genesis) -> Mapping[bytes, bytes]:
        """Nothing is stored."""
        del genesis
        return {}
