"""`huitong demo medical`: two hospitals, an insurer and a regulator, one line per fact.

Everything is new in each run (contract, patients, vault), so it can be played again on a chain that goes on.
"""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from secrets import token_bytes
from time import perf_counter
from typing import Any, Final

from huitong.api.demo import DemoMember, DemoSession
from huitong.crypto import suite_by_name, verify_bundle
from huitong.types import Code, ProofInvalid

from .chain import open_stage
from .errors import MedicalError
from .ledger import Committed, Ledger
from .protection import PROTECTIONS
from .records import CLAIM_RESOURCES, synthetic_bundle
from .service import Custodian, PatientDesk, Reader, entry_of
from .stage import Narrator, Stage, clock_text, new_patient
from .vault import Vault

__all__ = ["MedicalDemo", "demo"]

PATIENTS: Final = 20
_SECOND: Final = 10**9
_CAST: Final = ("alice@hospital-a", "wang@hospital-b", "mallory@hospital-b", "li@insurer", "audit@regulator")
_MAIN: Final = 17
_SHORT: Final = 5
_EMERGENCY: Final = 8
_EXPIRY_LIMIT_S: Final = 60.0
_REGISTRATION: Final = "registration.proof.json"
_ABSENCE: Final = "absence.proof.json"
_TRUST: Final = "chain.trust.json"


class MedicalDemo:
    """See `huitong.api.demo.Demo`."""

    name = "medical"
    summary = "hospitals share records by consent; an insurer, a regulator and a stranger see what they may"

    async def run(self, session: DemoSession) -> None:
        """Play the story. Raises HuitongError or AssertionError when a line is not true."""
        folder = session.home
        for name in ("vault.sqlite", _REGISTRATION, _ABSENCE, _TRUST):
            (folder / name).unlink(missing_ok=True)
        protection = PROTECTIONS[session.suite]
        vault = Vault(folder / "vault.sqlite", "hospital-a", token_bytes(protection.key_bytes), protection)
        try:
            async with open_stage(session, _CAST) as stage:
                deployed = await stage.deploy(session.members["alice@hospital-a"])
                Narrator(session.say).committed("hospital-a deploys the contract", deployed)
                await _Story(session, stage, vault).play()
        except MedicalError as error:
            raise AssertionError(str(error)) from error
        finally:
            vault.close()


def _bundles() -> dict[int, str]:
    return {number: synthetic_bundle(number) for number in range(1, PATIENTS + 1)}


def _record(number: int) -> str:
    return f"R-{number:02}"


