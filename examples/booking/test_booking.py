"""Bookings: slots, quotas of a period, cancelling, and random plans against a naive model."""

from contextlib import nullcontext

import pytest
from booking import (
    PERIOD_HOURS,
    Booked,
    Cancelled,
    Equipment,
    EquipmentUnknown,
    HoursInvalid,
    NotAllowed,
    QuotaUsedUp,
    SlotTaken,
)

from huitong.contract import U8
from huitong.testing import fuzz, reverts

LAB, CHEMISTS, PHYSICISTS = "hu@laboratory", "lan@chemists", "yu@physicists"
HOUR_NS = 3600 * 10**9


@pytest.fixture
def huitong_members():
    return {LAB: ("admin",), CHEMISTS: ("user",), PHYSICISTS: ("user",)}


@pytest.fixture
def contract(deploy):
    found = deploy(Equipment)
    found.offer("microscope", "Electron microscope, room 3")
    found.grant("chemists", 10)
    found.grant("physicists", 30)
    return found


@pytest.fixture
def first(chain):
    """The first hour of the next period."""
    return (chain.time_ns // HOUR_NS // PERIOD_HOURS + 1) * PERIOD_HOURS


def test_an_hour_is_booked_once(contract, first, as_member, chain, reverts):
    with as_member(CHEMISTS):
        assert contract.book("microscope", first, 3) == 1
    assert chain.events[-1] == Booked(number=1, equipment="microscope", organisation="chemists", first=first, hours=3)
    with as_member(PHYSICISTS):
        with reverts(SlotTaken, hour=first + 2, organisation="chemists"):
            contract.book("microscope", first + 2, 2)
        contract.book("microscope", first + 3, 1)
    assert contract.plan("microscope", first, 5) == ["chemists"] * 3 + ["physicists", ""]


def test_the_quota_counts_by_period(contract, first, as_member, reverts):
    period = first // PERIOD_HOURS
    with as_member(CHEMISTS):
        contract.book("microscope", first, 8)
        with reverts(QuotaUsedUp, organisation="chemists", period=period, left=2):
            contract.book("microscope", first + 8, 3)
        contract.book("microscope", first + PERIOD_HOURS, 10)
    assert (contract.left("chemists", period), contract.left("chemists", period + 1)) == (2, 0)


def test_a_booking_is_cancelled_before_it_begins(contract, first, as_member, chain, reverts):
    with as_member(CHEMISTS):
        number = contract.book("microscope", first, 8)
        contract.cancel(number)
        assert chain.events[-1] == Cancelled(number=number)
        assert contract.left("chemists", first // PERIOD_HOURS) == 10
        with reverts(HoursInvalid):
            contract.cancel(number)
        again = contract.book("microscope", first, 8)
    with as_member(PHYSICISTS), reverts(NotAllowed, needed="chemists"):
        contract.cancel(again)
    chain.travel(hours=first - chain.time_ns // HOUR_NS)
    with as_member(CHEMISTS), reverts(HoursInvalid):
        contract.cancel(again)


@pytest.mark.parametrize(("offset", "hours"), [(0, 0), (0, 25), (-5000, 1), (-1, 2)])
def test_hours_that_cannot_be_are_refused(contract, first, as_member, reverts, offset, hours):
    with as_member(PHYSICISTS), reverts(HoursInvalid, first=first + offset, hours=hours):
        contract.book("microscope", first + offset, hours)


def test_only_the_operator_offers_and_grants(contract, first, as_member, reverts):
    with as_member(CHEMISTS):
        with reverts(NotAllowed, needed="laboratory"):
            contract.grant("chemists", 1000)
        with reverts(EquipmentUnknown, equipment="laser"):
            contract.book("laser", first, 1)


@fuzz
def test_random_plans_follow_a_naive_model(contract, first, as_member, starts: list[U8]):
    taken, left = {}, {"chemists": 10, "physicists": 30}
    for number, start in enumerate(starts):
        who, hours = ((CHEMISTS, 2), (PHYSICISTS, 5))[number % 2]
        organisation, wanted = who.split("@")[1], range(start, start + hours)
        error = None
        if left[organisation] < hours:
            error = QuotaUsedUp
        elif taken.keys() & set(wanted):
            error = SlotTaken
        with as_member(who), reverts(error) if error else nullcontext():
            contract.book("microscope", first + start, hours)
        if error is None:
            taken |= dict.fromkeys(wanted, organisation)
            left[organisation] -= hours
    assert contract.plan("microscope", first, 168) == [taken.get(hour, "") for hour in range(168)]
