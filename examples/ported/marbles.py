"""Marbles with an index by colour: made, handed on alone or by colour, listed by name and by owner."""

from huitong.contract import Contract, Error, Event, Map, Record, call, require, view


class Marble(Record):
    """A marble."""

    name: str
    color: str
    size: int
    owner: str


class MarbleChanged(Event):
    """A marble is new or has another owner: its history; `owner` is empty when it is gone."""

    name: str
    owner: str


class Refused(Error):
    """There is no such marble, there is one already, or a text is empty."""

    reason: str


class Marbles(Contract):
    """A collection of marbles."""

    marbles: Map[str, Marble]
    by_color: Map[str, str]
    by_owner: Map[str, str]

    @call
    def create(self, name: str, color: str, size: int, owner: str) -> None:
        """Make a marble."""
        require(min(len(name), len(color), len(owner)) > 0, Refused("a text is empty"))
        require(name not in self.marbles, Refused("this marble already exists"))
        self.by_color[f"{color.lower()}~{name}"] = name
        self._put(Marble(name, color.lower(), size, owner.lower()))

    @call
    def delete(self, name: str) -> None:
        """Remove a marble."""
        marble = self.read(name)
        del self.marbles[name]
        del self.by_color[f"{marble.color}~{name}"]
        del self.by_owner[f"{marble.owner}~{name}"]
        MarbleChanged(name, "").emit()

    @call
    def transfer(self, name: str, owner: str) -> None:
        """Hand a marble on."""
        marble = self.read(name)
        del self.by_owner[f"{marble.owner}~{name}"]
        marble.owner = owner.lower()
        self._put(marble)

    @call
    def transfer_by_color(self, color: str, owner: str) -> int:
        """Hand on all marbles of a colour, 256 at most; returns how many."""
        names = [name for _, name in self.by_color.items(start=f"{color}~", stop=f"{color}\x7f", limit=256)]
        for name in names:
            self.transfer(name, owner)
        return len(names)

    @view
    def read(self, name: str) -> Marble:
        """Return a marble."""
        require(name in self.marbles, Refused("no such marble"))
        return self.marbles[name]

    @view
    def by_range(self, start: str, stop: str, limit: int) -> list[Marble]:
        """Return marbles by name, from `start` to before `stop`: give the last name and a blank to go on."""
        return [marble for _, marble in self.marbles.items(start=start, stop=stop, limit=limit)]

    @view
    def of_owner(self, owner: str) -> list[Marble]:
        """Return marbles of an owner, a hundred at most."""
        rows = self.by_owner.items(start=f"{owner.lower()}~", stop=f"{owner.lower()}\x7f")
        return [self.marbles[name] for _, name in rows]

    def _put(self, marble: Marble) -> None:
        self.marbles[marble.name] = marble
        self.by_owner[f"{marble.owner}~{marble.name}"] = marble.name
        MarbleChanged(marble.name, marble.owner).emit()
