"""Receivables of a supply chain: confirmed by the debtor, split and handed on along the chain, financed once, settled.

Amounts are cents of the currency that the parties agreed on; the money itself moves at banks, outside of the chain.
"""

from huitong.contract import U64, Contract, Error, Event, Map, Record, call, ctx, require, view

ISSUED = "issued"
ACCEPTED = "accepted"
DIVIDED = "divided"
FINANCED = "financed"
SETTLED = "settled"
MAX_PARTS = 20


class Receivable(Record):
    """A debt on delivered goods. invoice: SHA-256 of the invoice, 32 bytes. due: block time in ns. parent: or empty."""

    invoice: bytes
    debtor: str
    holder: str
    amount: U64
    due: int
    parent: str
    state: str = "issued"


class Offer(Record):
    """What a holder offers a financier: the receivable at this price."""

    financier: str
    price: U64


class Changed(Event):
    """A receivable has another state or holder."""

    number: str
    state: str
    holder: str


class NumberTaken(Error):
    """Numbers are used once."""

    number: str


class InvoiceTaken(Error):
    """A receivable stands for this invoice already: nobody can draw on one delivery twice."""

    number: str


class ClaimInvalid(Error):
    """The invoice is a hash of 32 bytes, the amount positive, and the debt is due later."""

    number: str


class NotYours(Error):
    """Only the organisation that is named may do this."""

    needed: str


class WrongState(Error):
    """The receivable is in another state than this needs."""

    number: str
    state: str
    needed: str


class AmountsDiffer(Error):
    """Parts are positive, at most twenty, and sum up to the whole."""

    expected: U64
    found: int


class NotOffered(Error):
    """The holder has offered this receivable to somebody else, or to nobody."""

    number: str


class Receivables(Contract):
    """Who owes whom how much until when, and who has financed it."""

    receivables: Map[str, Receivable]
    invoices: Map[bytes, str]
    offers: Map[str, Offer]
    holdings: Map[str, bool]

    @call
    def issue(self, number: str, invoice: bytes, debtor: str, amount: U64, due: int) -> None:
        """Claim a debt, as the supplier. It counts when the debtor has accepted it."""
        require(number not in self.receivables and "/" not in number, NumberTaken(number=number))
        require(invoice not in self.invoices, InvoiceTaken(number=self.invoices.get(invoice, "")))
        require(len(invoice) == 32 and amount > 0 and due > ctx.time, ClaimInvalid(number=number))
        self.invoices[invoice] = number
        self._put(
            number,
            Receivable(invoice=invoice, debtor=debtor, holder=ctx.sender.org, amount=amount, due=due, parent=""),
        )

    @call
    def accept(self, number: str) -> None:
        """Confirm the debt, as the debtor."""
        found = self._of(number, self.receivables[number].debtor, ISSUED)
        found.state = ACCEPTED
        self._put(number, found)

    @call
    def split(self, number: str, amounts: list[U64]) -> list[str]:
        """Divide into parts, as the holder; returns their numbers."""
        found = self._of(number, self.receivables[number].holder, ACCEPTED)
        fits = 2 <= len(amounts) <= MAX_PARTS and min(amounts) > 0 and sum(amounts) == found.amount
        require(fits, AmountsDiffer(expected=found.amount, found=sum(amounts)))
        self._withdraw(number)
        parts: list[str] = []
        for place, amount in enumerate(amounts, start=1):
            part = f"{number}/{place}"
            self._put(
                part,
                Receivable(
                    invoice=found.invoice, debtor=found.debtor, holder=found.holder, amount=amount, due=found.due,
                    parent=number, state=ACCEPTED,
                ),
            )  # fmt: skip
            parts.append(part)
        found.state = DIVIDED
        self._put(number, found)
        return parts

    @call
    def transfer(self, number: str, to: str) -> None:
        """Hand it on to an organisation, as payment for what it delivered."""
        found = self._of(number, self.receivables[number].holder, ACCEPTED)
        self._withdraw(number)
        self._move(number, found, to)

    @call
    def offer(self, number: str, financier: str, price: U64) -> None:
        """Offer it to one financier, in place of an earlier offer."""
        self._of(number, self.receivables[number].holder, ACCEPTED)
        self.offers[number] = Offer(financier=financier, price=price)

    @call
    def finance(self, number: str, price: U64) -> None:
        """Take an offer, as the financier who was named, at the price that was seen. It happens once."""
        found = self._of(number, "", ACCEPTED)
        offer = self.offers.get(number)
        fits = offer is not None and offer.financier == ctx.sender.org and offer.price == price
        require(fits, NotOffered(number=number))
        self._withdraw(number)
        found.state = FINANCED
        self._move(number, found, ctx.sender.org)

    @call
    def settle(self, number: str) -> None:
        """Confirm that the debtor has paid, as the holder."""
        found = self.receivables[number]
        require(found.state in (ACCEPTED, FINANCED), self._wrong(number, found, "accepted or financed"))
        require(ctx.sender.org == found.holder, NotYours(needed=found.holder))
        self._withdraw(number)
        found.state = SETTLED
        self._put(number, found)

    @view
    def receivable(self, number: str) -> Receivable:
        """Return one receivable."""
        return self.receivables[number]

    @view
    def offered(self, number: str) -> Offer | None:
        """Return the offer that stands, if any."""
        return self.offers.get(number)

    @view
    def held_by(self, organisation: str, after: str = "") -> list[str]:
        """Return numbers that an organisation holds, in their order, those after the number `after`, a page at most."""
        start = f"{organisation}/{after}"
        end = f"{organisation}0"  # 0 follows / among the characters
        rows = self.holdings.items(start=start, stop=end, limit=101)
        return [key.removeprefix(f"{organisation}/") for key, _ in rows if key != start][:100]

    def _of(self, number: str, organisation: str, state: str) -> Receivable:
        """Read one that the caller's organisation may change. organisation: empty for anybody."""
        found = self.receivables[number]
        require(organisation in ("", ctx.sender.org), NotYours(needed=organisation))
        require(found.state == state, self._wrong(number, found, state))
        return found

    def _wrong(self, number: str, found: Receivable, needed: str) -> WrongState:
        return WrongState(number=number, state=found.state, needed=needed)

    def _move(self, number: str, found: Receivable, to: str) -> None:
        del self.holdings[f"{found.holder}/{number}"]
        found.holder = to
        self._put(number, found)

    def _withdraw(self, number: str) -> None:
        if number in self.offers:
            del self.offers[number]

    def _put(self, number: str, found: Receivable) -> None:
        self.receivables[number] = found
        self.holdings[f"{found.holder}/{number}"] = True
        Changed(number=number, state=found.state, holder=found.holder).emit()
