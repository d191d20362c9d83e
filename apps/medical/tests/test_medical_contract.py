"""The contract's rules: who may register, consent, read; what is logged; and every refusal by name and data."""

import pytest

from huitong.types import Code, HuitongError

SECOND = 10**9
COMMITMENTS = {"Condition": b"c" * 32, "Encounter": b"e" * 32, "Observation": b"o" * 32}
HOUR = 3600 * SECOND


def refused(world, sender, method, *args):
    """Run a call that the contract must refuse; return the error's name and data."""
    with pytest.raises(HuitongError) as caught:
        world.call(sender, method, *args)
    assert caught.value.code == Code.REFUSED_BY_CONTRACT
    return caught.value.data["error"], caught.value.data["fields"]


def register(world, record="R-1", patient=None, representative=b""):
    who = world.people
    address = (patient or who.patient).address
    world.call(who.alice, "register", record, address, representative, COMMITMENTS, f"vault:hospital-a/{record}/1")


def grant(world, member, organisation="hospital-b", *, purposes=("TREAT",), resources=("Condition",), until=HOUR):
    args = ("R-1", organisation, member, list(purposes), list(resources), world.time_ns, world.time_ns + until)
    world.call(world.people.patient, "grant", *args)


def test_a_registered_record_is_shown_with_its_commitments(world):
    register(world, representative=world.people.alice.address)
    assert world.view("record", "R-1") == {
        "patient": world.people.patient.address,
        "representative": world.people.alice.address,
        "custodian": "hospital-a",
        "version": 1,
        "commitments": COMMITMENTS,
        "locator": "vault:hospital-a/R-1/1",
        "registered": world.time_ns,
    }
    assert world.view("records_of", world.people.patient.address, 0) == ["R-1"]
    assert world.machine.events == [("RecordRegistered", {"record": "R-1", "version": 1, "custodian": "hospital-a"})]


def test_an_id_is_registered_once(world):
    register(world)
    who = world.people
    args = ("R-1", who.patient.address, b"", COMMITMENTS, "")
    assert refused(world, who.alice, "register", *args) == ("RecordExists", {"record": "R-1"})


@pytest.mark.parametrize("name", ["anna", "patient"])
def test_only_a_registrar_registers(world, name):
    args = ("R-1", world.people.patient.address, b"", COMMITMENTS, "")
    sender = getattr(world.people, name)
    assert refused(world, sender, "register", *args) == ("NotAllowed", {"needed": "registrar of hospital-a"})


@pytest.mark.parametrize(("sender", "patient"), [("bob", "patient"), ("alice", "anna"), ("alice", "li")])
def test_the_patient_must_be_a_patient_of_the_custodian(world, sender, patient):
    registrar, person = getattr(world.people, sender), getattr(world.people, patient)
    args = ("R-1", person.address, b"", COMMITMENTS, "")
    needed = f"patient of {registrar.organisation}"
    assert refused(world, registrar, "register", *args) == ("NotAllowed", {"needed": needed})


@pytest.mark.parametrize(
    ("commitments", "error", "data"),
    [
        ({}, "CodeUnknown", {"field": "commitments", "value": ""}),
        ({"Wang Fang": b"c" * 32}, "CodeUnknown", {"field": "commitments", "value": "Wang Fang"}),
        ({"Patient": b"c" * 31}, "CommitmentInvalid", {"record": "R-1", "resource": "Patient"}),
    ],
)
def test_commitments_have_known_types_and_32_bytes(world, commitments, error, data):
    args = ("R-1", world.people.patient.address, b"", commitments, "")
    assert refused(world, world.people.alice, "register", *args) == (error, data)


def test_an_amended_record_keeps_its_consents(world):
    register(world)
    grant(world, world.people.wang.address)
    newer = {"Condition": b"n" * 32}
    assert world.call(world.people.alice, "amend", "R-1", newer, "vault:2") == 2
    assert world.view("record", "R-1")["commitments"] == newer
    number = world.call(world.people.wang, "access", "R-1", "TREAT", ["Condition"])
    assert world.view("entry", number)["version"] == 2
    name, data = refused(world, world.people.bob, "amend", "R-1", newer, "")
    assert (name, data) == ("NotAllowed", {"needed": "registrar of hospital-a"})


def test_a_consent_lets_the_member_read_and_is_logged(world):
    register(world)
    grant(world, world.people.wang.address, resources=("Condition", "Observation"))
    number = world.call(world.people.wang, "access", "R-1", "TREAT", ["Observation"])
    entry = {
        "number": number,
        "patient": world.people.patient.address,
        "record": "R-1",
        "version": 1,
        "organisation": "hospital-b",
        "member": world.people.wang.address,
        "purpose": "TREAT",
        "resources": ["Observation"],
        "basis": "consent",
        "reason": "",
        "time": world.time_ns,
        "height": world.height,
    }
    assert world.view("entry", number) == entry
    assert world.view("accesses_of", world.people.patient.address, 0) == [entry]
    assert world.machine.events[-1] == (
        "RecordAccessed",
        {
            "number": number,
            "record": "R-1",
            "organisation": "hospital-b",
            "member": world.people.wang.address,
            "basis": "consent",
        },
    )


