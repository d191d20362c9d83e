"""Where a failed transaction stopped: for people alone, outside of all hashes, kept in the log of its result."""

from collections.abc import Sequence
from typing import Final

import msgspec

MAX_PLACES: Final = 16


class Place(msgspec.Struct, frozen=True):
    """A frame that failed. nodes: indices into the tree of its code, outermost function first, as its engine says."""

    contract: bytes
    code_hash: bytes
    nodes: tuple[int, ...]


class Trail:
    """Failed frames of the call that runs, innermost first. A frame that goes on after a failure forgets it."""

    def __init__(self) -> None:
        self._steps: list[tuple[Place, int, bytes]] = []

    def mark(self) -> int:
        """Return where a frame begins."""
        return len(self._steps)

    def ended(self, mark: int, place: Place, code: int, data: bytes) -> None:
        """Note the end of a frame: what failed inside it counts only if it failed by the same failure."""
        inner = self._steps[mark:]
        if not code or (inner and inner[-1][1:] != (code, data)):
            del self._steps[mark:]
        if code:
            self._steps.append((place, code, data))

    def places(self) -> tuple[Place, ...]:
        """Return the failed frames, outermost first."""
        return tuple(place for place, _, _ in reversed(self._steps))


def log_of(places: Sequence[Place]) -> str:
    """Write places as text, a line for each: address, code hash, nodes."""
    lines = [f"{one.contract.hex()} {one.code_hash.hex()} {','.join(map(str, one.nodes))}" for one in places]
    return "\n".join(lines[:MAX_PLACES])


def places_of(log: str) -> tuple[Place, ...]:
    """Read what `log_of` wrote; a line of another form is left out."""
    found = []
    for line in log.splitlines():
        parts = line.split(" ")
        try:
            contract, code_hash, nodes = bytes.fromhex(parts[0]), bytes.fromhex(parts[1]), parts[2]
            found.append(Place(contract, code_hash, tuple(int(node) for node in nodes.split(",") if node)))
        except (ValueError, IndexError):
            continue
    return tuple(found)
