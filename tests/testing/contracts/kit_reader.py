"""Asks a contract by its name."""

from huitong.contract import Contract, Protocol, call, ctx, view


class Other(Protocol):
    @view
    def pieces(self, shelf: str) -> int: ...


class Reader(Contract):
    @call
    def look(self, shelf: str) -> int:
        return ctx.contract("shelves", Other).pieces(shelf)
