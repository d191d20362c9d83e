"""Records that the kernel keeps in state."""

from enum import IntEnum
from typing import Final

import msgspec

MAX_FORMER: Final = 16
"""Hashes of earlier code that a record names, the newest of them."""


class ContractState(IntEnum):
    """Where a contract stands in its life."""

    ACTIVE = 0
    FROZEN = 1
    RETIRED = 2


class ContractRecord(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Metadata of a contract under 0x10.

    engine, engine_version: language and gas schedule. code_hash: key of the code. source_hash: H of the source text.
    fields: (name, id) of its storage. deployer: member address. organisation, roles: whose members with one of these
    roles may change it. name: its entry in the registry of names, empty when none. tx_id: of the transaction that
    brought the present code. state: `ContractState`. revision: 1, one more with each upgrade. former: hashes of the
    code of earlier revisions, oldest first, the last `MAX_FORMER`.
    """

    version: int
    engine: str
    engine_version: int
    code_hash: bytes
    source_hash: bytes
    fields: tuple[tuple[str, int], ...]
    initialiser: str
    reentrant: tuple[str, ...]
    deployer: bytes
    organisation: str
    roles: tuple[str, ...]
    name: str
    tx_id: bytes
    state: int
    revision: int
    former: tuple[bytes, ...]


class TxIds(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What a block remembers: [expires (block time ns), count, H(sorted new ids)]."""

    expires: int
    count: int
    digest: bytes
