"""Stock of shelves with another type for what is stored: no chain takes it as an upgrade."""

from huitong.contract import Contract, Map, Record, view


class Shelf(Record):
    owner: str
    pieces: str = ""


class Stock(Contract):
    shelves: Map[str, Shelf]

    @view
    def pieces(self, shelf: str) -> str:
        return self.shelves[shelf].pieces