def test_a_stranger_is_refused_and_not_logged(world):
    register(world)
    grant(world, world.people.wang.address)
    mallory = world.people.mallory
    data = {"record": "R-1", "organisation": "hospital-b", "member": mallory.address}
    assert refused(world, mallory, "access", "R-1", "TREAT", ["Condition"]) == ("ConsentMissing", data)
    assert world.view("accesses_of", world.people.patient.address, 0) == []


def test_a_consent_for_an_organisation_covers_its_members_alone(world):
    register(world)
    grant(world, b"", "insurer", purposes=("HPAYMT",), resources=("Condition", "Encounter"))
    assert world.call(world.people.li, "access", "R-1", "HPAYMT", ["Encounter"]) == 1
    assert refused(world, world.people.wang, "access", "R-1", "HPAYMT", ["Encounter"])[0] == "ConsentMissing"


def test_a_consent_to_a_member_decides_before_that_to_the_organisation(world):
    register(world)
    grant(world, b"")
    mallory = world.people.mallory
    grant(world, mallory.address)
    world.call(world.people.patient, "revoke", "R-1", "hospital-b", mallory.address)
    assert refused(world, mallory, "access", "R-1", "TREAT", ["Condition"])[0] == "ConsentRevoked"
    assert world.call(world.people.wang, "access", "R-1", "TREAT", ["Condition"]) == 1


def test_purpose_and_scope_must_be_covered(world):
    register(world)
    grant(world, world.people.wang.address)
    wang = world.people.wang
    data = {"record": "R-1", "purpose": "HRESCH"}
    assert refused(world, wang, "access", "R-1", "HRESCH", ["Condition"]) == ("PurposeNotCovered", data)
    data = {"record": "R-1", "resource": "Observation"}
    assert refused(world, wang, "access", "R-1", "TREAT", ["Condition", "Observation"]) == ("ScopeNotCovered", data)


def test_a_consent_ends_by_time_to_the_nanosecond(world):
    register(world)
    grant(world, world.people.wang.address, until=4 * SECOND)
    until = world.view("consent", "R-1", "hospital-b", world.people.wang.address)["valid_until"]
    world.time_ns = until - SECOND
    assert world.call(world.people.wang, "access", "R-1", "TREAT", ["Condition"]) == 1
    world.time_ns = until - SECOND + 1
    data = {"record": "R-1", "valid_until": until}
    assert refused(world, world.people.wang, "access", "R-1", "TREAT", ["Condition"]) == ("ConsentExpired", data)


def test_a_consent_does_not_begin_early(world):
    register(world)
    start = world.time_ns + 100 * SECOND
    wang = world.people.wang
    codes = (["TREAT"], ["Condition"])
    world.call(world.people.patient, "grant", "R-1", "hospital-b", wang.address, *codes, start, start + HOUR)
    data = {"record": "R-1", "valid_from": start}
    assert refused(world, wang, "access", "R-1", "TREAT", ["Condition"]) == ("ConsentEarly", data)
    world.time_ns = start - SECOND
    assert world.call(wang, "access", "R-1", "TREAT", ["Condition"]) == 1


def test_a_revoked_consent_is_refused_and_may_be_given_again(world):
    register(world)
    grant(world, world.people.wang.address)
    world.call(world.people.patient, "revoke", "R-1", "hospital-b", world.people.wang.address)
    data = {"record": "R-1", "revoked": world.time_ns}
    assert refused(world, world.people.wang, "access", "R-1", "TREAT", ["Condition"]) == ("ConsentRevoked", data)
    grant(world, world.people.wang.address)
    assert world.call(world.people.wang, "access", "R-1", "TREAT", ["Condition"]) == 1
    assert len(world.view("consents_of", world.people.patient.address, 0)) == 1


def test_what_was_never_given_cannot_be_revoked(world):
    register(world)
    wang = world.people.wang
    data = {"record": "R-1", "organisation": "hospital-b", "member": wang.address}
    args = ("R-1", "hospital-b", wang.address)
    assert refused(world, world.people.patient, "revoke", *args) == ("ConsentMissing", data)


