"""What an application's demonstration gets from whoever runs it, and what it must offer.

A distribution announces its demonstrations in the entry point group `huitong.demos`; `huitong demo NAME` and the
first run load the object, make a `DemoSession` for a development chain that is running, and await `run`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

DEMO_GROUP: Final = "huitong.demos"
"""Entry point group in which applications announce `Demo` objects by name."""


class DemoMember(msgspec.Struct, frozen=True):
    """A development identity, known to everyone, with its secrets.

    name: as in the record on chain, without the organisation. address: 20 bytes. key_kind: `types.KeyKind`.
    secret: 32 bytes, signs transactions. encryption_secret: 32 bytes of the suite's kind, empty when the record has no
    key.
    """

    name: str
    organisation: str
    roles: tuple[str, ...]
    address: bytes
    key_kind: int
    secret: bytes
    encryption_secret: bytes


class DemoSession(msgspec.Struct, frozen=True):
    """A running development chain as a demonstration sees it.

    url: base of the node's REST interface, such as http://127.0.0.1:9640. members: by `name@organisation`.
    home: folder for what the demonstration leaves behind, inside the chain's own; it exists. say: prints one line.
    suite: name of the chain's suite.
    """

    url: str
    chain_id: str
    members: Mapping[str, DemoMember]
    home: Path
    say: Callable[[str], None]
    suite: str = "international"


class Demo(Protocol):
    """A demonstration: one story of one application, told by real transactions."""

    @property
    def name(self) -> str:
        """Name in `huitong demo NAME`."""
        ...

    @property
    def summary(self) -> str:
        """One line for the list of demonstrations."""
        ...

    async def run(self, session: DemoSession) -> None:
        """Tell the story, one printed line per fact. Raises HuitongError or AssertionError when a line is not true."""
        ...
