"""A ballot with delegation."""

from huitong.contract import Contract, Error, Map, Record, Value, call, ctx, init, require, view


class Voter(Record):
    """weight: with what was delegated. delegate: address, or empty. vote: number of a proposal."""

    weight: int = 0
    voted: bool = False
    delegate: bytes = b""
    vote: int = 0


class Refused(Error):
    """The rules of the ballot forbid it."""

    reason: str


class Ballot(Contract):
    """One ballot; whoever deploys it is the chair and gives the right to vote."""

    chair: Value[bytes]
    voters: Map[bytes, Voter]
    proposals: Value[list[str]]
    counts: Value[list[int]]

    @init
    def open(self, proposals: list[str]) -> None:
        """Open the ballot."""
        self.chair.set(ctx.sender.address)
        self.voters[ctx.sender.address] = Voter(weight=1)
        self.proposals.set(proposals)
        self.counts.set([0 for _ in proposals])

    @call
    def give_right_to_vote(self, voter: bytes) -> None:
        """Give a member the right to vote, as the chair."""
        require(ctx.sender.address == self.chair.get(), Refused("only the chair gives the right to vote"))
        require(voter not in self.voters, Refused("the voter has the right already"))
        self.voters[voter] = Voter(weight=1)

    @call
    def delegate(self, to: bytes) -> None:
        """Let another voter vote for the caller."""
        sender = self._sender()
        while to in self.voters and self.voters[to].delegate != b"" and to != ctx.sender.address:
            to = self.voters[to].delegate
        require(to != ctx.sender.address, Refused("the delegation comes back"))
        require(to in self.voters, Refused("the delegate cannot vote"))
        delegate = self.voters[to]
        if delegate.voted:
            self._count(delegate.vote, sender.weight)
        delegate.weight += sender.weight
        self.voters[to] = delegate
        sender.voted = True
        sender.delegate = to
        self.voters[ctx.sender.address] = sender

    @call
    def vote(self, proposal: int) -> None:
        """Vote, with all that was delegated."""
        sender = self._sender()
        self._count(proposal, sender.weight)
        sender.voted = True
        sender.vote = proposal
        self.voters[ctx.sender.address] = sender

    @view
    def winner_name(self) -> str:
        """Return the first of the proposals with most votes."""
        counts = self.counts.get()
        return self.proposals.get()[counts.index(max(counts))]

    def _sender(self) -> Voter:
        require(ctx.sender.address in self.voters, Refused("no right to vote"))
        require(not self.voters[ctx.sender.address].voted, Refused("already voted"))
        return self.voters[ctx.sender.address]

    def _count(self, proposal: int, weight: int) -> None:
        counts = self.counts.get()
        require(0 <= proposal < len(counts), Refused("no such proposal"))
        counts[proposal] += weight
        self.counts.set(counts)
