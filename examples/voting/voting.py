"""A ballot of organisations: each has a weight and one vote, which it may change until the ballot closes."""

from huitong.contract import Contract, Error, Event, Map, Record, Value, call, ctx, init, require, view


class Ballot(Record):
    """What is asked. closes: block time in ns. quorum: weight that must have voted for a result."""

    question: str
    options: list[str]
    closes: int
    quorum: int


class Voted(Event):
    """An organisation has voted, or has changed its vote."""

    organisation: str
    option: str


class NotAVoter(Error):
    """This organisation has no weight, or this member may not vote for it."""

    organisation: str


class Closed(Error):
    """The ballot has closed."""

    closes: int


class StillOpen(Error):
    """The ballot has not closed yet."""

    closes: int


class NoSuchOption(Error):
    """The ballot has no such option."""

    option: str


class BallotInvalid(Error):
    """A ballot needs two options that differ, voters with positive weights, a quorum they can reach, and time."""

    reason: str


class Voting(Contract):
    """One ballot."""

    ballot: Value[Ballot]
    weights: Map[str, int]
    votes: Map[str, str]
    tallies: Map[str, int]

    @init
    def open(self, question: str, options: list[str], weights: dict[str, int], quorum: int, closes: int) -> None:
        """Open the ballot. weights: by organisation."""
        require(len(options) >= 2, BallotInvalid(reason="fewer than two options"))
        for option in options:
            require(options.count(option) == 1, BallotInvalid(reason=f"{option} stands twice"))
            self.tallies[option] = 0
        for organisation, weight in weights.items():
            require(weight > 0, BallotInvalid(reason=f"weight of {organisation}"))
            self.weights[organisation] = weight
        require(0 < quorum <= sum(weights.values()), BallotInvalid(reason="quorum"))
        require(closes > ctx.time, BallotInvalid(reason="closes in the past"))
        self.ballot.set(Ballot(question=question, options=options, closes=closes, quorum=quorum))

    @call
    def vote(self, option: str) -> None:
        """Vote for the caller's organisation, in place of its earlier vote."""
        ballot = self.ballot.get()
        organisation = ctx.sender.org
        may_vote = organisation in self.weights and "delegate" in ctx.sender.roles
        require(may_vote, NotAVoter(organisation=organisation))
        require(ctx.time <= ballot.closes, Closed(closes=ballot.closes))
        require(option in ballot.options, NoSuchOption(option=option))
        weight = self.weights[organisation]
        if organisation in self.votes:
            self.tallies[self.votes[organisation]] -= weight
        self.tallies[option] += weight
        self.votes[organisation] = option
        Voted(organisation=organisation, option=option).emit()

    @view
    def asked(self) -> Ballot:
        """What is asked."""
        return self.ballot.get()

    @view
    def tally(self) -> dict[str, int]:
        """Weight for each option so far."""
        return {option: self.tallies[option] for option in self.ballot.get().options}

    @view
    def result(self) -> str | None:
        """The option with most weight after the close; nothing when the quorum was missed or two are even."""
        ballot = self.ballot.get()
        require(ctx.time > ballot.closes, StillOpen(closes=ballot.closes))
        counts = [self.tallies[option] for option in ballot.options]
        best = max(counts)
        if sum(counts) < ballot.quorum or counts.count(best) > 1:
            return None
        return ballot.options[counts.index(best)]
