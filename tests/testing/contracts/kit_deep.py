"""Calls itself as often as it is told."""

from huitong.contract import Contract, Protocol, call, ctx, reentrant


class Deeper(Protocol):
    @call
    def down(self, levels: int) -> int: ...


class Deep(Contract):
    @call
    @reentrant
    def down(self, levels: int) -> int:
        if levels == 0:
            return 1
        return ctx.contract(ctx.self, Deeper).down(levels - 1) + 1
