"""What rules read: a view of one store at one height."""

from collections.abc import Iterator, Mapping
from typing import Protocol


class StateView(Protocol):
    """Read access to the `main` store (or another) as it stands after some block. Keys and values are never empty."""

    def get(self, key: bytes) -> bytes | None:
        """Return the value under a key, None when it is absent."""
        ...

    def scan(self, start: bytes, end: bytes, *, reverse: bool = False) -> Iterator[tuple[bytes, bytes]]:
        """Yield (key, value) with start <= key < end in the order of the key bytes."""
        ...


WriteSet = Mapping[bytes, bytes | None]
"""New values of one store by key, None for deletion; iterated in sorted order wherever order matters."""
