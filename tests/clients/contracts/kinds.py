"""Every kind of value, and names that generated sources must step around."""

from huitong.contract import (
    I16,
    U8,
    U64,
    U256,
    Annotated,
    Contract,
    Error,
    Event,
    Fixed,
    Map,
    Most,
    Record,
    Scale,
    call,
    ctx,
    init,
    require,
    view,
)


class Point(Record):
    """A place: "x" and \\y."""

    x: int
    y: I16 = -3


class Committed(Record):
    """Named like a class of the client's base."""

    points: list[Point]
    by_name: dict[str, Point]
    note: str | None = None
    mark: bytes = b"\x00\xff"


class Stored(Event):
    """Something was stored.

    With a second paragraph */ and a \"quote\".
    """

    code: U64
    data: Committed
    who: bytes


class Refused(Error):
    """Fields named like attributes of errors."""

    code: U256
    data: bytes
    answer: list[int]


class Empty(Error):
    """Has no fields."""


class Shared(Event):
    """An amount was divided."""

    amount: Annotated[Fixed, Scale(2)]
    shares: list[tuple[str, Annotated[Fixed, Scale(2)]]]


class Uneven(Error):
    """The weights are too large."""

    amount: Annotated[Fixed, Scale(2)]
    first: tuple[str, int]


class Kinds(Contract):
    """All kinds."""

    kept: Map[str, Committed]
    sums: Map[str, int]

    @init
    def start(self, first: int = 7) -> None:
        """Not part of the interface."""
        self.sums["first"] = first

    @call
    def store(self, key: str, value: Committed, code: U64 = 5) -> Committed:
        """Store a value, return it."""
        self.kept[key] = value
        Stored(code=code, data=value, who=ctx.sender.address).emit()
        return value

    @call
    def delete(self, new: bytes, code: U256, many: list[int]) -> None:
        """Refuse always."""
        require(False, Refused(code=code, data=new, answer=many))

    @view
    def address(self, key: str) -> Committed | None:
        """Named like a method of the client's base."""
        return self.kept.get(key)

    @view
    def echo(
        self, number: int, small: U8, flag: bool, text: str, raw: bytes, maybe: int | None = None
    ) -> dict[str, list[int]]:
        """Return numbers."""
        require(flag, Empty())
        return {text: [number, small, len(raw), -1 if maybe is None else maybe]}

    @call
    def share(
        self, amount: Annotated[Fixed, Scale(2)], parts: Annotated[list[tuple[str, int]], Most(3)]
    ) -> list[tuple[str, Annotated[Fixed, Scale(2)]]]:
        """Divide an amount by weights, rounded down."""
        total = sum([weight for _, weight in parts])
        shares = [(name, (amount * weight).divided_by(total, "down")) for name, weight in parts]
        Shared(amount=amount, shares=shares).emit()
        require(total < 100, Uneven(amount=amount, first=parts[0]))
        return shares

    @view
    def uneven(self, amount: Annotated[Fixed, Scale(2)]) -> None:
        """Refuse with a fixed-point number and a tuple."""
        require(False, Uneven(amount=amount, first=("x", 2**70)))

    @view
    def refuse(self, many: list[int]) -> None:
        """Refuse with an error that has data."""
        require(False, Refused(code=2**255, data=b"\x01", answer=many))

    @view
    def me(self) -> bytes:
        """Who asks."""
        return ctx.sender.address
