"""Escrow of documents: a depositor hands a document to an agent, who releases it when all conditions are confirmed.

The document stays off the chain; its hash stands here. On release the agent publishes the document's key, wrapped to
the encryption key of the recipient, so that nobody else can read it.
"""

from huitong.contract import Contract, Error, Event, Map, Record, call, ctx, require, view

HELD = "held"
RELEASED = "released"
RECLAIMED = "reclaimed"
MAX_CONDITIONS = 16


class Deposit(Record):
    """A document in escrow. document: SHA-256, 32 bytes. conditions: organisations that must confirm. until: ns."""

    depositor: str
    agent: str
    recipient: bytes
    document: bytes
    conditions: list[str]
    confirmed: list[str]
    until: int
    state: str = "held"
    wrapped_key: bytes = b""


class Deposited(Event):
    """A document is in escrow."""

    number: str
    agent: str
    document: bytes


class Confirmed(Event):
    """An organisation has confirmed its condition."""

    number: str
    organisation: str
    missing: int


class Ended(Event):
    """The document was released to the recipient, or reclaimed by the depositor."""

    number: str
    state: str


class DepositInvalid(Error):
    """The number is new, the document a hash, the recipient a member; there are 1 to 16 conditions and time is left."""

    number: str


class NotAllowed(Error):
    """Only the organisation that is named may do this."""

    needed: str


class NotHeld(Error):
    """The document is no longer in escrow."""

    number: str
    state: str


class ConditionsMissing(Error):
    """These organisations have not confirmed yet."""

    number: str
    missing: list[str]


class WrongTime(Error):
    """Conditions count until then; afterwards the depositor may reclaim."""

    number: str
    until: int


class Escrow(Contract):
    """Documents in escrow."""

    deposits: Map[str, Deposit]

    @call
    def deposit(
        self, number: str, document: bytes, agent: str, recipient: bytes, conditions: list[str], until: int
    ) -> None:
        """Put a document in escrow. recipient: address of a member."""
        different = all(conditions.count(organisation) == 1 for organisation in conditions)
        known = len(recipient) == 20 and ctx.member(recipient) is not None
        fits = number not in self.deposits and len(document) == 32 and known and until > ctx.time
        require(fits and different and 0 < len(conditions) <= MAX_CONDITIONS, DepositInvalid(number=number))
        self.deposits[number] = Deposit(
            depositor=ctx.sender.org, agent=agent, recipient=recipient, document=document, conditions=conditions,
            confirmed=[], until=until,
        )  # fmt: skip
        Deposited(number=number, agent=agent, document=document).emit()

    @call
    def confirm(self, number: str) -> int:
        """Confirm the condition of the caller's organisation; returns how many are missing."""
        found = self._held(number)
        organisation = ctx.sender.org
        waited_for = organisation in found.conditions and organisation not in found.confirmed
        require(waited_for, NotAllowed(needed=", ".join(self._missing(found))))
        require(ctx.time <= found.until, WrongTime(number=number, until=found.until))
        found.confirmed.append(organisation)
        self.deposits[number] = found
        missing = len(self._missing(found))
        Confirmed(number=number, organisation=organisation, missing=missing).emit()
        return missing

    @call
    def release(self, number: str, wrapped_key: bytes) -> None:
        """Release the document to the recipient, as the agent. wrapped_key: for the recipient, 512 bytes at most."""
        found = self._held(number)
        require(ctx.sender.org == found.agent, NotAllowed(needed=found.agent))
        missing = self._missing(found)
        require(len(missing) == 0, ConditionsMissing(number=number, missing=missing))
        require(0 < len(wrapped_key) <= 512, DepositInvalid(number=number))
        found.wrapped_key = wrapped_key
        self._end(number, found, RELEASED)

    @call
    def reclaim(self, number: str) -> None:
        """Take the document back, as the depositor, when the time has passed and a condition is missing."""
        found = self._held(number)
        require(ctx.sender.org == found.depositor, NotAllowed(needed=found.depositor))
        may_reclaim = ctx.time > found.until and len(self._missing(found)) > 0
        require(may_reclaim, WrongTime(number=number, until=found.until))
        self._end(number, found, RECLAIMED)

    @view
    def of(self, number: str) -> Deposit:
        """How a deposit stands; the wrapped key is there once it is released."""
        return self.deposits[number]

    def _held(self, number: str) -> Deposit:
        found = self.deposits[number]
        require(found.state == HELD, NotHeld(number=number, state=found.state))
        return found

    def _missing(self, found: Deposit) -> list[str]:
        return [organisation for organisation in found.conditions if organisation not in found.confirmed]

    def _end(self, number: str, found: Deposit, state: str) -> None:
        found.state = state
        self.deposits[number] = found
        Ended(number=number, state=state).emit()
