"""Who is responsible for goods in transit: the responsibility is handed on until the owner ends it."""

from huitong.contract import Contract, Error, Value, call, ctx, init, require, view


class NotAllowed(Error):
    """Only the counterparty hands on, only the owner ends, and both only before the end."""


class Provenance(Contract):
    """One delivery."""

    owner: Value[bytes]
    observer: Value[bytes]
    counterparty: Value[bytes]
    previous: Value[bytes]
    state: Value[str]

    @init
    def start(self, owner: bytes, observer: bytes) -> None:
        """Begin: whoever deploys is responsible."""
        self.owner.set(owner)
        self.observer.set(observer)
        self.counterparty.set(ctx.sender.address)
        self.state.set("created")

    @call
    def transfer(self, to: bytes) -> None:
        """Hand the responsibility on."""
        self._move(self.counterparty.get(), to, "in transit")

    @call
    def complete(self) -> None:
        """End the delivery, as the owner."""
        self._move(self.owner.get(), b"", "completed")

    @view
    def status(self) -> str:
        """Return created, in transit or completed."""
        return self.state.get()

    def _move(self, allowed: bytes, to: bytes, state: str) -> None:
        require(ctx.sender.address == allowed and self.state.get() != "completed", NotAllowed())
        self.previous.set(self.counterparty.get())
        self.counterparty.set(to)
        self.state.set(state)
