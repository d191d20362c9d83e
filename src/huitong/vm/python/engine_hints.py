"""Guesses which keys a method will read, so that their values travel with the call instead of one by one.

Only a matter of speed: a guess is a key, its value is read from the host when the call starts, and a frame sees the
same values and uses the same gas with any guesses or none. A shape is a key that was asked for once, cut at the texts
and bytes of the call (arguments, caller, its organisation); the next call's own are put in their place.
"""

from collections import OrderedDict
from typing import Final

from huitong.types import Invocation
from huitong.types.limits import MAX_KEY_BYTES

MAX_METHODS: Final = 1024
MAX_SHAPES: Final = 8
MIN_PART_BYTES: Final = 2
MAX_IDLE: Final = 4
"""A shape whose keys went unread this often in a row is forgotten."""

Shape = tuple[bytes | int, ...]
"""Pieces of a key: bytes as they are, numbers are places in `_parts`."""


class Hints:
    """Shapes by (code hash, method), least recently used methods are forgotten first."""

    def __init__(self) -> None:
        self._methods: OrderedDict[tuple[bytes, str], dict[Shape, int]] = OrderedDict()

    def keys(self, invocation: Invocation) -> tuple[bytes, ...]:
        """Keys that this call will probably read, each once."""
        shapes = self._methods.get((invocation.code_hash, invocation.method))
        if not shapes:
            return ()
        parts = _parts(invocation)
        found = {_fill(shape, parts): None for shape in shapes}
        return tuple([key for key in found if key and len(key) <= MAX_KEY_BYTES])

    def learn(self, invocation: Invocation, known: tuple[bytes, ...], missed: list[bytes], used: int) -> None:
        """Remember what had to be asked for, forget what goes unread."""
        if not missed and used == (1 << len(known)) - 1:
            return
        name = (invocation.code_hash, invocation.method)
        shapes = self._methods.setdefault(name, {})
        self._methods.move_to_end(name)
        parts = _parts(invocation)
        read = {key for index, key in enumerate(known) if used >> index & 1}
        for shape in list(shapes):
            shapes[shape] = 0 if _fill(shape, parts) in read else shapes[shape] + 1
            if shapes[shape] > MAX_IDLE:
                del shapes[shape]
        for key in missed[: MAX_SHAPES - len(shapes)]:
            shapes.setdefault(_cut(key, parts), 0)
        if len(self._methods) > MAX_METHODS:
            self._methods.popitem(last=False)


def _parts(invocation: Invocation) -> tuple[bytes, ...]:
    """Texts and bytes of a call that keys are made of; others are empty, to keep the places."""
    caller = invocation.caller
    return tuple([_part(value) for value in (caller.address, caller.organisation, *invocation.args)])


def _part(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return value if isinstance(value, bytes) else b""


def _cut(key: bytes, parts: tuple[bytes, ...]) -> Shape:
    """Replace the longest parts first, each where it stands first behind the field id."""
    shape: list[bytes | int] = [key]
    for place in sorted(range(len(parts)), key=lambda index: -len(parts[index])):
        part = parts[place]
        if len(part) < MIN_PART_BYTES:
            break
        shape = [piece for old in shape for piece in _split(old, part, place)]
    return tuple(shape)


def _split(piece: bytes | int, part: bytes, place: int) -> list[bytes | int]:
    if isinstance(piece, int) or part not in piece:
        return [piece]
    before, _, behind = piece.partition(part)
    return [kept for kept in (before, place, behind) if kept != b""]


def _fill(shape: Shape, parts: tuple[bytes, ...]) -> bytes:
    """Put a call's parts into a shape; empty when the call has fewer parts than the shape knows."""
    pieces = []
    for piece in shape:
        if isinstance(piece, bytes):
            pieces.append(piece)
        elif piece < len(parts):
            pieces.append(parts[piece])
        else:
            return b""
    return b"".join(pieces)
