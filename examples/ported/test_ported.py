"""Each ported contract does what the original does, and is no longer."""

import ast
import re
from pathlib import Path

import pytest
from approvals import ActionChanged, Approvals
from approvals import Refused as ApprovalRefused
from asset_transfer import AssetMissing, AssetTransfer
from ballot import Ballot
from ballot import Refused as BallotRefused
from commercial_paper import CommercialPaper, NotTheOwner, WrongState
from deeds import Deeds, Transferred
from deeds import Refused as DeedRefused
from marbles import MarbleChanged, Marbles
from marbles import Refused as MarbleRefused
from open_auction import AuctionAlreadyEnded, AuctionEnded, AuctionNotYetEnded, BidNotHighEnough, OpenAuction
from points import NotAnAdministrator, Points, TooFew
from provenance import NotAllowed, Provenance
from simple_storage import SimpleStorage

HERE = Path(__file__).parent
ALICE, WANG, LI = "alice@hospital-a", "wang@hospital-b", "li@insurer"


def address(chain, who):
    return chain.person(who).address


def code_lines(path):
    """Lines that are neither blank, comment nor documentation."""
    text = path.read_text(encoding="utf-8")
    dropped = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            dropped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        1 for number, line in lines if number not in dropped and line.strip() and not line.strip().startswith("#")
    )


ROWS = re.findall(r"^\| `(\w+)\.py` \|.*\| (\d+) \| (\d+) \|$", (HERE / "README.md").read_text(), re.MULTILINE)


def test_the_page_names_every_contract():
    assert sorted(name for name, _, _ in ROWS) == sorted(
        path.stem for path in HERE.glob("*.py") if path != Path(__file__)
    )


@pytest.mark.parametrize(("name", "ours", "original"), ROWS)
def test_none_is_longer_than_its_original(name, ours, original):
    assert code_lines(HERE / f"{name}.py") == int(ours) <= int(original)


def test_simple_storage(deploy):
    contract = deploy(SimpleStorage)
    assert contract.get() == 0
    contract.set(2**200)
    assert contract.get() == 2**200


def test_asset_transfer(deploy, reverts):
    contract = deploy(AssetTransfer)
    assert [asset.key for asset in contract.all("asset5")] == ["asset5", "asset6"]
    contract.create("asset7", "blue", 1, "Tomoko", 5)
    contract.transfer("asset7", "Max")
    contract.update("asset1", "red", 2, "Jin Soo", 7)
    assert (contract.read("asset7").owner, contract.read("asset1").appraised_value) == ("Max", 7)
    contract.delete("asset7")
    assert not contract.exists("asset7")
    for method, args in (("delete", ()), ("transfer", ("x",)), ("update", ("x", 1, "x", 1))):
        with reverts(AssetMissing, key="asset7"):
            getattr(contract, method)("asset7", *args)


def test_commercial_paper(deploy, as_member, chain, reverts):
    contract = deploy(CommercialPaper)
    contract.issue("0001", chain.time_ns + 86_400 * 10**9, 5_000_000)
    contract.sell("hospital-a", "0001", "insurer")
    with reverts(NotTheOwner, owner="insurer"):
        contract.sell("hospital-a", "0001", "hospital-b")
    with as_member(LI):
        with reverts(WrongState, state="not mature"):
            contract.redeem("hospital-a", "0001")
        chain.travel(days=2)
        assert contract.redeem("hospital-a", "0001").owner == "hospital-a"
        with reverts(WrongState, state="redeemed"):
            contract.redeem("hospital-a", "0001")


def test_ballot(deploy, as_member, chain, reverts):
    contract = deploy(Ballot, ["red", "green", "blue"])
    for who in (WANG, LI):
        contract.give_right_to_vote(address(chain, who))
    with as_member(WANG):
        contract.delegate(address(chain, LI))
    with as_member(LI):
        with reverts(BallotRefused, reason="the delegation comes back"):
            contract.delegate(address(chain, WANG))
        contract.vote(2)
        with reverts(BallotRefused, reason="already voted"):
            contract.vote(1)
    contract.delegate(address(chain, LI))
    assert contract.winner_name() == "blue"
    with as_member("audit@regulator"), reverts(BallotRefused, reason="no right to vote"):
        contract.vote(0)


