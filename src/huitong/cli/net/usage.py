"""CPU time of the processes of a node, as the system counts it."""

import os
from pathlib import Path
from typing import Final

import msgspec

from huitong.node import Home

from .processes import running

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class Usage(msgspec.Struct, frozen=True):
    """Seconds of CPU since each process started."""

    node: float
    cometbft: float
    contracts: float

    @property
    def total(self) -> float:
        """Of all processes of the node."""
        return self.node + self.cometbft + self.contracts

    def since(self, before: "Usage") -> "Usage":
        """What was used since an earlier look."""
        return Usage(self.node - before.node, self.cometbft - before.cometbft, self.contracts - before.contracts)


def seconds_of(pid: int) -> float:
    """CPU time of one process, 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def children(pid: int) -> list[int]:
    """Processes that a process started, from all of its threads."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in path.read_text(encoding="ascii").split()]
        except OSError:
            continue
    return found


def comet_of(pid: int) -> int:
    """The CometBFT of a node, 0 when there is none now."""
    for child in children(pid):
        try:
            if b"--proxy_app" in Path(f"/proc/{child}/cmdline").read_bytes():
                return child
        except OSError:
            continue
    return 0


def usage(home: Home) -> Usage:
    """Look at the node of a home."""
    pid = running(home)
    comet = comet_of(pid)
    others = sum(seconds_of(child) for child in children(pid) if child != comet)
    return Usage(seconds_of(pid), seconds_of(comet), others)
