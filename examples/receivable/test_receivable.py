"""A receivable from the invoice to the bank: every step, and every refusal by name."""

import pytest
from receivable import (
    AmountsDiffer,
    Changed,
    ClaimInvalid,
    InvoiceTaken,
    NotOffered,
    NotYours,
    NumberTaken,
    Receivables,
    WrongState,
)

SUPPLIER, DEBTOR, SUBCONTRACTOR, BANK = "sun@supplier", "he@carmaker", "zhou@foundry", "qian@bank"
INVOICE = b"\x11" * 32
DUE = 1_900_000_000 * 10**9


@pytest.fixture
def huitong_members():
    return {SUPPLIER: ("admin",), DEBTOR: ("user",), SUBCONTRACTOR: ("user",), BANK: ("user",)}


@pytest.fixture
def contract(deploy):
    return deploy(Receivables)


@pytest.fixture
def accepted(contract, as_member):
    contract.issue("R-1", INVOICE, "carmaker", 100_000, DUE)
    with as_member(DEBTOR):
        contract.accept("R-1")
    return contract


def test_from_the_invoice_to_the_bank(accepted, as_member, chain):
    assert accepted.split("R-1", [60_000, 40_000]) == ["R-1/1", "R-1/2"]
    accepted.transfer("R-1/2", "foundry")
    with as_member(SUBCONTRACTOR):
        accepted.offer("R-1/2", "bank", 39_200)
    with as_member(BANK):
        accepted.finance("R-1/2", 39_200)
        accepted.settle("R-1/2")
    found = accepted.receivable("R-1/2")
    assert (found.state, found.holder, found.amount, found.parent) == ("settled", "bank", 40_000, "R-1")
    assert accepted.receivable("R-1").state == "divided"
    assert chain.events[-1] == Changed(number="R-1/2", state="settled", holder="bank")


def test_an_invoice_and_a_number_are_used_once(contract, reverts):
    contract.issue("R-1", INVOICE, "carmaker", 5, DUE)
    with reverts(InvoiceTaken, number="R-1"):
        contract.issue("R-2", INVOICE, "carmaker", 5, DUE)
    with reverts(NumberTaken, number="R-1"):
        contract.issue("R-1", b"\x12" * 32, "carmaker", 5, DUE)


@pytest.mark.parametrize(("invoice", "amount", "due"), [(b"\x11", 5, DUE), (INVOICE, 0, DUE), (INVOICE, 5, 1)])
def test_a_claim_has_an_invoice_an_amount_and_a_date(contract, reverts, invoice, amount, due):
    with reverts(ClaimInvalid, number="R-1"):
        contract.issue("R-1", invoice, "carmaker", amount, due)


def test_what_the_debtor_has_not_accepted_cannot_move(contract, reverts):
    contract.issue("R-1", INVOICE, "carmaker", 5, DUE)
    with reverts(WrongState, state="issued", needed="accepted"):
        contract.transfer("R-1", "foundry")
    with reverts(NotYours, needed="carmaker"):
        contract.accept("R-1")


@pytest.mark.parametrize("amounts", [[100_000], [60_000, 40_001], [100_000, 0], []])
def test_parts_sum_up_to_the_whole(accepted, reverts, amounts):
    with reverts(AmountsDiffer, expected=100_000):
        accepted.split("R-1", amounts)


def test_only_the_holder_moves_it(accepted, as_member, reverts):
    with as_member(SUBCONTRACTOR), reverts(NotYours, needed="supplier"):
        accepted.transfer("R-1", "foundry")
    accepted.transfer("R-1", "foundry")
    with reverts(NotYours, needed="foundry"):
        accepted.split("R-1", [50_000, 50_000])


def test_it_is_financed_once_by_the_one_who_was_asked_at_the_price_seen(accepted, as_member, reverts):
    accepted.offer("R-1", "bank", 98_000)
    with as_member(SUBCONTRACTOR), reverts(NotOffered):
        accepted.finance("R-1", 98_000)
    accepted.offer("R-1", "bank", 97_000)
    with as_member(BANK):
        with reverts(NotOffered, number="R-1"):
            accepted.finance("R-1", 98_000)
        accepted.finance("R-1", 97_000)
        with reverts(WrongState, state="financed"):
            accepted.finance("R-1", 97_000)
    with as_member(BANK), reverts(WrongState, state="financed"):
        accepted.transfer("R-1", "supplier")


def test_an_offer_ends_when_the_receivable_moves(accepted, as_member, reverts):
    accepted.offer("R-1", "bank", 98_000)
    accepted.transfer("R-1", "foundry")
    assert accepted.offered("R-1") is None
    with as_member(BANK), reverts(NotOffered):
        accepted.finance("R-1", 98_000)


def test_holdings_are_listed_by_page(accepted):
    accepted.split("R-1", [1] * 19 + [100_000 - 19])
    assert accepted.held_by("supplier", "R-1/8") == ["R-1/9"]
    assert len(accepted.held_by("supplier")) == 21
    accepted.transfer("R-1/9", "foundry")
    assert accepted.held_by("foundry") == ["R-1/9"]
