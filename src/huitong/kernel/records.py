"""Records that the kernel keeps in state."""

import msgspec


class ContractRecord(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Metadata of a contract under 0x10.

    engine, engine_version: language and gas schedule. code_hash: key of the code. source_hash: H of the source text.
    fields: (name, id) of its storage. deployer: member address. organisation: of the deployer. name: its entry in the
    registry of names, empty when none.
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
    name: str
    tx_id: bytes


class TxIds(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What a block remembers: [expires (block time ns), count, H(sorted new ids)]."""

    expires: int
    count: int
    digest: bytes
