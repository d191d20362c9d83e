"""What a benchmark prints: one object with everything that is needed to run it again and to compare."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from huitong import __version__
from huitong.types.native import native


class Figure(msgspec.Struct, frozen=True):
    """One number. goal: None when there is none; met: whether the goal was reached (None without one)."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    met: bool | None = None


def at_least(name: str, value: float, unit: str, goal: float) -> Figure:
    """A figure that should be high."""
    return Figure(name, round(value, 1), unit, goal, value >= goal)


def at_most(name: str, value: float, unit: str, goal: float) -> Figure:
    """A figure that should be low."""
    return Figure(name, round(value, 3), unit, goal, value <= goal)


def percentiles(name: str, values_ms: Sequence[float], goal_p50_ms: float | None = None) -> list[Figure]:
    """p50, p95, p99 and maximum of latencies in milliseconds."""
    ordered = sorted(values_ms)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    median = at(0.5)
    first = Figure(f"{name}_p50", round(median, 3), "ms")
    if goal_p50_ms is not None:
        first = at_most(f"{name}_p50", median, "ms", goal_p50_ms)
    rest = [Figure(f"{name}_{label}", round(value, 3), "ms") for label, value in (
        ("p95", at(0.95)), ("p99", at(0.99)), ("max", ordered[-1]),
    )]  # fmt: skip
    return [first, *rest]


class Report(msgspec.Struct, frozen=True):
    """bench, commit, hardware, parameters, figures. profile: where the time went, for whoever asks why."""

    bench: str
    commit: str
    hardware: Mapping[str, Any]
    parameters: Mapping[str, Any]
    figures: tuple[Figure, ...]
    profile: tuple[str, ...] = ()


def report(bench: str, parameters: Mapping[str, Any], figures: Sequence[Figure], profile: Sequence[str] = ()) -> Report:
    """Make the report of one run."""
    return Report(bench, commit(), hardware(), dict(parameters), tuple(figures), tuple(profile))


def back_end() -> str:
    """What computes signatures and the state tree here: the native crate, or Python and the libraries of its twins."""
    return "native" if native() is not None else "pure"


def commit() -> str:
    """Commit of this checkout with "+changes" when it has any; else the version of the package."""
    here = Path(__file__).parent
    try:
        head = _git(here, "rev-parse", "--short=12", "HEAD")
        dirty = _git(here, "status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.CalledProcessError):
        return f"version {__version__}"
    return head + ("+changes" if dirty else "")


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603 - fixed program and arguments
        ["git", *arguments],  # noqa: S607 - the git of whoever measures
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def hardware() -> dict[str, Any]:
    """The machine, as far as it says so itself."""
    model = platform.processor() or platform.machine()
    memory = 0
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        pass
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": sys.version.split()[0],
    }
