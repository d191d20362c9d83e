"""An open auction: the highest bid until the end wins. Bids are promises; the winner pays outside of the chain."""

from huitong.contract import U256, Contract, Error, Event, Value, call, ctx, init, require, view


class HighestBidIncreased(Event):
    """Somebody leads."""

    bidder: bytes
    amount: U256


class AuctionEnded(Event):
    """Somebody has won."""

    winner: bytes
    amount: U256


class AuctionAlreadyEnded(Error):
    """The auction has ended."""


class BidNotHighEnough(Error):
    """There is already a higher or equal bid."""

    highest_bid: U256


class AuctionNotYetEnded(Error):
    """The auction has not ended yet."""


class OpenAuction(Contract):
    """One auction."""

    beneficiary: Value[bytes]
    ends: Value[int]
    bidder: Value[bytes]
    highest: Value[U256]
    ended: Value[bool]

    @init
    def open(self, seconds: int, beneficiary: bytes) -> None:
        """Open the auction for so many seconds."""
        self.beneficiary.set(beneficiary)
        self.ends.set(ctx.time + seconds * 1_000_000_000)

    @call
    def bid(self, amount: U256) -> None:
        """Bid more than the highest so far."""
        require(ctx.time <= self.ends.get(), AuctionAlreadyEnded())
        require(amount > self.highest_bid(), BidNotHighEnough(self.highest_bid()))
        self.bidder.set(ctx.sender.address)
        self.highest.set(amount)
        HighestBidIncreased(ctx.sender.address, amount).emit()

    @call
    def end(self) -> None:
        """End the auction when its time is over."""
        require(ctx.time > self.ends.get(), AuctionNotYetEnded())
        require(not self.ended.get(False), AuctionAlreadyEnded())
        self.ended.set(True)
        AuctionEnded(self.bidder.get(b""), self.highest_bid()).emit()

    @view
    def highest_bid(self) -> U256:
        """Return the highest bid so far."""
        return self.highest.get(0)
