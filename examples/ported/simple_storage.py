"""One stored number."""

from huitong.contract import Contract, Value, call, view


class SimpleStorage(Contract):
    """A number that anyone may set."""

    stored: Value[int]

    @call
    def set(self, number: int) -> None:
        """Store a number."""
        self.stored.set(number)

    @view
    def get(self) -> int:
        """Return the number, 0 at first."""
        return self.stored.get(0)
