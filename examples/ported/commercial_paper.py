"""Commercial paper: issued, bought, redeemed."""

from huitong.contract import Contract, Error, Map, Record, call, ctx, require, view


class Paper(Record):
    """One paper. matures: block time in ns. state: issued, trading or redeemed."""

    issuer: str
    number: str
    owner: str
    issued: int
    matures: int
    face_value: int
    state: str = "issued"


class NotTheOwner(Error):
    """The paper belongs to somebody else."""

    owner: str


class WrongState(Error):
    """The paper is redeemed, not yet mature, or there already."""

    state: str


class CommercialPaper(Contract):
    """Papers by issuer and number."""

    papers: Map[str, Paper]

    @call
    def issue(self, number: str, matures: int, face_value: int) -> Paper:
        """Issue a paper, which its issuer owns at first."""
        issuer = ctx.sender.org
        require(f"{issuer}:{number}" not in self.papers, WrongState("issued"))
        self.papers[f"{issuer}:{number}"] = Paper(issuer, number, issuer, ctx.time, matures, face_value)
        return self.papers[f"{issuer}:{number}"]

    @call
    def sell(self, issuer: str, number: str, buyer: str) -> Paper:
        """Hand a paper to its buyer, as the owner."""
        paper = self._own(issuer, number)
        paper.owner = buyer
        paper.state = "trading"
        self.papers[f"{issuer}:{number}"] = paper
        return paper

    @call
    def redeem(self, issuer: str, number: str) -> Paper:
        """Give a mature paper back to its issuer, as the owner."""
        paper = self._own(issuer, number)
        require(ctx.time >= paper.matures, WrongState("not mature"))
        paper.owner = issuer
        paper.state = "redeemed"
        self.papers[f"{issuer}:{number}"] = paper
        return paper

    @view
    def paper(self, issuer: str, number: str) -> Paper:
        """Return a paper."""
        return self.papers[f"{issuer}:{number}"]

    def _own(self, issuer: str, number: str) -> Paper:
        paper = self.papers[f"{issuer}:{number}"]
        require(paper.state != "redeemed", WrongState("redeemed"))
        require(paper.owner == ctx.sender.org, NotTheOwner(paper.owner))
        return paper
