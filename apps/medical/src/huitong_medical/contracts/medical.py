"""Registrations, consents and the access log of medical records.

Nothing personal stands here: patients are addresses of pseudonymous members, contents are salted commitments, and
everything else is a code of a fixed list. Times are block times in ns, addresses have 20 bytes.
Purposes are codes of HL7 v3 PurposeOfUse, resources are names of FHIR R4 resource types.
"""

from huitong.contract import Contract, Error, Event, Map, Record, call, ctx, require, view

PURPOSES = "TREAT HPAYMT HRESCH PUBHLTH"
EMERGENCY = "ETREAT"
REASONS = "life-threatening unconscious public-emergency"
RESOURCES = (
    "AllergyIntolerance CarePlan Claim Condition Coverage DiagnosticReport DocumentReference Encounter "
    "FamilyMemberHistory ImagingStudy Immunization MedicationRequest MedicationStatement Observation Organization "
    "Patient Practitioner Procedure ServiceRequest Specimen"
)
PAGE = 50


class MedicalRecord(Record):
    """A record that its custodian keeps off the chain. commitments: one per resource type."""

    patient: bytes
    representative: bytes
    custodian: str
    version: int
    commitments: dict[str, bytes]
    locator: str
    registered: int


class Consent(Record):
    """What a patient allows one recipient. member: empty for a whole organisation. revoked: 0 or when."""

    record: str
    organisation: str
    member: bytes
    grantor: bytes
    purposes: list[str]
    resources: list[str]
    valid_from: int
    valid_until: int
    granted: int
    revoked: int = 0


class Access(Record):
    """One entry of the log. basis: patient, custodian, consent or break-glass; reason: of the last only."""

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


class RecordRegistered(Event):
    """A custodian announced a record, or a new version of it."""

    record: str
    version: int
    custodian: str


class ConsentGiven(Event):
    """A consent begins, or replaces one."""

    record: str
    organisation: str
    member: bytes
    valid_until: int


class ConsentWithdrawn(Event):
    """A consent was taken back."""

    record: str
    organisation: str
    member: bytes


class RecordAccessed(Event):
    """Somebody was given access; the number is that of the log's entry."""

    number: int
    record: str
    organisation: str
    member: bytes
    basis: str


class NotAllowed(Error):
    """Only the one who is named may do this: the patient, a registrar of the custodian, a clinician, an auditor."""

    needed: str


class RecordUnknown(Error):
    """No record of this id is registered."""

    record: str


class RecordExists(Error):
    """The id of the record is taken."""

    record: str


class CodeUnknown(Error):
    """A value is not of the fixed list: free text has no place on the chain."""

    field: str
    value: str


class CommitmentInvalid(Error):
    """A commitment is not 32 bytes."""

    record: str
    resource: str


class PeriodInvalid(Error):
    """The consent would never be valid."""

    valid_from: int
    valid_until: int


class ResourceMissing(Error):
    """The record has no resources of this type."""

    record: str
    resource: str


class ConsentMissing(Error):
    """The patient has given this recipient no consent."""

    record: str
    organisation: str
    member: bytes


class ConsentEarly(Error):
    """The consent is not valid before then."""

    record: str
    valid_from: int


class ConsentExpired(Error):
    """The consent was valid until then."""

    record: str
    valid_until: int


class ConsentRevoked(Error):
    """The patient has taken the consent back."""

    record: str
    revoked: int


class PurposeNotCovered(Error):
    """The consent is for other purposes."""

    record: str
    purpose: str


class ScopeNotCovered(Error):
    """The consent does not cover resources of this type."""

    record: str
    resource: str


