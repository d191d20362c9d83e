"""Stock of shelves, second edition: sums by owner; `migrate` counts what was stored before, page by page."""

from huitong.contract import Contract, Error, Event, Map, Record, Value, call, require, view


class Shelf(Record):
    owner: str
    pieces: int = 0
    unit: str = "box"


class Stocked(Event):
    shelf: str
    pieces: int
    unit: str


class TooFew(Error):
    shelf: str
    left: int


class NotYet(Error):
    """The rows of the first edition are still being counted."""


class Stock(Contract):
    shelves: Map[str, Shelf]
    by_owner: Map[str, int]
    counted: Value[str]
    done: Value[bool]

    @call
    def migrate(self, rows: int) -> bool:
        """Count the next rows; true when all are counted."""
        page = [(shelf, record) for shelf, record in self.shelves.items(start=self.counted.get(""), limit=rows)]
        for shelf, record in page:
            self.by_owner[record.owner] = self.by_owner.get(record.owner, 0) + record.pieces
            self.counted.set(shelf + "\0")
        self.done.set(len(page) < rows)
        return self.done.get()

    @call
    def take(self, shelf: str, pieces: int) -> int:
        require(self.done.get(False), NotYet())
        record = self.shelves[shelf]
        require(record.pieces >= pieces, TooFew(shelf=shelf, left=record.pieces))
        record.pieces -= pieces
        self.shelves[shelf] = record
        self.by_owner[record.owner] -= pieces
        return record.pieces

    @view
    def shelf(self, shelf: str) -> Shelf:
        return self.shelves[shelf]

    @view
    def owned(self, owner: str) -> int:
        return self.by_owner.get(owner, 0)
