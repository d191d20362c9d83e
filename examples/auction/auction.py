"""A sealed auction: bids are hashes until bidding ends, then they are opened; the highest wins at the second price.

Amounts are cents; the winner pays outside of the chain.
"""

from huitong.contract import U64, Contract, Error, Event, Map, Record, call, ctx, require, view

SALT_BYTES = 16


class Lot(Record):
    """What is sold. bid_until, open_until: block times in ns. best, second: amounts; winner: organisation, or empty."""

    seller: str
    title: str
    reserve: U64
    bid_until: int
    open_until: int
    best: U64 = 0
    second: U64 = 0
    winner: str = ""
    closed: bool = False


class Sold(Event):
    """A lot has a buyer; winner is empty when no opened bid reached the reserve."""

    lot: str
    winner: str
    price: U64


class LotTaken(Error):
    """There is a lot of this name, or its times do not follow each other."""

    lot: str


class WrongTime(Error):
    """Bids are placed, opened and closed one after the other."""

    lot: str
    phase: str


class OwnLot(Error):
    """The seller does not bid."""

    lot: str


class BidMissing(Error):
    """No bid of this organisation is sealed, or it was opened already."""

    lot: str


class SealBroken(Error):
    """Amount and salt are not what was sealed."""

    lot: str


class Auction(Contract):
    """Sealed second-price auctions."""

    lots: Map[str, Lot]
    bids: Map[str, bytes]

    @call
    def offer(self, lot: str, title: str, reserve: U64, bid_until: int, open_until: int) -> None:
        """Offer a lot."""
        fits = lot not in self.lots and ctx.time < bid_until < open_until
        require(fits, LotTaken(lot=lot))
        self.lots[lot] = Lot(
            seller=ctx.sender.org, title=title, reserve=reserve, bid_until=bid_until, open_until=open_until
        )

    @call
    def bid(self, lot: str, seal: bytes) -> None:
        """Place a sealed bid, in place of an earlier one. seal: as the view `seal` computes it, off the chain."""
        found = self.lots[lot]
        require(ctx.time <= found.bid_until, WrongTime(lot=lot, phase="bidding is over"))
        require(ctx.sender.org != found.seller, OwnLot(lot=lot))
        require(len(seal) == 32, SealBroken(lot=lot))
        self.bids[f"{lot}/{ctx.sender.org}"] = seal

    @call
    def open(self, lot: str, amount: U64, salt: bytes) -> None:
        """Open the bid of the caller's organisation, which then counts. What is never opened never counts."""
        found = self.lots[lot]
        bidder = ctx.sender.org
        in_time = found.bid_until < ctx.time <= found.open_until
        require(in_time, WrongTime(lot=lot, phase="bids are not opened now"))
        sealed = self.bids.get(f"{lot}/{bidder}")
        require(sealed is not None, BidMissing(lot=lot))
        require(sealed == self._seal(lot, bidder, amount, salt), SealBroken(lot=lot))
        del self.bids[f"{lot}/{bidder}"]
        if amount > found.best:
            found.second = found.best
            found.best = amount
            found.winner = bidder
        elif amount > found.second:
            found.second = amount
        self.lots[lot] = found

    @call
    def close(self, lot: str) -> U64:
        """Close the auction when the time of opening is over; anyone may. Returns the price."""
        found = self.lots[lot]
        require(ctx.time > found.open_until and not found.closed, WrongTime(lot=lot, phase="cannot be closed now"))
        found.closed = True
        price = max(found.second, found.reserve)
        if found.best < found.reserve or found.best == 0:
            found.winner = ""
            price = 0
        self.lots[lot] = found
        Sold(lot=lot, winner=found.winner, price=price).emit()
        return price

    @view
    def lot(self, lot: str) -> Lot:
        """How a lot stands."""
        return self.lots[lot]

    @view
    def seal(self, lot: str, bidder: str, amount: U64, salt: bytes) -> bytes:
        """How a bid is sealed: ask your own node, or compute it as the page says; never send it to another's."""
        return self._seal(lot, bidder, amount, salt)

    def _seal(self, lot: str, bidder: str, amount: int, salt: bytes) -> bytes:
        require(len(salt) == SALT_BYTES, SealBroken(lot=lot))
        return ctx.hash(salt + f"{lot}/{bidder}/{amount}".encode())