class MedicalRecords(Contract):
    """Who may read which medical record for what, and who did."""

    records: Map[str, MedicalRecord]
    consents: Map[str, Consent]
    log: Map[int, Access]
    index: Map[str, str]
    counts: Map[str, int]

    @call
    def register(
        self, record: str, patient: bytes, representative: bytes, commitments: dict[str, bytes], locator: str
    ) -> None:
        """Announce version 1 of a record. representative: address that may consent for the patient, or empty."""
        self._check_registrar(ctx.sender.org)
        require(record not in self.records, RecordExists(record=record))
        person = ctx.member(patient)
        require(
            person is not None and person.active and person.org == ctx.sender.org and "patient" in person.roles,
            NotAllowed(needed=f"patient of {ctx.sender.org}"),
        )
        self._check_commitments(record, commitments)
        self.records[record] = MedicalRecord(
            patient=patient, representative=representative, custodian=ctx.sender.org, version=1,
            commitments=commitments, locator=locator, registered=ctx.time,
        )  # fmt: skip
        self._append(f"records/{patient.hex()}", record)
        RecordRegistered(record=record, version=1, custodian=ctx.sender.org).emit()

    @call
    def amend(self, record: str, commitments: dict[str, bytes], locator: str) -> int:
        """Announce the next version, which has new keys. Consents go on. Returns its number."""
        found = self._record(record)
        self._check_registrar(found.custodian)
        self._check_commitments(record, commitments)
        found.version += 1
        found.commitments = commitments
        found.locator = locator
        self.records[record] = found
        RecordRegistered(record=record, version=found.version, custodian=found.custodian).emit()
        return found.version

    @call
    def grant(
        self, record: str, organisation: str, member: bytes,
        purposes: list[str], resources: list[str], valid_from: int, valid_until: int,
    ) -> None:  # fmt: skip
        """Give a consent, in place of an earlier one to the same recipient. member: empty for the organisation."""
        found = self._record(record)
        self._check_patient(found)
        require(
            valid_from < valid_until and ctx.time < valid_until,
            PeriodInvalid(valid_from=valid_from, valid_until=valid_until),
        )
        self._check_codes("purposes", purposes, PURPOSES)
        self._check_codes("resources", resources, RESOURCES)
        key = f"{record}:{organisation}/{member.hex()}"
        if key not in self.consents:
            self._append(f"consents/{found.patient.hex()}", key)
        self.consents[key] = Consent(
            record=record, organisation=organisation, member=member, grantor=ctx.sender.address,
            purposes=purposes, resources=resources, valid_from=valid_from, valid_until=valid_until, granted=ctx.time,
        )  # fmt: skip
        ConsentGiven(record=record, organisation=organisation, member=member, valid_until=valid_until).emit()

    @call
    def revoke(self, record: str, organisation: str, member: bytes) -> None:
        """Take a consent back, from this block on."""
        self._check_patient(self._record(record))
        key = f"{record}:{organisation}/{member.hex()}"
        require(key in self.consents, ConsentMissing(record=record, organisation=organisation, member=member))
        consent = self.consents[key]
        consent.revoked = ctx.time
        self.consents[key] = consent
        ConsentWithdrawn(record=record, organisation=organisation, member=member).emit()

    @call
    def access(self, record: str, purpose: str, resources: list[str]) -> int:
        """Ask for resources and be logged. Returns the number of the entry, which the custodian asks for."""
        found = self._record(record)
        self._check_codes("purpose", [purpose], PURPOSES)
        member = ctx.sender.address
        if member in (found.patient, found.representative):
            return self._enter(record, found, purpose, resources, "patient", "")
        if ctx.sender.org == found.custodian and "clinician" in ctx.sender.roles:
            return self._enter(record, found, purpose, resources, "custodian", "")
        self._check_consent(record, member, purpose, resources)
        return self._enter(record, found, purpose, resources, "consent", "")

    @call
    def break_glass(self, record: str, reason: str, resources: list[str]) -> int:
        """Read without consent in an emergency. Always granted to a clinician, always flagged for review."""
        found = self._record(record)
        require("clinician" in ctx.sender.roles, NotAllowed(needed="clinician"))
        self._check_codes("reason", [reason], REASONS)
        number = self._enter(record, found, EMERGENCY, resources, "break-glass", reason)
        self._append("flagged", f"{number}")
        return number

    @view
    def record(self, record: str) -> MedicalRecord:
        """A registered record, as of its latest version."""
        return self._record(record)

    @view
    def consent(self, record: str, organisation: str, member: bytes) -> Consent:
        """The consent that decides on this member: the member's own, else the organisation's."""
        return self._consent(record, organisation, member)

    @view
    def entry(self, number: int) -> Access:
        """One entry of the log."""
        return self.log[number]

    @view
    def records_of(self, patient: bytes, first: int) -> list[str]:
        """Ids of a patient's records, from number `first` on, a page at most."""
        return self._page(f"records/{patient.hex()}", first)

    @view
    def consents_of(self, patient: bytes, first: int) -> list[Consent]:
        """A patient's consents, also those that ended, from number `first` on, a page at most."""
        return [self.consents[key] for key in self._page(f"consents/{patient.hex()}", first)]

    @view
    def accesses_of(self, patient: bytes, first: int) -> list[Access]:
        """Who read a patient's records, oldest first, from number `first` on, a page at most."""
        return [self.log[int(key)] for key in self._page(f"accesses/{patient.hex()}", first)]

    @view
    def emergencies(self, first: int) -> list[Access]:
        """Emergency accesses of all patients for the auditor, from number `first` on, a page at most."""
        return [self.log[int(key)] for key in self._page("flagged", first)]

    def _record(self, record: str) -> MedicalRecord:
        require(record in self.records, RecordUnknown(record=record))
        return self.records[record]

    def _consent(self, record: str, organisation: str, member: bytes) -> Consent:
        key = f"{record}:{organisation}/{member.hex()}"
        if key not in self.consents:
            key = f"{record}:{organisation}/"
        require(key in self.consents, ConsentMissing(record=record, organisation=organisation, member=member))
        return self.consents[key]

    def _check_consent(self, record: str, member: bytes, purpose: str, resources: list[str]) -> None:
        consent = self._consent(record, ctx.sender.org, member)
        require(consent.revoked == 0, ConsentRevoked(record=record, revoked=consent.revoked))
        require(consent.valid_from <= ctx.time, ConsentEarly(record=record, valid_from=consent.valid_from))
        require(ctx.time <= consent.valid_until, ConsentExpired(record=record, valid_until=consent.valid_until))
        require(purpose in consent.purposes, PurposeNotCovered(record=record, purpose=purpose))
        for resource in resources:
            require(resource in consent.resources, ScopeNotCovered(record=record, resource=resource))

    def _enter(
        self, record: str, found: MedicalRecord, purpose: str, resources: list[str], basis: str, reason: str
    ) -> int:
        self._check_codes("resources", resources, RESOURCES)
        for resource in resources:
            require(resource in found.commitments, ResourceMissing(record=record, resource=resource))
        member = ctx.sender.address
        number = self.counts.get("log", 0) + 1
        self.counts["log"] = number
        self.log[number] = Access(
            number=number, patient=found.patient, record=record, version=found.version, organisation=ctx.sender.org,
            member=member, purpose=purpose, resources=resources, basis=basis, reason=reason,
            time=ctx.time, height=ctx.height,
        )  # fmt: skip
        self._append(f"accesses/{found.patient.hex()}", f"{number}")
        RecordAccessed(number=number, record=record, organisation=ctx.sender.org, member=member, basis=basis).emit()
        return number

    def _check_registrar(self, custodian: str) -> None:
        member = ctx.sender
        allowed = member.org == custodian and ("registrar" in member.roles or "admin" in member.roles)
        require(allowed, NotAllowed(needed=f"registrar of {custodian}"))

    def _check_patient(self, found: MedicalRecord) -> None:
        sender = ctx.sender.address
        require(sender in (found.patient, found.representative), NotAllowed(needed="patient or representative"))

    def _check_codes(self, field: str, values: list[str], known: str) -> None:
        codes = known.split(" ")
        require(len(values) > 0, CodeUnknown(field=field, value=""))
        for value in values:
            require(value in codes, CodeUnknown(field=field, value=value))

    def _check_commitments(self, record: str, commitments: dict[str, bytes]) -> None:
        self._check_codes("commitments", list(commitments), RESOURCES)
        for resource, commitment in commitments.items():
            require(len(commitment) == 32, CommitmentInvalid(record=record, resource=resource))

    def _append(self, series: str, value: str) -> None:
        number = self.counts.get(series, 0)
        self.index[f"{series}/{number}"] = value
        self.counts[series] = number + 1

    def _page(self, series: str, first: int) -> list[str]:
        end = min(self.counts.get(series, 0), first + PAGE)
        return [self.index[f"{series}/{number}"] for number in range(first, end)]
