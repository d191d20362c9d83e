"""A hospital registers and releases, a reader opens, a patient sees: the whole way, with the chain's word deciding."""

import json

import msgspec
import pytest

from huitong.types import Code, HuitongError, encode
from huitong_medical.commitment import decode_resources
from huitong_medical.errors import CommitmentMismatch, KeyRefused, RecordMissing, ReleaseRefused, VersionKept
from huitong_medical.records import CLAIM_RESOURCES, split_bundle, synthetic_bundle
from huitong_medical.service import RELEASE_WINDOW_NS, Custodian, PatientDesk, Reader
from huitong_medical.vault import Vault

HOUR = 3600 * 10**9
BUNDLE = synthetic_bundle(17)


@pytest.fixture
def vault(tmp_path):
    opened = Vault(tmp_path / "vault.sqlite", "hospital-a", bytes(32))
    yield opened
    opened.close()


@pytest.fixture
async def hospital(world, vault):
    custodian = Custodian("hospital-a", world.ledger(world.people.alice), vault)
    await custodian.register("R-17", world.people.patient.address, b"", BUNDLE)
    return custodian


def reader(world, person):
    return Reader(world.ledger(person), person.address, person.encryption_secret)


async def grant(world, person, resources, purposes=("TREAT",), until=HOUR):
    desk = PatientDesk(world.ledger(world.people.patient))
    period = (world.time_ns, world.time_ns + until)
    await desk.grant("R-17", person.organisation, person.address, purposes, resources, period)
    return desk


async def test_a_doctor_reads_by_consent_what_the_hospital_committed_to(world, hospital):
    groups = split_bundle(BUNDLE)
    await grant(world, world.people.wang, sorted(groups))
    reading = await reader(world, world.people.wang).read("R-17", "TREAT", sorted(groups), hospital)
    assert reading.contents == groups
    wanted = [
        entry["resource"] for entry in json.loads(BUNDLE)["entry"] if entry["resource"]["resourceType"] == "Patient"
    ]
    assert reading.resources("Patient") == wanted


async def test_the_insurer_gets_keys_of_claim_relevant_resources_alone(world, hospital):
    await grant(world, world.people.li, CLAIM_RESOURCES, ("HPAYMT",))
    insurer = reader(world, world.people.li)
    reading = await insurer.read("R-17", "HPAYMT", CLAIM_RESOURCES, hospital)
    assert sorted(reading.contents) == sorted(CLAIM_RESOURCES)
    with pytest.raises(HuitongError) as caught:
        await insurer.read("R-17", "HPAYMT", ["Patient"], hospital)
    assert caught.value.data["error"] == "ScopeNotCovered"


async def test_parcels_of_one_reader_are_useless_to_another(world, hospital):
    await grant(world, world.people.wang, ["Condition"])
    access = await world.ledger(world.people.wang).submit("access", "R-17", "TREAT", ["Condition"])
    with pytest.raises(KeyRefused):
        await reader(world, world.people.mallory).collect("R-17", access, hospital)
    reading = await reader(world, world.people.wang).collect("R-17", access, hospital)
    assert decode_resources(reading.contents["Condition"])


async def test_nothing_is_released_without_a_committed_access(world, hospital):
    with pytest.raises(HuitongError) as caught:
        await hospital.release(1)
    assert caught.value.code == Code.KEY_MISSING


async def test_nothing_is_released_after_the_consent_was_revoked(world, hospital):
    desk = await grant(world, world.people.wang, ["Condition"])
    access = await world.ledger(world.people.wang).submit("access", "R-17", "TREAT", ["Condition"])
    await desk.revoke("R-17", "hospital-b", world.people.wang.address)
    with pytest.raises(ReleaseRefused) as caught:
        await hospital.release(access.result)
    assert caught.value.data == {"reason": "the consent has ended since", "entry": access.result}


async def test_nothing_is_released_after_the_consent_expired(world, hospital):
    await grant(world, world.people.wang, ["Condition"], until=60 * 10**9)
    access = await world.ledger(world.people.wang).submit("access", "R-17", "TREAT", ["Condition"])
    world.time_ns += 60 * 10**9
    with pytest.raises(ReleaseRefused) as caught:
        await hospital.release(access.result)
    assert caught.value.data["reason"] == "the consent has ended since"


async def test_an_access_is_good_for_a_short_time(world, hospital):
    access = await world.ledger(world.people.patient).submit("access", "R-17", "TREAT", ["Condition"])
    world.time_ns += RELEASE_WINDOW_NS
    assert len(await hospital.release(access.result)) == 1
    world.time_ns += 1
    with pytest.raises(ReleaseRefused) as caught:
        await hospital.release(access.result)
    assert caught.value.data["reason"] == "the access is too old"


async def test_an_access_to_an_older_version_is_not_released(world, hospital):
    access = await world.ledger(world.people.patient).submit("access", "R-17", "TREAT", ["Condition"])
    amended = await hospital.amend("R-17", synthetic_bundle(18))
    assert amended.result == 2
    with pytest.raises(ReleaseRefused) as caught:
        await hospital.release(access.result)
    assert caught.value.data["version"] == 2
    me = world.people.patient
    reading = await reader(world, me).read("R-17", "TREAT", ["Condition"], hospital)
    assert reading.contents["Condition"] == split_bundle(synthetic_bundle(18))["Condition"]