def test_deeds(deploy, as_member, chain, reverts):
    contract = deploy(Deeds)
    alice, wang, li = (address(chain, who) for who in (ALICE, WANG, LI))
    contract.mint(wang, 7)
    assert chain.events[-1] == Transferred(7, b"", wang)
    with reverts(DeedRefused, reason="neither owner nor approved"):
        contract.transfer_from(wang, alice, 7)
    with as_member(WANG):
        contract.approve(alice, 7)
    contract.transfer_from(wang, li, 7)
    assert (contract.owner_of(7), contract.get_approved(7), contract.balance_of(wang)) == (li, b"", 0)
    with as_member(LI):
        contract.set_approval_for_all(wang, True)
    with as_member(WANG):
        contract.burn(7)
        with reverts(DeedRefused, reason="only an administrator registers"):
            contract.mint(wang, 8)
    with reverts(DeedRefused, reason="the receiver is no member"):
        contract.mint(b"\x01" * 20, 8)
    with reverts(DeedRefused, reason="no such deed"):
        contract.owner_of(7)


def test_points(deploy, as_member, chain, reverts):
    contract = deploy(Points, "Volunteers")
    alice, wang, li = (address(chain, who) for who in (ALICE, WANG, LI))
    contract.award(wang, 100)
    with as_member(WANG):
        contract.transfer(li, 30)
        contract.approve(alice, 50)
        with reverts(TooFew, available=70, needed=71):
            contract.transfer(li, 71)
        with reverts(NotAnAdministrator):
            contract.award(wang, 1)
    contract.transfer_from(wang, alice, 40)
    with reverts(TooFew, available=10, needed=11):
        contract.transfer_from(wang, alice, 11)
    contract.spend(15)
    assert (contract.balance_of(alice), contract.balance_of(wang), contract.total_supply()) == (25, 30, 85)
    with as_member(WANG):
        contract.transfer(wang, 30)
    assert contract.balance_of(wang) == 30


def test_open_auction(deploy, as_member, chain, reverts):
    contract = deploy(OpenAuction, 60, address(chain, ALICE))
    contract.bid(10)
    with as_member(WANG):
        with reverts(BidNotHighEnough, highest_bid=10):
            contract.bid(10)
        contract.bid(11)
    with reverts(AuctionNotYetEnded):
        contract.end()
    chain.travel(minutes=1)
    with reverts(AuctionAlreadyEnded):
        contract.bid(12)
    contract.end()
    assert chain.events[-1] == AuctionEnded(address(chain, WANG), 11)
    with reverts(AuctionAlreadyEnded):
        contract.end()


def test_marbles(deploy, chain, reverts):
    contract = deploy(Marbles)
    for name, color in (("m1", "Blue"), ("m2", "red"), ("m3", "blue")):
        contract.create(name, color, 35, "Tom")
    with reverts(MarbleRefused, reason="this marble already exists"):
        contract.create("m1", "blue", 1, "tom")
    assert contract.transfer_by_color("blue", "jerry") == 2
    assert chain.events[-1] == MarbleChanged("m3", "jerry")
    assert [marble.name for marble in contract.of_owner("Jerry")] == ["m1", "m3"]
    assert [marble.name for marble in contract.by_range("m2", "m9", 10)] == ["m2", "m3"]
    contract.delete("m1")
    assert [marble.name for marble in contract.of_owner("jerry")] == ["m3"]
    with reverts(MarbleRefused, reason="no such marble"):
        contract.read("m1")


def test_provenance(deploy, as_member, chain, reverts):
    contract = deploy(Provenance, address(chain, LI), address(chain, ALICE))
    contract.transfer(address(chain, WANG))
    assert contract.status() == "in transit"
    with reverts(NotAllowed):
        contract.transfer(address(chain, ALICE))
    with as_member(WANG), reverts(NotAllowed):
        contract.complete()
    with as_member(LI):
        contract.complete()
        with reverts(NotAllowed):
            contract.complete()
    assert contract.status() == "completed"


def test_approvals(deploy, as_member, chain, reverts):
    owners = [address(chain, who) for who in (ALICE, WANG, LI)]
    contract = deploy(Approvals, owners, 2)
    store = deploy(SimpleStorage)
    number = contract.propose(store.address, b"go")
    contract.confirm(number)
    with reverts(ApprovalRefused, reason="too few approvals"):
        contract.execute(number)
    with as_member(WANG):
        contract.confirm(number)
        contract.revoke(number)
        contract.confirm(number)
    assert chain.events[-1] == ActionChanged(number, owners[1], "confirmed")
    with reverts("HT4003"):
        contract.execute(number)
    assert not contract.get(number).executed
    with as_member("audit@regulator"), reverts(ApprovalRefused, reason="not an owner"):
        contract.confirm(number)
