"""Stock of shelves, as it was first deployed."""

from huitong.contract import Contract, Error, Event, Map, Record, call, require, view


class Shelf(Record):
    owner: str
    pieces: int = 0


class Stocked(Event):
    shelf: str
    pieces: int


class TooFew(Error):
    shelf: str


class Stock(Contract):
    shelves: Map[str, Shelf]

    @call
    def put(self, shelf: str, owner: str, pieces: int) -> None:
        self.shelves[shelf] = Shelf(owner=owner, pieces=pieces)
        Stocked(shelf=shelf, pieces=pieces).emit()

    @call
    def take(self, shelf: str, pieces: int) -> int:
        record = self.shelves[shelf]
        require(record.pieces >= pieces, TooFew(shelf=shelf))
        record.pieces -= pieces
        self.shelves[shelf] = record
        return record.pieces

    @call
    def deploy(self, shelf: str) -> str:
        """Named as the act that brought the contract here."""
        return "deployed " + self.shelves[shelf].owner

    @view
    def pieces(self, shelf: str) -> int:
        return self.shelves[shelf].pieces