async def test_another_hospital_releases_nothing(world, hospital, vault):
    access = await world.ledger(world.people.patient).submit("access", "R-17", "TREAT", ["Condition"])
    other = Custodian("hospital-b", world.ledger(world.people.bob), vault)
    with pytest.raises(ReleaseRefused) as caught:
        await other.release(access.result)
    assert caught.value.data["custodian"] == "hospital-a"


async def test_an_emergency_is_released_and_the_patient_sees_it(world, hospital):
    wang = world.people.wang
    reading = await reader(world, wang).read_emergency("R-17", "unconscious", ["Condition"], hospital)
    assert reading.contents["Condition"] == split_bundle(BUNDLE)["Condition"]
    (entry,) = await PatientDesk(world.ledger(world.people.patient)).accesses(world.people.patient.address)
    assert (entry.member, entry.basis, entry.reason) == (wang.address, "break-glass", "unconscious")


async def test_a_hospital_that_gives_out_other_contents_is_found(world, hospital, vault):
    vault.erase("R-17")
    vault.store("R-17", 1, {"Condition": b"[]"})
    with pytest.raises(CommitmentMismatch):
        await reader(world, world.people.patient).read("R-17", "TREAT", ["Condition"], hospital)


async def test_a_hospital_that_sends_another_record_is_found(world, hospital):
    await hospital.register("R-18", world.people.patient.address, b"", synthetic_bundle(18))
    access = await world.ledger(world.people.patient).submit("access", "R-18", "TREAT", ["Condition"])
    with pytest.raises(ReleaseRefused) as caught:
        await reader(world, world.people.patient).collect("R-17", access, hospital)
    assert caught.value.data["record"] == "R-18"


async def test_an_erased_record_cannot_be_read_any_more(world, hospital, vault):
    vault.erase("R-17")
    with pytest.raises(RecordMissing):
        await reader(world, world.people.patient).read("R-17", "TREAT", ["Condition"], hospital)


async def test_a_refused_registration_leaves_nothing_in_the_vault(world, vault):
    custodian = Custodian("hospital-a", world.ledger(world.people.anna), vault)
    with pytest.raises(HuitongError) as caught:
        await custodian.register("R-17", world.people.patient.address, b"", BUNDLE)
    assert caught.value.data["error"] == "NotAllowed"
    with pytest.raises(RecordMissing):
        vault.load("R-17", 1, "Condition")


async def test_registering_twice_is_refused_and_keeps_the_first(world, hospital):
    args = ("R-17", world.people.patient.address, b"")
    with pytest.raises(HuitongError) as caught:
        await hospital.register(*args, BUNDLE)
    assert caught.value.data["error"] == "RecordExists"
    with pytest.raises(VersionKept):
        await hospital.register(*args, synthetic_bundle(18))
    reading = await reader(world, world.people.patient).read("R-17", "TREAT", ["Condition"], hospital)
    assert reading.contents["Condition"] == split_bundle(BUNDLE)["Condition"]


async def test_a_lost_answer_loses_no_contents(world, vault):
    """The chain took the registration, the answer was lost: the vault keeps the parts, a retry changes nothing."""
    ledger = world.ledger(world.people.alice)
    custodian = Custodian("hospital-a", LosingLedger(ledger), vault)
    args = ("R-17", world.people.patient.address, b"", BUNDLE)
    with pytest.raises(HuitongError) as caught:
        await custodian.register(*args)
    assert caught.value.code == Code.NODE_UNREACHABLE
    with pytest.raises(HuitongError) as caught:
        await Custodian("hospital-a", ledger, vault).register(*args)
    assert caught.value.data["error"] == "RecordExists"
    hospital = Custodian("hospital-a", ledger, vault)
    assert (await reader(world, world.people.patient).read("R-17", "TREAT", ["Patient"], hospital)).contents


class LosingLedger:
    """Passes calls on and loses every answer to a transaction."""

    def __init__(self, ledger):
        self._ledger = ledger
        self.chain_id = ledger.chain_id
        self.view, self.member, self.time_ns = ledger.view, ledger.member, ledger.time_ns

    async def submit(self, method, *args):
        await self._ledger.submit(method, *args)
        raise HuitongError(Code.NODE_UNREACHABLE, url="http://127.0.0.1:9640")


async def test_an_inactive_member_gets_nothing(world, hospital):
    access = await world.ledger(world.people.patient).submit("access", "R-17", "TREAT", ["Condition"])
    ledger = world.ledger(world.people.alice)
    active = await ledger.member(world.people.patient.address)

    async def member(address):
        return msgspec.structs.replace(active, active=False)

    ledger.member = member
    hospital._ledger = ledger
    with pytest.raises(ReleaseRefused) as caught:
        await hospital.release(access.result)
    assert caught.value.data["reason"] == "the member is not active"


async def test_no_argument_of_any_transaction_holds_personal_data(world, vault):
    sent = []

    class Recording(LosingLedger):
        async def submit(self, method, *args):
            sent.append(encode([method, list(args)]))
            return await self._ledger.submit(method, *args)

    hospital = Custodian("hospital-a", Recording(world.ledger(world.people.alice)), vault)
    await hospital.register("R-17", world.people.patient.address, b"", BUNDLE)
    me = world.people.patient
    mine = Recording(world.ledger(me))
    await Reader(mine, me.address, me.encryption_secret).read("R-17", "TREAT", sorted(split_bundle(BUNDLE)), hospital)
    assert len(sent) == 2
    patient = next(item["resource"] for item in json.loads(BUNDLE)["entry"])
    secrets = (patient["name"][0]["family"], patient["birthDate"], patient["identifier"][0]["value"])
    assert all(secret.encode() not in raw for raw in sent for secret in secrets)
