"""Certificates: who may issue, what a check says, and what revocation does."""

from hashlib import sha256

import pytest
from certificates import (
    AlreadyRevoked,
    Certificates,
    Issued,
    NotACommitment,
    NotAllowed,
    NotRecognised,
    NumberTaken,
    Revoked,
)

MINISTRY, UNIVERSITY, COLLEGE = "lin@ministry", "wei@university", "gu@college"
SALT, CONTENT = b"0123456789abcdef", b"Li Na, bachelor of science, 2026"
SUBJECT = sha256(SALT + CONTENT).digest()
DAY = 86_400 * 10**9


@pytest.fixture
def huitong_members():
    return {MINISTRY: ("admin",), UNIVERSITY: ("user",), COLLEGE: ("admin",)}


@pytest.fixture
def contract(deploy):
    found = deploy(Certificates)
    found.recognise("university", "degree")
    return found


@pytest.fixture
def issued(contract, as_member, chain):
    with as_member(UNIVERSITY):
        contract.issue("2026-1", "degree", SUBJECT, chain.time_ns + 10 * DAY)
    return contract


def test_a_certificate_is_valid_until_its_end(issued, chain):
    assert chain.events[-1] == Issued(number="2026-1", issuer="university", kind="degree")
    assert issued.verify("2026-1", SALT, CONTENT) == "valid"
    assert issued.verify("2026-2", SALT, CONTENT) == "unknown"
    assert issued.verify("2026-1", SALT, CONTENT.replace(b"Li Na", b"Li Ni")) == "altered"
    chain.travel(days=10)
    assert issued.verify("2026-1", SALT, CONTENT) == "expired"


def test_its_issuer_alone_revokes_it_once(issued, as_member, chain, reverts):
    with as_member(COLLEGE), reverts(NotAllowed, needed="university"):
        issued.revoke("2026-1", "error")
    with as_member(UNIVERSITY):
        issued.revoke("2026-1", "issued in error")
        with reverts(AlreadyRevoked):
            issued.revoke("2026-1", "again")
    assert issued.verify("2026-1", SALT, CONTENT) == "revoked"
    assert chain.events[-1] == Revoked(number="2026-1", reason="issued in error")


def test_only_recognised_organisations_issue(contract, as_member, chain, reverts):
    until = chain.time_ns + 10 * DAY
    with as_member(COLLEGE), reverts(NotRecognised, organisation="college", kind="degree"):
        contract.issue("1", "degree", SUBJECT, until)
    with as_member(UNIVERSITY), reverts(NotRecognised, kind="licence"):
        contract.issue("1", "licence", SUBJECT, until)
    contract.withdraw("university", "degree")
    with as_member(UNIVERSITY), reverts(NotRecognised):
        contract.issue("1", "degree", SUBJECT, until)


def test_the_registrar_alone_recognises(contract, as_member, reverts):
    with as_member(COLLEGE), reverts(NotAllowed, needed="ministry"):
        contract.recognise("college", "degree")


def test_numbers_are_used_once_and_subjects_are_hashes(issued, as_member, chain, reverts):
    until = chain.time_ns + DAY
    with as_member(UNIVERSITY):
        with reverts(NumberTaken, number="2026-1"):
            issued.issue("2026-1", "degree", SUBJECT, until)
        for subject, end in ((SUBJECT[:31], until), (SUBJECT, chain.time_ns)):
            with reverts(NotACommitment):
                issued.issue("2026-2", "degree", subject, end)
