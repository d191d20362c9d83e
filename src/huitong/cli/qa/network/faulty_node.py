"""A node that does one thing wrong: `python -m huitong.cli.qa.network.faulty_node FAULT --state HOME`.

Its CometBFT is unmodified; what is wrong is our side of ABCI. Each false proposal is noted in `lies.txt` of its home.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from unittest import mock

import click

from huitong.cli.output import Printer
from huitong.cli.serving import serve
from huitong.engine.cometbft import engine as comet
from huitong.engine.cometbft.gateway import EnvelopeGateway, Outstanding
from huitong.engine.cometbft.machine import BlockMachine, Proposed
from huitong.node import Home, wiring
from huitong.types import encode

from .clock_program import VARIABLE

LIES_FILE: Final = "lies.txt"
_GARBAGE: Final = bytes(range(256))


class Liar(BlockMachine):
    """Proposes what no honest node would, another thing each time, and votes for it."""

    folder = Path()

    def _lies(self, good: tuple[bytes, ...], max_bytes: int) -> dict[str, tuple[bytes, ...]]:
        first = good[0]
        middle = len(first) // 2
        return {
            "garbage": (_GARBAGE,),
            "empty": (b"",),
            "another structure": (encode([1, "chain", [b"", 2]]),),
            "twice": (first, first),
            "signature spoilt": (first[:-1] + bytes([first[-1] ^ 1]),),
            "transaction spoilt": (first[:middle] + bytes([first[middle] ^ 1]) + first[middle + 1 :],),
            "cut short": (first[:-20],),
            "longer": (first + b"\0",),
            "once more": tuple(self._told[-1:]) or (_GARBAGE,),
            "many": tuple(b"%d" % number for number in range(5_000)),
            "oversized": (*good, bytes(max_bytes)),  # its own CometBFT gives up over it, hence the last
        }

    _told: tuple[bytes, ...] = ()
    _turn = 0
    _lie: tuple[bytes, ...] = ()

    def prepare(self, proposed: Proposed, max_bytes: int) -> tuple[bytes, ...]:
        """Return the next lie in place of a good proposal."""
        good = super().prepare(proposed, max_bytes)
        if not good:
            return good
        lies = list(self._lies(good, max_bytes).items())
        name, self._lie = lies[self._turn % len(lies)]
        self._turn += 1
        with (self.folder / LIES_FILE).open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
        return self._lie

    def ahead(self, proposed: Proposed) -> None:
        """Execute nothing: it would not be admitted."""

    def process(self, proposed: Proposed) -> bool:
        """Accept its own lies, and remember what others proposed."""
        if proposed.envelopes and proposed.envelopes == self._lie:
            return True
        good = super().process(proposed)
        if good and proposed.envelopes:
            self._told = proposed.envelopes
        return good


class WrongClock(wiring.SystemClock):
    """Off by what the environment says."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970, and the offset."""
        return time.time_ns() + int(os.environ[VARIABLE]) * 10**9


def _keeps(gateway: EnvelopeGateway, item: Outstanding) -> None:
    """Hand no envelope over: clients hear "accepted", and nothing comes after."""


def _clock() -> None:
    mock.patch.object(wiring, "SystemClock", WrongClock).start()


def _proposals() -> None:
    mock.patch.object(comet, "BlockMachine", Liar).start()


def _censor() -> None:
    mock.patch.object(EnvelopeGateway, "_send", _keeps).start()


FAULTS: Final[dict[str, Callable[[], None]]] = {"clock": _clock, "proposals": _proposals, "censor": _censor}


@click.command()
@click.argument("fault", type=click.Choice(sorted(FAULTS)))
@click.option("--state", type=click.Path(path_type=Path, exists=True), required=True)
def faulty_node(fault: str, state: Path) -> None:
    """Run the node of a home with a fault."""
    Liar.folder = state
    FAULTS[fault]()
    serve(Home(state), Printer(as_json=False))


if __name__ == "__main__":
    faulty_node()