@pytest.mark.parametrize("method", ["grant", "revoke"])
@pytest.mark.parametrize("name", ["alice", "wang", "other_patient", "audit"])
def test_only_the_patient_or_the_representative_consents(world, method, name):
    register(world)
    args = ("R-1", "hospital-b", world.people.wang.address)
    codes = (["TREAT"], ["Condition"], world.time_ns, world.time_ns + HOUR) if method == "grant" else ()
    found = refused(world, getattr(world.people, name), method, *args, *codes)
    assert found == ("NotAllowed", {"needed": "patient or representative"})


def test_the_representative_consents_for_the_patient(world):
    register(world, representative=world.people.alice.address)
    wang = world.people.wang
    period = (world.time_ns, world.time_ns + HOUR)
    world.call(world.people.alice, "grant", "R-1", "hospital-b", wang.address, ["TREAT"], ["Condition"], *period)
    assert world.view("consent", "R-1", "hospital-b", wang.address)["grantor"] == world.people.alice.address


@pytest.mark.parametrize(
    ("purposes", "resources", "period", "error"),
    [
        ([], ["Condition"], (0, HOUR), "CodeUnknown"),
        (["TREAT"], [], (0, HOUR), "CodeUnknown"),
        (["curiosity"], ["Condition"], (0, HOUR), "CodeUnknown"),
        (["TREAT"], ["Diary"], (0, HOUR), "CodeUnknown"),
        (["TREAT"], ["Condition"], (HOUR, HOUR), "PeriodInvalid"),
        (["TREAT"], ["Condition"], (-HOUR, 0), "PeriodInvalid"),
    ],
)
def test_a_consent_that_says_nothing_is_refused(world, purposes, resources, period, error):
    register(world)
    start, end = (world.time_ns + moment for moment in period)
    args = ("R-1", "hospital-b", b"", purposes, resources, start, end)
    assert refused(world, world.people.patient, "grant", *args)[0] == error


def test_patient_and_custodian_read_without_consent_and_are_logged(world):
    register(world)
    who = world.people
    world.call(who.patient, "access", "R-1", "TREAT", ["Condition"])
    world.call(who.anna, "access", "R-1", "TREAT", ["Condition"])
    assert [entry["basis"] for entry in world.view("accesses_of", who.patient.address, 0)] == ["patient", "custodian"]
    assert refused(world, who.alice, "access", "R-1", "TREAT", ["Condition"])[0] == "ConsentMissing"


def test_breaking_the_glass_is_granted_flagged_and_shown(world):
    register(world)
    who = world.people
    number = world.call(who.wang, "break_glass", "R-1", "unconscious", ["Condition", "Observation"])
    entry = world.view("entry", number)
    assert (entry["basis"], entry["reason"], entry["purpose"]) == ("break-glass", "unconscious", "ETREAT")
    assert world.view("emergencies", 0) == [entry]
    assert world.view("accesses_of", who.patient.address, 0) == [entry]


def test_breaking_the_glass_needs_a_clinician_and_a_known_reason(world):
    register(world)
    who = world.people
    found = refused(world, who.mallory, "break_glass", "R-1", "unconscious", ["Condition"])
    assert found == ("NotAllowed", {"needed": "clinician"})
    found = refused(world, who.wang, "break_glass", "R-1", "curious", ["Condition"])
    assert found == ("CodeUnknown", {"field": "reason", "value": "curious"})


def test_the_emergency_purpose_needs_the_emergency_door(world):
    register(world)
    found = refused(world, world.people.wang, "access", "R-1", "ETREAT", ["Condition"])
    assert found == ("CodeUnknown", {"field": "purpose", "value": "ETREAT"})


@pytest.mark.parametrize("method", ["access", "break_glass"])
def test_unknown_records_and_missing_resources_are_named(world, method):
    code = "TREAT" if method == "access" else "unconscious"
    assert refused(world, world.people.wang, method, "R-9", code, ["Condition"]) == ("RecordUnknown", {"record": "R-9"})
    register(world)
    grant(world, world.people.wang.address, resources=("Immunization",))
    data = {"record": "R-1", "resource": "Immunization"}
    assert refused(world, world.people.wang, method, "R-1", code, ["Immunization"]) == ("ResourceMissing", data)
    assert refused(world, world.people.patient, "access", "R-1", "TREAT", [])[0] == "CodeUnknown"


def test_the_log_comes_in_pages(world):
    register(world)
    register(world, "R-2", world.people.other_patient)
    for _ in range(52):
        world.call(world.people.patient, "access", "R-1", "TREAT", ["Condition"])
    world.call(world.people.other_patient, "access", "R-2", "TREAT", ["Condition"])
    address = world.people.patient.address
    assert [entry["number"] for entry in world.view("accesses_of", address, 0)] == list(range(1, 51))
    assert [entry["number"] for entry in world.view("accesses_of", address, 50)] == [51, 52]
    assert world.view("accesses_of", address, 52) == []
    assert [entry["record"] for entry in world.view("accesses_of", world.people.other_patient.address, 0)] == ["R-2"]
