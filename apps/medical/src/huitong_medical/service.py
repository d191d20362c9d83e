"""The service that each organisation runs beside its node: keeps records, gives them out by the chain's word, reads."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec

from huitong.types import HuitongError, is_failure, is_rejection

from .commitment import decode_resources
from .errors import ReleaseRefused
from .ledger import ChainMember, Committed, Ledger, LogEntry, RegisteredRecord, StoredConsent
from .protection import INTERNATIONAL, Protection
from .records import Groups, split_bundle
from .sharing import Occasion, Parcel, open_parcel, seal_parcel
from .vault import DataKey, Sealed, Vault

__all__ = ["RELEASE_WINDOW_NS", "Custodian", "PatientDesk", "Reader", "Reading", "Releases"]

RELEASE_WINDOW_NS: Final = 600 * 10**9
"""How long after an access its keys can be fetched. Who needs them later asks again, and is logged again."""


class Reading(msgspec.Struct, frozen=True):
    """What a reader got: the entry in the log, and canonical contents by resource type, equal to the commitments."""

    access: Committed
    contents: Mapping[str, bytes]

    def resources(self, resource: str) -> list[dict[str, Any]]:
        """Resources of one type, decoded."""
        return [item["resource"] for item in decode_resources(self.contents[resource])]


class Releases(Protocol):
    """How a reader reaches a custodian; the answer needs no secrecy, its keys open for the recipient alone."""

    async def release(self, number: int) -> tuple[Parcel, ...]:
        """Return the parcels of one entry of the access log. Raises ReleaseRefused, RecordMissing, KeyRefused."""
        ...


class Custodian:
    """A hospital as keeper of records: registers them, and releases keys for accesses that stand on the chain."""

    def __init__(self, organisation: str, ledger: Ledger, vault: Vault) -> None:
        self._organisation = organisation
        self._ledger = ledger
        self._vault = vault
        self._parsing = asyncio.Lock()

    async def register(self, record: str, patient: bytes, representative: bytes, bundle: str | bytes) -> Committed:
        """Seal a FHIR bundle in the vault, then announce it. Nothing stays in the vault when the chain refuses.

        After a crash or a lost answer the same call again announces the same commitments. Raises VersionKept for other
        contents.
        """
        commitments = self._vault.store(record, 1, await self._split(bundle))
        locator = f"vault:{self._organisation}/{record}/1"
        args = (record, patient, representative, commitments, locator)
        return await self._announce(record, 1, commitments, "register", *args)

    async def amend(self, record: str, bundle: str | bytes) -> Committed:
        """Seal the next version under new keys and announce it. Keys of the version before open nothing of it."""
        version = (await record_of(self._ledger, record)).version + 1
        commitments = self._vault.store(record, version, await self._split(bundle))
        locator = f"vault:{self._organisation}/{record}/{version}"
        return await self._announce(record, version, commitments, "amend", record, commitments, locator)

    async def release(self, number: int) -> tuple[Parcel, ...]:
        """Wrap the keys of one committed access to the one who asked for it, for what was asked for.

        Refused when the entry is too old, the consent behind it has ended since, the record has a newer version, or the
        member is not active any more. Asking twice gives the same contents to the same member.
        """
        entry = await entry_of(self._ledger, number)
        found = await record_of(self._ledger, entry.record)
        await self._check_release(entry, found)
        recipient = await self._ledger.member(entry.member)
        if not recipient.active:
            raise ReleaseRefused(reason="the member is not active", entry=number)
        occasion = Occasion(self._ledger.chain_id, recipient.address, number)
        parcels = []
        for resource in sorted(set(entry.resources)):
            sealed, data_key = self._vault.load(entry.record, entry.version, resource)
            parcels.append(self._parcel(sealed, data_key, occasion, recipient))
        return tuple(parcels)

    def _parcel(self, sealed: Sealed, data_key: DataKey, occasion: Occasion, recipient: ChainMember) -> Parcel:
        return seal_parcel(sealed, data_key, occasion, recipient.encryption_key, self._vault.protection)

    async def _split(self, bundle: str | bytes) -> Groups:
        """Parse beside the event loop, which has others to serve; one at a time, models are built on first use."""
        async with self._parsing:
            return await asyncio.to_thread(split_bundle, bundle)

    async def _announce(
        self, record: str, version: int, commitments: dict[str, bytes], method: str, *args: Any
    ) -> Committed:
        try:
            return await self._ledger.submit(method, *args)
        except HuitongError as error:
            refused = is_failure(error.code) or is_rejection(error.code)
            if refused and not _announced(await self._registered(record), version, commitments):
                self._vault.discard(record, version)
            raise

    async def _registered(self, record: str) -> RegisteredRecord | None:
        try:
            return await record_of(self._ledger, record)
        except HuitongError as error:
            if error.data.get("error") == "RecordUnknown":
                return None
            raise

    async def _check_release(self, entry: LogEntry, found: RegisteredRecord) -> None:
        now = await self._ledger.time_ns()
        if found.custodian != self._organisation:
            raise ReleaseRefused(reason="another custodian", custodian=found.custodian)
        if found.version != entry.version:
            raise ReleaseRefused(reason="there is a newer version", version=found.version)
        if now - entry.time > RELEASE_WINDOW_NS:
            raise ReleaseRefused(reason="the access is too old", entry=entry.number)
        if entry.basis != "consent":
            return
        raw = await self._ledger.view("consent", entry.record, entry.organisation, entry.member)
        consent = msgspec.convert(raw, StoredConsent)
        if consent.revoked or now > consent.valid_until:
            raise ReleaseRefused(reason="the consent has ended since", entry=entry.number)


class Reader:
    """A member who reads records: asks the chain, fetches from the custodian, opens and compares."""

    def __init__(
        self, ledger: Ledger, address: bytes, encryption_secret: bytes, protection: Protection = INTERNATIONAL
    ) -> None:
        self._ledger = ledger
        self._address = address
        self._secret = encryption_secret
        self._protection = protection

    async def read(self, record: str, purpose: str, resources: Sequence[str], custodian: Releases) -> Reading:
        """Read by consent, or as patient or custodian. Raises the contract's refusals by name."""
        access = await self._ledger.submit("access", record, purpose, list(resources))
        return await self.collect(record, access, custodian)

    async def read_emergency(self, record: str, reason: str, resources: Sequence[str], custodian: Releases) -> Reading:
        """Break the glass: read without consent; logged, flagged and shown to the patient."""
        access = await self._ledger.submit("break_glass", record, reason, list(resources))
        return await self.collect(record, access, custodian)

    async def collect(self, record: str, access: Committed, custodian: Releases) -> Reading:
        """Fetch what a committed access gives, open it and compare it with the chain.

        Raises ReleaseRefused, KeyRefused, CommitmentMismatch.
        """
        number = int(access.result)
        parcels = await custodian.release(number)
        commitments = (await record_of(self._ledger, record)).commitments
        occasion = Occasion(self._ledger.chain_id, self._address, number)
        contents = {}
        for parcel in parcels:
            place = parcel.sealed.place
            if place.record != record or place.resource not in commitments:
                raise ReleaseRefused(reason="not what was asked for", record=place.record, resource=place.resource)
            commitment = commitments[place.resource]
            contents[place.resource] = open_parcel(parcel, occasion, self._secret, commitment, self._protection)
        return Reading(access, contents)


