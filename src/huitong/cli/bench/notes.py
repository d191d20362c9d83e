"""Notes of any length on chain, for measuring payloads."""

from huitong.contract import Contract, Event, Map, call, view


class Noted(Event):
    """A note was written."""

    name: str
    size: int


class Notes(Contract):
    """The newest text under each name."""

    texts: Map[str, str]

    @call
    def write(self, name: str, text: str) -> int:
        """Replace a note, return its length in characters."""
        self.texts[name] = text
        Noted(name=name, size=len(text)).emit()
        return len(text)

    @view
    def text(self, name: str) -> str:
        """Return a note."""
        return self.texts[name]