class _Story:
    """The acts in their order; each uses what those before it did."""

    def __init__(self, session: DemoSession, stage: Stage, vault: Vault) -> None:
        self._folder: Path = session.home
        self._stage = stage
        self._vault = vault
        self._tell = Narrator(session.say)
        self._alice = session.members["alice@hospital-a"]
        self._wang = session.members["wang@hospital-b"]
        self._li = session.members["li@insurer"]
        self._mallory = session.members["mallory@hospital-b"]
        self._custodian = Custodian("hospital-a", stage.ledger(self._alice), vault)
        self._audit = session.members["audit@regulator"]
        suite = suite_by_name(session.suite)
        self._patients = {number: new_patient("hospital-a", suite) for number in range(1, PATIENTS + 1)}

    async def play(self) -> None:
        """All acts."""
        registration = await self._register()
        until = await self._short_consent()
        await self._consented_reading()
        await self._insurer()
        await self._stranger()
        await self._emergency()
        await self._revocation()
        await self._expiry(until)
        await self._shown_to_patient()
        await self._proofs(registration)

    def _reader(self, member: DemoMember) -> Reader:
        return Reader(self._stage.ledger(member), member.address, member.encryption_secret, self._vault.protection)

    def _desk(self, member: DemoMember) -> PatientDesk:
        return PatientDesk(self._stage.ledger(member))

    def _resources(self, number: int) -> list[str]:
        return self._vault.resources(_record(number), 1)

    def _reading(self, member: DemoMember, number: int, purpose: str, resources: list[str]) -> Callable[[], Any]:
        def act() -> Coroutine[Any, Any, Any]:
            return self._reader(member).read(_record(number), purpose, resources, self._custodian)

        return act

    async def _register(self) -> bytes:
        """Twenty patients, twenty histories. Returns the id of the transaction that is proved later."""
        people = list(self._patients.values())
        done = await self._stage.admit(self._alice, people)
        self._tell.committed(f"hospital-a admits {len(people)} patients by pseudonyms such as {people[0].name}", done)
        started = perf_counter()
        bundles = await asyncio.to_thread(_bundles)
        every = await asyncio.gather(*(self._register_one(number, bundles[number]) for number in bundles))
        heights = {one.height for one in every}
        text = (
            f"hospital-a checks and registers {len(every)} FHIR histories in {len(heights)} blocks, keeps the contents"
        )
        self._tell.fact(text, started)
        return every[_MAIN - 1].tx_id

    async def _register_one(self, number: int, bundle: str) -> Committed:
        """Alice may consent for the main patient; the others do it themselves."""
        representative = self._alice.address if number == _MAIN else b""
        return await self._custodian.register(_record(number), self._patients[number].address, representative, bundle)

    async def _short_consent(self) -> int:
        patient = self._patients[_SHORT]
        now = await self._stage.ledger(patient).time_ns()
        until = now + 3 * _SECOND
        done = await self._desk(patient).grant(
            _record(_SHORT), "hospital-b", self._wang.address, ["TREAT"], ["Condition"], (now, until)
        )
        self._tell.committed(f"patient {patient.name} lets wang read {_record(_SHORT)} for 3 seconds", done)
        return until

    async def _consented_reading(self) -> None:
        now = await self._stage.ledger(self._alice).time_ns()
        period = (now, now + 8 * 3600 * _SECOND)
        resources = self._resources(_MAIN)
        record = _record(_MAIN)
        done = await self._desk(self._alice).grant(
            record, "hospital-b", self._wang.address, ["TREAT"], resources, period
        )
        text = f"alice grants wang access to record {record} until {clock_text(period[1])}"
        self._tell.committed(text, done)
        started = perf_counter()
        reading = await self._reader(self._wang).read(record, "TREAT", resources, self._custodian)
        count = sum(len(reading.resources(resource)) for resource in reading.contents)
        self._tell.committed(f"wang reads {record}: {count} resources", reading.access)
        wrapping = self._vault.protection.wrapping
        self._tell.fact(f"  {len(reading.contents)} of {len(resources)} commitments match, keys by {wrapping}", started)

    async def _insurer(self) -> None:
        patient = self._patients[_MAIN]
        now = await self._stage.ledger(patient).time_ns()
        claim = [name for name in CLAIM_RESOURCES if name in self._resources(_MAIN)]
        record = _record(_MAIN)
        done = await self._desk(patient).grant(record, "insurer", b"", ["HPAYMT"], claim, (now, now + 3600 * _SECOND))
        self._tell.committed(f"patient {patient.name} lets insurer check a claim on {record}", done)
        reading = await self._reader(self._li).read(record, "HPAYMT", claim, self._custodian)
        assert sorted(reading.contents) == sorted(claim)
        self._tell.committed(f"li reads {', '.join(claim)} of {record}, nothing else", reading.access)
        for resource, purpose, error in (
            ("Observation", "HPAYMT", "ScopeNotCovered"),
            ("Condition", "HRESCH", "PurposeNotCovered"),
        ):
            act = self._reading(self._li, _MAIN, purpose, [resource])
            await self._tell.refused(f"li reads {resource} of {record} for {purpose}", error, act)

    async def _stranger(self) -> None:
        act = self._reading(self._mallory, _MAIN, "TREAT", ["Condition"])
        await self._tell.refused(f"mallory reads {_record(_MAIN)}", "ConsentMissing", act)

    async def _emergency(self) -> None:
        record = _record(_EMERGENCY)
        reading = await self._reader(self._wang).read_emergency(
            record, "unconscious", ["Condition", "Observation"], self._custodian
        )
        self._tell.committed(f"wang breaks the glass of {record}: patient unconscious", reading.access)

    async def _revocation(self) -> None:
        record = _record(_MAIN)
        done = await self._desk(self._patients[_MAIN]).revoke(record, "hospital-b", self._wang.address)
        self._tell.committed(f"patient {self._patients[_MAIN].name} revokes wang's access to {record}", done)
        act = self._reading(self._wang, _MAIN, "TREAT", ["Condition"])
        await self._tell.refused(f"wang reads {record}", "ConsentRevoked", act)

    async def _expiry(self, until: int) -> None:
        started = perf_counter()
        await _wait_until(self._stage.ledger(self._wang), until)
        self._tell.fact(f"the chain's time passes the end of wang's consent to {_record(_SHORT)}", started)
        act = self._reading(self._wang, _SHORT, "TREAT", ["Condition"])
        await self._tell.refused(f"wang reads {_record(_SHORT)}", "ConsentExpired", act)

    async def _shown_to_patient(self) -> None:
        patient = self._patients[_EMERGENCY]
        started = perf_counter()
        (entry,) = await self._desk(patient).accesses(patient.address)
        assert (entry.basis, entry.member) == ("break-glass", self._wang.address)
        self._tell.fact(f"patient {patient.name} sees it: {entry.organisation}, {entry.basis}, {entry.reason}", started)
        started = perf_counter()
        ledger = self._stage.ledger(self._audit)
        emergencies = await ledger.view("emergencies", 0)
        entries = [await entry_of(ledger, int(one["number"])) for one in emergencies]
        assert entries == [entry]
        self._tell.fact(f"audit@regulator goes through {len(entries)} emergency access", started)

    async def _proofs(self, registration: bytes) -> None:
        record, started = _record(_MAIN), perf_counter()
        bundle, trust = await self._stage.prove_registration(registration)
        (self._folder / _REGISTRATION).write_bytes(bundle)
        (self._folder / _TRUST).write_bytes(trust)
        verdict = verify_bundle(bundle, trust)
        self._tell.fact(f"registration of {record} is proved by header {verdict.height}: {_REGISTRATION}", started)
        started = perf_counter()
        for member in (self._mallory.address, b""):
            absence = await self._stage.prove_no_consent(record, "hospital-b", member)
            verdict = verify_bundle(absence, trust)
            assert verdict.kind == "absence"
            if member:
                (self._folder / _ABSENCE).write_bytes(absence)
        self._tell.fact(f"absence of any consent to mallory for {record} is proved by header {verdict.height}", started)
        started = perf_counter()
        changed = bytearray(bundle)
        changed[len(changed) // 2] ^= 1
        try:
            verify_bundle(bytes(changed), trust)
        except ProofInvalid as error:
            self._tell.fact(f"one byte of the proof changed → refused HT{int(error.code)}", started)
            return
        raise AssertionError("a changed proof was accepted")


async def _wait_until(ledger: Ledger, until: int) -> None:
    """Ask the chain for its time until the next block must be later. Raises AssertionError after a minute."""
    deadline = perf_counter() + _EXPIRY_LIMIT_S
    while (now := await ledger.time_ns()) <= until:
        assert perf_counter() < deadline, f"HT{int(Code.WAIT_TIMEOUT)}: the chain's time does not advance"
        await asyncio.sleep(min(0.25, (until - now) / _SECOND + 0.01))


demo = MedicalDemo()
