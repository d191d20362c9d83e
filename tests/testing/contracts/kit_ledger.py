"""Uses what the language has, so that the kit's plain frames meet all of it."""

from huitong.contract import (
    U8,
    CallFailed,
    Contract,
    Error,
    Event,
    Map,
    Protocol,
    Record,
    Value,
    call,
    ctx,
    init,
    require,
    view,
)

LIMIT = 5


class Line(Record):
    text: str
    tags: list[str]
    size: U8 = 1


class Added(Event):
    line: Line
    by: bytes


class TooMany(Error):
    count: int
    line: Line | None = None


class NotOpen(Error):
    """The ledger is closed."""


class Peer(Protocol):
    @call
    def add(self, text: str, tags: list[str]) -> Line: ...

    @view
    def count(self) -> int: ...

    @view
    def line(self, number: int) -> Line: ...


class KitLedger(Contract):
    lines: Map[int, Line]
    by_tag: Map[str, int]
    total: Value[int]
    title: Value[str]

    @init
    def begin(self, title: str) -> None:
        require(title != "", NotOpen())
        self.title.set(title)

    @call
    def add(self, text: str, tags: list[str]) -> Line:
        count = self.total.get(0)
        line = Line(text=text, tags=tags)
        require(count < LIMIT, TooMany(count=count, line=line))
        self.lines[count] = line
        for tag in tags:
            self.by_tag[tag] = self.by_tag.get(tag, 0) + 1
        self.total.set(count + 1)
        Added(line=line, by=ctx.sender.address).emit()
        return line

    @call
    def put(self, number: int, line: Line) -> None:
        self.lines[number] = line

    @call
    def fill(self, rows: int) -> None:
        for number in range(rows):
            self.lines[number - 100] = Line(text="", tags=[])

    @call
    def drop(self, number: int) -> None:
        del self.lines[number]

    @call
    def reset(self) -> None:
        self.total.delete()

    @call
    def add_there(self, peer: bytes, text: str) -> int:
        other = ctx.contract(peer, Peer)
        other.add(text, ["sent"])
        return other.count()

    @call
    def try_there(self, peer: bytes, text: str) -> str:
        try:
            ctx.contract(peer, Peer).add(text, [])
        except CallFailed:
            self.title.set("failed")
            return "failed"
        return "done"

    @call
    def spin(self, turns: int) -> int:
        total = 0
        for number in range(turns):
            total += number
        return total

    @call
    def divide(self, number: int) -> int:
        try:
            return 100 // number
        except ZeroDivisionError:
            return 0

    @call
    def claim(self, number: int) -> None:
        assert number > 0

    @view
    def count(self) -> int:
        return self.total.get(0)

    @view
    def line(self, number: int) -> Line:
        return self.lines[number]

    @view
    def numbers(self, start: int, limit: int, reverse: bool = False) -> list[int]:
        return [number for number, _ in self.lines.items(start=start, limit=limit, reverse=reverse)]

    @view
    def sneak(self) -> None:
        self.total.set(9)

    @view
    def about(self) -> dict[str, str]:
        found = ctx.member(ctx.sender.address)
        name = "nobody" if found is None else found.name
        return {"org": ctx.sender.org, "name": name, "title": self.title.get(), "open": f"{self.title.exists()}"}
