"""Actions that need the approval of several members: proposed, confirmed, revoked, executed by the contract itself."""

from huitong.contract import Contract, Error, Event, Map, Protocol, Record, Value, call, ctx, init, require, view


class Target(Protocol):
    """What a contract offers that takes instructions from this one."""

    @call
    def instruct(self, data: bytes) -> None:
        """Act."""


class Action(Record):
    """to: address of a contract; data: what it is told."""

    to: bytes
    data: bytes
    executed: bool
    confirmed: list[bytes]


class ActionChanged(Event):
    """what: proposed, confirmed, revoked or executed."""

    number: int
    owner: bytes
    what: str


class Refused(Error):
    """The rules of the approvals forbid it."""

    reason: str


class Approvals(Contract):
    """Actions and who has approved them."""

    owners: Value[list[bytes]]
    needed: Value[int]
    actions: Map[int, Action]
    count: Value[int]

    @init
    def start(self, owners: list[bytes], needed: int) -> None:
        """Name the owners, and how many of them must approve."""
        require(0 < needed <= len(owners), Refused("invalid number of approvals"))
        for owner in owners:
            require(owners.count(owner) == 1 and len(owner) == 20, Refused("an owner is invalid or stands twice"))
        self.owners.set(owners)
        self.needed.set(needed)
        self.count.set(0)

    @call
    def propose(self, to: bytes, data: bytes) -> int:
        """Propose an action, return its number."""
        require(ctx.sender.address in self.owners.get(), Refused("not an owner"))
        number = self.count.get()
        self.count.set(number + 1)
        self._put(number, Action(to, data, False, []), "proposed")
        return number

    @call
    def confirm(self, number: int) -> None:
        """Approve an action."""
        action = self._open(number)
        require(ctx.sender.address not in action.confirmed, Refused("already confirmed"))
        action.confirmed.append(ctx.sender.address)
        self._put(number, action, "confirmed")

    @call
    def revoke(self, number: int) -> None:
        """Take an approval back."""
        action = self._open(number)
        require(ctx.sender.address in action.confirmed, Refused("not confirmed"))
        action.confirmed.remove(ctx.sender.address)
        self._put(number, action, "revoked")

    @call
    def execute(self, number: int) -> None:
        """Tell the contract, when enough have approved. Nothing happens if it refuses."""
        action = self._open(number)
        require(len(action.confirmed) >= self.needed.get(), Refused("too few approvals"))
        action.executed = True
        self._put(number, action, "executed")
        ctx.contract(action.to, Target).instruct(action.data)

    @view
    def get_owners(self) -> list[bytes]:
        """Return the owners."""
        return self.owners.get()

    @view
    def get_count(self) -> int:
        """Return how many actions were proposed."""
        return self.count.get()

    @view
    def get(self, number: int) -> Action:
        """Return an action."""
        return self.actions[number]

    def _open(self, number: int) -> Action:
        require(ctx.sender.address in self.owners.get(), Refused("not an owner"))
        require(number in self.actions and not self.actions[number].executed, Refused("no such open action"))
        return self.actions[number]

    def _put(self, number: int, action: Action, what: str) -> None:
        self.actions[number] = action
        ActionChanged(number, ctx.sender.address, what).emit()