class PatientDesk:
    """A patient, or who may consent for one: gives consents, takes them back, sees who read."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def grant(
        self,
        record: str,
        organisation: str,
        member: bytes,
        purposes: Sequence[str],
        resources: Sequence[str],
        period_ns: tuple[int, int],
    ) -> Committed:
        """Give a consent. member: empty for the whole organisation. period_ns: block times from and until."""
        codes = (list(purposes), list(resources))
        return await self._ledger.submit("grant", record, organisation, member, *codes, *period_ns)

    async def revoke(self, record: str, organisation: str, member: bytes) -> Committed:
        """Take a consent back: no keys are released from that block on. What was read stays read."""
        return await self._ledger.submit("revoke", record, organisation, member)

    async def accesses(self, patient: bytes, first: int = 0) -> list[LogEntry]:
        """A page of the log of one patient, oldest first."""
        return msgspec.convert(await self._ledger.view("accesses_of", patient, first), list[LogEntry])

    async def consents(self, patient: bytes, first: int = 0) -> list[StoredConsent]:
        """A page of the consents of one patient, also those that ended."""
        return msgspec.convert(await self._ledger.view("consents_of", patient, first), list[StoredConsent])


def _announced(found: RegisteredRecord | None, version: int, commitments: dict[str, bytes]) -> bool:
    """True when the chain may refer to these parts: a repeated announcement is refused, the first one stands."""
    if found is None or found.version < version:
        return False
    return found.version > version or found.commitments == commitments


async def record_of(ledger: Ledger, record: str) -> RegisteredRecord:
    """Read a registered record on the chain."""
    return msgspec.convert(await ledger.view("record", record), RegisteredRecord)


async def entry_of(ledger: Ledger, number: int) -> LogEntry:
    """Read one entry of the access log on the chain."""
    return msgspec.convert(await ledger.view("entry", number), LogEntry)
