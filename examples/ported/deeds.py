"""Deeds: each has one owner, who may let others hand it on. The interface of ERC-721, without anything to pay."""

from huitong.contract import Contract, Error, Event, Map, call, ctx, require, view


class Transferred(Event):
    """A deed has another owner; `by` is empty when it is new."""

    deed: int
    by: bytes
    to: bytes


class Approved(Event):
    """Somebody may hand one deed on, or may no longer (empty)."""

    deed: int
    approved: bytes


class ApprovedForAll(Event):
    """An operator may hand on all deeds of an owner, or may no longer."""

    owner: bytes
    operator: bytes
    approved: bool


class Refused(Error):
    """The rules of the registry forbid it."""

    reason: str


class Deeds(Contract):
    """A registry of deeds."""

    owners: Map[int, bytes]
    balances: Map[bytes, int]
    approvals: Map[int, bytes]
    operators: Map[str, bool]

    @call
    def mint(self, to: bytes, deed: int) -> None:
        """Register a new deed, as an administrator."""
        require("admin" in ctx.sender.roles, Refused("only an administrator registers"))
        require(deed not in self.owners, Refused("the deed exists"))
        self._give(deed, b"", to)

    @call
    def burn(self, deed: int) -> None:
        """Remove a deed."""
        owner = self._movable(deed)
        del self.owners[deed]
        self.approvals[deed] = b""
        self.balances[owner] -= 1
        Transferred(deed, owner, b"").emit()

    @call
    def approve(self, to: bytes, deed: int) -> None:
        """Let somebody hand this deed on; empty: nobody."""
        owner = self.owner_of(deed)
        may_approve = ctx.sender.address == owner or self.is_approved_for_all(owner, ctx.sender.address)
        require(may_approve, Refused("neither owner nor operator"))
        self.approvals[deed] = to
        Approved(deed, to).emit()

    @call
    def set_approval_for_all(self, operator: bytes, approved: bool) -> None:
        """Let an operator hand on all of the caller's deeds."""
        self.operators[f"{ctx.sender.address.hex()}/{operator.hex()}"] = approved
        ApprovedForAll(ctx.sender.address, operator, approved).emit()

    @call
    def transfer_from(self, owner: bytes, to: bytes, deed: int) -> None:
        """Hand a deed on to a member."""
        require(self._movable(deed) == owner, Refused("not the owner's deed"))
        self.balances[owner] -= 1
        self._give(deed, owner, to)

    @view
    def owner_of(self, deed: int) -> bytes:
        """Return the owner of a deed."""
        require(deed in self.owners, Refused("no such deed"))
        return self.owners[deed]

    @view
    def balance_of(self, owner: bytes) -> int:
        """Return how many deeds somebody owns."""
        return self.balances.get(owner, 0)

    @view
    def get_approved(self, deed: int) -> bytes:
        """Return who else may hand a deed on, or empty bytes."""
        self.owner_of(deed)
        return self.approvals.get(deed, b"")

    @view
    def is_approved_for_all(self, owner: bytes, operator: bytes) -> bool:
        """Whether an operator may hand on all deeds of an owner."""
        return self.operators.get(f"{owner.hex()}/{operator.hex()}", False)

    def _movable(self, deed: int) -> bytes:
        owner, caller = self.owner_of(deed), ctx.sender.address
        allowed = caller in (owner, self.approvals.get(deed, b"")) or self.is_approved_for_all(owner, caller)
        require(allowed, Refused("neither owner nor approved"))
        return owner

    def _give(self, deed: int, owner: bytes, to: bytes) -> None:
        require(ctx.member(to) is not None, Refused("the receiver is no member"))
        self.owners[deed] = to
        self.approvals[deed] = b""
        self.balances[to] = self.balances.get(to, 0) + 1
        Transferred(deed, owner, to).emit()
