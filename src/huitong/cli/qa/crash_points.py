"""`qa crash-points`: death at the Nth call of fdatasync, fsync or rename of a thread, every N, by strace.

Each point is tried twice on a folder of its own: on a chain that is being made, and on the one that the first death
left. What must hold afterwards is what `crash` asks for.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from huitong.crypto import INTERNATIONAL, Suite
from huitong.types import Code, HuitongError

from .crash import Victim, Witness, make_home

CALLS: Final = ("fdatasync", "fsync", "rename")
LIFE_S: Final = 20.0
"""Longest life of a node that does not reach its point."""


def _prefix(call: str, number: int) -> list[str]:
    program = shutil.which("strace")
    if program is None:
        raise HuitongError(Code.PROGRAM_MISSING, name="strace")
    when = f"inject={call}:signal=SIGKILL:when={number}"
    return [program, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", when]


def _point(folder: Path, call: str, number: int, suite: Suite) -> tuple[int, int, list[str]]:
    """Return how often the point was reached, acknowledged transactions, and faults."""
    home = make_home(folder, suite)
    witness = Witness(home)
    reached = 0
    faults: list[str] = []
    try:
        for _ in range(2):
            victim = Victim(home, _prefix(call, number))
            reached += not victim.live(LIFE_S)
            victim.end()
            witness.hear(victim.lines)
            faults += [f"{call} {number}: {fault}" for fault in witness.compare()]
            faults += [f"{call} {number}: {' '.join(line)}" for line in victim.lines if line[0] == "refused"]
    finally:
        witness.close()
    return reached, witness.acknowledged, faults


def run(
    *, limit: int = 12, calls: tuple[str, ...] = CALLS, first: int = 1, suite: Suite = INTERNATIONAL
) -> dict[str, Any]:
    """Try every point from `first` to `limit` of each call; stops at the first fault and keeps the folder then.

    Raises HT9003 when strace is missing.
    """
    begun = time.monotonic()
    path = Path(tempfile.mkdtemp(prefix="huitong-points-"))
    points = deaths = acknowledged = 0
    faults: list[str] = []
    for call in calls:
        for number in range(first, limit + 1):
            if faults:
                break
            folder = path / f"{call}-{number}"
            reached, told, faults = _point(folder, call, number, suite)
            points += 1
            deaths += reached
            acknowledged += told
            if not faults:
                shutil.rmtree(folder)
    if not faults:
        shutil.rmtree(path)
    return {
        "qa": "crash-points",
        "good": not faults,
        "suite": suite.name,
        "points": points,
        "deaths": deaths,
        "acknowledged": acknowledged,
        "faults": faults,
        "kept": str(path) if faults else "",
        "seconds": round(time.monotonic() - begun, 1),
    }
