"""Escrow: conditions, release, reclaiming, and who may do what when."""

import pytest
from escrow import ConditionsMissing, Confirmed, DepositInvalid, Ended, Escrow, NotAllowed, NotHeld, WrongTime

EXPORTER, NOTARY, CUSTOMS, BANK, BUYER = "fu@exporter", "ren@notary", "cai@customs", "qian@bank", "bai@buyer"
DOCUMENT = b"\x07" * 32
DAY = 86_400 * 10**9


@pytest.fixture
def huitong_members():
    return dict.fromkeys((EXPORTER, NOTARY, CUSTOMS, BANK, BUYER), ("admin",))


@pytest.fixture
def contract(deploy, chain):
    found = deploy(Escrow)
    recipient = chain.person(BUYER).address
    found.deposit("D-1", DOCUMENT, "notary", recipient, ["customs", "bank"], chain.time_ns + 30 * DAY)
    return found


def confirm(contract, as_member, *who):
    for name in who:
        with as_member(name):
            contract.confirm("D-1")


def test_a_document_is_released_when_all_have_confirmed(contract, as_member, chain, reverts):
    with as_member(NOTARY), reverts(ConditionsMissing, missing=["customs", "bank"]):
        contract.release("D-1", b"key")
    confirm(contract, as_member, CUSTOMS)
    with as_member(NOTARY), reverts(ConditionsMissing, missing=["bank"]):
        contract.release("D-1", b"key")
    confirm(contract, as_member, BANK)
    assert chain.events[-1] == Confirmed(number="D-1", organisation="bank", missing=0)
    with as_member(NOTARY):
        contract.release("D-1", b"key")
    found = contract.of("D-1")
    assert (found.state, found.wrapped_key, found.confirmed) == ("released", b"key", ["customs", "bank"])
    assert chain.events[-1] == Ended(number="D-1", state="released")
    with as_member(BANK), reverts(NotHeld, state="released"):
        contract.confirm("D-1")


def test_the_depositor_reclaims_after_the_time_only(contract, as_member, chain, reverts):
    with reverts(WrongTime):
        contract.reclaim("D-1")
    chain.travel(days=31)
    with as_member(BANK), reverts(WrongTime):
        contract.confirm("D-1")
    with as_member(BUYER), reverts(NotAllowed, needed="exporter"):
        contract.reclaim("D-1")
    contract.reclaim("D-1")
    assert contract.of("D-1").state == "reclaimed"


def test_what_all_have_confirmed_is_not_taken_back(contract, as_member, chain, reverts):
    confirm(contract, as_member, CUSTOMS, BANK)
    chain.travel(days=31)
    with reverts(WrongTime):
        contract.reclaim("D-1")


def test_only_the_agent_releases_and_only_the_named_confirm_once(contract, as_member, reverts):
    confirm(contract, as_member, CUSTOMS)
    with as_member(CUSTOMS), reverts(NotAllowed, needed="bank"):
        contract.confirm("D-1")
    with as_member(BUYER), reverts(NotAllowed, needed="bank"):
        contract.confirm("D-1")
    confirm(contract, as_member, BANK)
    with reverts(NotAllowed, needed="notary"):
        contract.release("D-1", b"key")
    with as_member(NOTARY), reverts(DepositInvalid):
        contract.release("D-1", b"")


@pytest.mark.parametrize(
    ("number", "document", "conditions", "days"),
    [
        ("D-1", DOCUMENT, ["bank"], 1),
        ("D-2", DOCUMENT[1:], ["bank"], 1),
        ("D-2", DOCUMENT, [], 1),
        ("D-2", DOCUMENT, ["bank", "bank"], 1),
        ("D-2", DOCUMENT, ["bank"], 0),
    ],
)
def test_deposits_that_cannot_work_are_refused(contract, chain, reverts, number, document, conditions, days):
    recipient = chain.person(BUYER).address
    with reverts(DepositInvalid, number=number):
        contract.deposit(number, document, "notary", recipient, conditions, chain.time_ns + days * DAY)
    with reverts(DepositInvalid):
        contract.deposit("D-3", DOCUMENT, "notary", b"\x01" * 20, ["bank"], chain.time_ns + DAY)
