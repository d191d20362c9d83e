"""The life of a contract in the kit: upgrade with conversion of data, freeze, unfreeze, rename, retire."""

from pathlib import Path

import pytest

from huitong.kernel.records import ContractState
from huitong.testing import Chain
from huitong.testing import reverts as refused

HERE = Path(__file__).parent
FIRST, SECOND, BAD = (f"contracts/kit_stock_{name}.py" for name in ("1", "2", "bad"))
PAGES = 3


@pytest.fixture(params=["plain", "compiled"])
def kit(request):
    return Chain(lead=request.param, folder=HERE)


@pytest.fixture
def stock(kit):
    found = kit.deploy(FIRST, name="stock")
    for number in range(5):
        found.put(f"shelf-{number}", "ann" if number % 2 else "bob", 10 + number)
    return found


def test_an_upgrade_keeps_data_and_the_handle_follows_it(kit, stock):
    before = stock.address, kit.record(stock).code_hash
    assert kit.upgrade(stock, SECOND) == 2
    assert (stock.address, kit.record(stock).former) == (before[0], (before[1],))
    assert kit.loaded(kit.record(stock).code_hash) is stock.loaded
    assert kit.record(stock).code_hash != before[1]
    assert stock.shelf("shelf-1") == stock.Shelf(owner="ann", pieces=11, unit="box")
    with pytest.raises(AttributeError, match=r"Stock has no method put; it has migrate, take, shelf, owned"):
        stock.put("shelf-9", "ann", 1)


def test_stored_data_is_converted_in_pages_and_calls_wait_for_it(kit, stock):
    kit.upgrade(stock, SECOND)
    with refused(stock.NotYet):
        stock.take("shelf-1", 1)
    pages = 1
    while not stock.migrate(2):
        pages += 1
    assert pages == PAGES
    assert (stock.owned("ann"), stock.owned("bob")) == (11 + 13, 10 + 12 + 14)
    assert stock.take("shelf-1", 2) == 9
    assert stock.owned("ann") == 22
    with refused(stock.TooFew, shelf="shelf-1", left=9):
        stock.take("shelf-1", 10)


@pytest.mark.parametrize("mode", ["plain", "compiled"])
def test_code_that_cannot_read_the_stored_data_is_refused_and_changes_nothing(mode):
    kit = Chain(lead=mode, folder=HERE)
    stock = kit.deploy(FIRST)
    stock.put("shelf-1", "ann", 4)
    with refused("HT3014", reason="the field pieces of the record Shelf has another type"):
        kit.upgrade(stock, BAD)
    assert (kit.last.code, kit.last.writes, kit.last.call) == (3014, 0, "upgrade Stock(kit_stock_bad.py)")
    assert (kit.record(stock).revision, stock.pieces("shelf-1")) == (1, 4)


def test_events_before_and_after_an_upgrade_are_of_the_classes_of_their_time(kit, stock):
    old = stock.Stocked
    kit.upgrade(stock, SECOND)
    assert stock.Stocked is not old
    assert {type(event) for event in kit.events} == {old}


def test_a_way_back_to_a_snapshot_takes_the_code_back(kit, stock):
    mark = kit.snapshot()
    kit.upgrade(stock, SECOND)
    kit.revert(mark)
    assert (kit.record(stock).revision, stock.pieces("shelf-0")) == (1, 10)
    before = Chain(folder=HERE)
    empty = before.snapshot()
    gone = before.deploy(FIRST)
    before.revert(empty)
    with pytest.raises(LookupError, match="at this height there is no contract at 0x"):
        gone.pieces("shelf-0")


def test_a_frozen_contract_is_read_and_not_called(kit, stock):
    kit.freeze(stock)
    assert stock.pieces("shelf-0") == 10
    with refused("HT4016"):
        stock.take("shelf-0", 1)
    with refused("HT4018", state="frozen"):
        kit.freeze(stock)
    kit.upgrade(stock, SECOND)
    kit.unfreeze(stock)
    assert stock.migrate(100) is True
    assert (kit.last.events, kit.record(stock).state) == ((), ContractState.ACTIVE)


def test_a_retired_contract_is_read_for_ever_and_its_successor_has_the_name(kit, stock):
    new = kit.deploy(SECOND)
    kit.retire(stock, new)
    assert (stock.pieces("shelf-0"), kit.record(new).name, kit.record(stock).name) == (10, "stock", "")
    for step in (kit.freeze, kit.retire, lambda handle: kit.upgrade(handle, SECOND)):
        with refused("HT4017"):
            step(stock)
    kit.retire(new)
    assert kit.record(new).state == ContractState.RETIRED
    kit.deploy(FIRST, name="stock")


def test_only_the_deployers_organisation_takes_steps(kit, stock):
    theirs = stock.as_member("wang@hospital-b")
    for step in (kit.freeze, kit.retire, lambda handle: kit.upgrade(handle, SECOND)):
        with refused("HT4005", needed="a member of hospital-a"):
            step(theirs)
    with kit.as_member("wang@hospital-b"), refused("HT4005"):
        kit.rename(stock, "mine")


def test_other_contracts_find_a_renamed_one(kit, stock):
    reader = kit.deploy("contracts/kit_reader.py")
    with refused("HT5003"):
        reader.look("shelf-3")
    kit.rename(stock, "shelves")
    assert reader.look("shelf-3") == 13
    kit.rename(stock, "")
    assert kit.record(stock).name == ""


def test_a_method_named_as_a_step_returns_what_it_returns(kit, stock):
    assert stock.deploy("shelf-1") == "deployed ann"
    assert kit.last.call == "Stock.deploy(shelf='shelf-1')"
