"""What the service needs of a chain, and the facts that it reads there."""

from typing import Any, Protocol

import msgspec

__all__ = ["ChainMember", "Committed", "Ledger", "LogEntry", "RegisteredRecord", "StoredConsent"]


class Committed(msgspec.Struct, frozen=True):
    """A committed call. result: return value. height: of its block. tx_id: 32 bytes. elapsed_ms: as the caller saw."""

    result: Any
    height: int
    tx_id: bytes
    elapsed_ms: float


class ChainMember(msgspec.Struct, frozen=True):
    """What the service reads in a member record. encryption_key: empty when there is none."""

    address: bytes
    name: str
    organisation: str
    roles: tuple[str, ...]
    encryption_key: bytes
    active: bool


class RegisteredRecord(msgspec.Struct, frozen=True):
    """`MedicalRecord` of the contract; its fields are described there."""

    patient: bytes
    representative: bytes
    custodian: str
    version: int
    commitments: dict[str, bytes]
    locator: str
    registered: int


class StoredConsent(msgspec.Struct, frozen=True):
    """`Consent` of the contract; its fields are described there."""

    record: str
    organisation: str
    member: bytes
    grantor: bytes
    purposes: list[str]
    resources: list[str]
    valid_from: int
    valid_until: int
    granted: int
    revoked: int


class LogEntry(msgspec.Struct, frozen=True):
    """`Access` of the contract; its fields are described there."""

    number: int
    patient: bytes
    record: str
    version: int
    organisation: str
    member: bytes
    purpose: str
    resources: list[str]
    basis: str
    reason: str
    time: int
    height: int


class Ledger(Protocol):
    """The chain as one member sees it. Refusals are raised as `HuitongError` with the contract's error in its data."""

    @property
    def chain_id(self) -> str:
        """Id of the chain."""
        ...

    async def submit(self, method: str, *args: Any) -> Committed:
        """Sign a call of the contract as this member and wait until it is committed and durable."""
        ...

    async def view(self, method: str, *args: Any) -> Any:
        """Ask a view of the contract at the newest height; Records come as dicts."""
        ...

    async def member(self, address: bytes) -> ChainMember:
        """Read a member record."""
        ...

    async def time_ns(self) -> int:
        """Earliest time that the next block can have; never before the newest block's."""
        ...
