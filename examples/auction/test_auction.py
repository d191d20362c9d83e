"""A sealed auction: the order of its phases, the seal, and who pays what."""

from hashlib import sha256

import pytest
from auction import Auction, BidMissing, LotTaken, OwnLot, SealBroken, Sold, WrongTime

PORT, TRADER, SHIPPER = "pan@port", "tao@trader", "song@shipper"
SALT = bytes(range(16))
MINUTE = 60 * 10**9


@pytest.fixture
def huitong_members():
    return {PORT: ("admin",), TRADER: ("user",), SHIPPER: ("user",)}


@pytest.fixture
def contract(deploy, chain):
    found = deploy(Auction)
    found.offer("berth-4", "Berth 4 in May", 1000, chain.time_ns + 10 * MINUTE, chain.time_ns + 20 * MINUTE)
    return found


def seal(bidder, amount, salt=SALT):
    return sha256(salt + f"berth-4/{bidder}/{amount}".encode()).digest()


def place(contract, as_member, who, amount):
    with as_member(who):
        contract.bid("berth-4", seal(who.split("@")[1], amount))


def opened(contract, as_member, who, amount):
    with as_member(who):
        contract.open("berth-4", amount, SALT)


def test_the_highest_bid_wins_at_the_second_price(contract, as_member, chain):
    place(contract, as_member, TRADER, 5000)
    place(contract, as_member, SHIPPER, 7000)
    chain.travel(minutes=10)
    opened(contract, as_member, SHIPPER, 7000)
    opened(contract, as_member, TRADER, 5000)
    chain.travel(minutes=10)
    assert contract.close("berth-4") == 5000
    assert chain.events[-1] == Sold(lot="berth-4", winner="shipper", price=5000)
    assert contract.lot("berth-4").closed


def test_below_the_reserve_nobody_wins_and_unopened_bids_do_not_count(contract, as_member, chain):
    place(contract, as_member, TRADER, 999)
    place(contract, as_member, SHIPPER, 7000)
    chain.travel(minutes=10)
    opened(contract, as_member, TRADER, 999)
    chain.travel(minutes=10)
    assert contract.close("berth-4") == 0
    assert contract.lot("berth-4").winner == ""


def test_a_single_bid_pays_the_reserve(contract, as_member, chain):
    place(contract, as_member, TRADER, 3000)
    place(contract, as_member, TRADER, 2000)
    chain.travel(minutes=10)
    opened(contract, as_member, TRADER, 2000)
    chain.travel(minutes=10)
    assert contract.close("berth-4") == 1000


def test_a_seal_cannot_be_copied_or_changed(contract, as_member, chain, reverts):
    place(contract, as_member, TRADER, 5000)
    with as_member(SHIPPER):
        contract.bid("berth-4", seal("trader", 5000))
    chain.travel(minutes=10)
    with as_member(SHIPPER), reverts(SealBroken):
        contract.open("berth-4", 5000, SALT)
    with as_member(TRADER):
        with reverts(SealBroken):
            contract.open("berth-4", 6000, SALT)
        contract.open("berth-4", 5000, SALT)
        with reverts(BidMissing):
            contract.open("berth-4", 5000, SALT)


def test_each_phase_has_its_time(contract, as_member, chain, reverts):
    place(contract, as_member, TRADER, 5000)
    with as_member(TRADER), reverts(WrongTime):
        contract.open("berth-4", 5000, SALT)
    with reverts(WrongTime):
        contract.close("berth-4")
    chain.travel(minutes=10)
    with as_member(SHIPPER), reverts(WrongTime, phase="bidding is over"):
        contract.bid("berth-4", seal("shipper", 1))
    chain.travel(minutes=11)
    contract.close("berth-4")
    with reverts(WrongTime):
        contract.close("berth-4")


def test_sellers_do_not_bid_and_lots_are_unique(contract, chain, reverts):
    with reverts(OwnLot):
        contract.bid("berth-4", seal("port", 1))
    with reverts(LotTaken):
        contract.offer("berth-4", "again", 1, chain.time_ns + MINUTE, chain.time_ns + 2 * MINUTE)
    with reverts(LotTaken):
        contract.offer("berth-5", "times", 1, chain.time_ns + 2 * MINUTE, chain.time_ns + MINUTE)


def test_the_view_computes_the_seal_that_the_page_describes(contract):
    assert contract.seal("berth-4", "trader", 5, SALT) == seal("trader", 5)
