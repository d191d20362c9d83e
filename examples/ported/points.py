"""Volunteer points of an association: awarded, passed on among members, spent. The interface of ERC-20.

Points are not money: an administrator awards them, and they buy nothing outside of the association.
"""

from huitong.contract import U256, Contract, Error, Event, Map, Value, call, ctx, init, require, view


class Transferred(Event):
    """Points moved; `by` is empty when they were awarded, `to` when they were spent."""

    by: bytes
    to: bytes
    amount: U256


class Approved(Event):
    """Somebody may pass on points of another."""

    owner: bytes
    spender: bytes
    amount: U256


class TooFew(Error):
    """There are fewer points, or fewer may be passed on."""

    available: U256
    needed: U256


class NotAnAdministrator(Error):
    """Only an administrator awards points."""


class Points(Contract):
    """Points of members."""

    name: Value[str]
    supply: Value[U256]
    balances: Map[bytes, U256]
    allowances: Map[str, U256]

    @init
    def start(self, name: str) -> None:
        """Name the points."""
        self.name.set(name)
        self.supply.set(0)

    @call
    def award(self, to: bytes, amount: U256) -> None:
        """Award points, as an administrator."""
        require("admin" in ctx.sender.roles, NotAnAdministrator())
        self.supply.set(self.supply.get() + amount)
        self.balances[to] = self.balance_of(to) + amount
        Transferred(b"", to, amount).emit()

    @call
    def spend(self, amount: U256) -> None:
        """Spend the caller's points."""
        self._take(ctx.sender.address, amount)
        self.supply.set(self.supply.get() - amount)
        Transferred(ctx.sender.address, b"", amount).emit()

    @call
    def transfer(self, to: bytes, amount: U256) -> None:
        """Pass on points of the caller."""
        self._move(ctx.sender.address, to, amount)

    @call
    def approve(self, spender: bytes, amount: U256) -> None:
        """Let somebody pass on so many of the caller's points."""
        self.allowances[ctx.sender.address.hex() + spender.hex()] = amount
        Approved(ctx.sender.address, spender, amount).emit()

    @call
    def transfer_from(self, owner: bytes, to: bytes, amount: U256) -> None:
        """Pass on points of another who allowed it."""
        allowed = self.allowance(owner, ctx.sender.address)
        require(allowed >= amount, TooFew(allowed, amount))
        self.allowances[owner.hex() + ctx.sender.address.hex()] = allowed - amount
        self._move(owner, to, amount)

    @view
    def total_supply(self) -> U256:
        """Return how many points there are."""
        return self.supply.get()

    @view
    def balance_of(self, owner: bytes) -> U256:
        """Return how many points somebody has."""
        return self.balances.get(owner, 0)

    @view
    def allowance(self, owner: bytes, spender: bytes) -> U256:
        """Return how many of an owner's points a spender may pass on."""
        return self.allowances.get(owner.hex() + spender.hex(), 0)

    def _move(self, owner: bytes, to: bytes, amount: int) -> None:
        self._take(owner, amount)
        self.balances[to] = self.balance_of(to) + amount
        Transferred(owner, to, amount).emit()

    def _take(self, owner: bytes, amount: int) -> None:
        balance = self.balance_of(owner)
        require(balance >= amount, TooFew(balance, amount))
        self.balances[owner] = balance - amount
