"""A ballot: weights, changed votes, closing, quorum and even results."""

import pytest
from voting import BallotInvalid, Closed, NoSuchOption, NotAVoter, StillOpen, Voted, Voting

NORTH, SOUTH, EAST, GUEST = "an@north", "bo@south", "chen@east", "dai@west"
WEIGHTS = {"north": 5, "south": 3, "east": 2}


@pytest.fixture
def huitong_members():
    delegate = ("admin", "delegate")
    return {NORTH: delegate, SOUTH: delegate, EAST: delegate, GUEST: delegate, "eva@north": ("user",)}


@pytest.fixture
def contract(deploy, chain):
    return deploy(Voting, "Who is chair?", ["north", "south"], WEIGHTS, 5, chain.time_ns + 3600 * 10**9)


def test_the_most_weight_wins_after_the_close(contract, as_member, chain, reverts):
    contract.vote("south")
    with as_member(SOUTH):
        contract.vote("south")
    with as_member(EAST):
        contract.vote("north")
    with reverts(StillOpen):
        contract.result()
    assert contract.tally() == {"north": 2, "south": 8}
    chain.travel(hours=1)
    assert contract.result() == "south"
    assert chain.events[-1] == Voted(organisation="east", option="north")
    with reverts(Closed):
        contract.vote("north")


def test_a_vote_can_be_changed_and_counts_once(contract):
    contract.vote("south")
    contract.vote("north")
    contract.vote("north")
    assert contract.tally() == {"north": 5, "south": 0}


@pytest.mark.parametrize("voters", [[SOUTH], [NORTH, SOUTH, EAST]])
def test_without_a_quorum_or_when_even_there_is_no_result(contract, as_member, chain, voters):
    for voter in voters:
        with as_member(voter):
            contract.vote("north" if voter == NORTH else "south")
    chain.travel(hours=2)
    assert contract.result() is None


def test_only_delegates_of_voters_vote_and_only_for_an_option(contract, as_member, reverts):
    for outsider, organisation in ((GUEST, "west"), ("eva@north", "north")):
        with as_member(outsider), reverts(NotAVoter, organisation=organisation):
            contract.vote("north")
    with reverts(NoSuchOption, option="east"):
        contract.vote("east")


@pytest.mark.parametrize(
    ("options", "weights", "quorum", "seconds"),
    [
        (["a"], WEIGHTS, 5, 60),
        (["a", "a"], WEIGHTS, 5, 60),
        (["a", "b"], {"north": 0}, 1, 60),
        (["a", "b"], WEIGHTS, 11, 60),
        (["a", "b"], WEIGHTS, 5, -60),
    ],
)
def test_ballots_that_cannot_work_are_refused(deploy, chain, reverts, options, weights, quorum, seconds):
    with reverts(BallotInvalid):
        deploy(Voting, "?", options, weights, quorum, chain.time_ns + seconds * 10**9)
