"""Gas by method: the report, and its comparison with a committed file."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec


class MethodGas(msgspec.Struct, frozen=True):
    """Gas of the calls of one method, as whole units."""

    calls: int
    min: int
    average: int
    median: int
    max: int


Report = Mapping[str, MethodGas]


def report_of(used: Mapping[str, Iterable[int]]) -> dict[str, MethodGas]:
    """Sum up gas by method, in the order of their names."""
    found = {}
    for name in sorted(used):
        figures = sorted(used[name])
        average = sum(figures) // len(figures)
        found[name] = MethodGas(len(figures), figures[0], average, _median(figures), figures[-1])
    return found


def _median(figures: list[int]) -> int:
    """Middle of ordered figures, rounded down between two."""
    half = len(figures) // 2
    return figures[half] if len(figures) % 2 else (figures[half - 1] + figures[half]) // 2


def table(report: Report) -> list[str]:
    """The report as lines."""
    width = max([len(name) for name in report] + [len("method")])
    lines = [f"{'method':<{width}}  {'min':>11}  {'average':>11}  {'median':>11}  {'max':>11}  {'calls':>6}"]
    for name, item in report.items():
        figures = "  ".join(f"{value:>11,}" for value in (item.min, item.average, item.median, item.max))
        lines.append(f"{name:<{width}}  {figures}  {item.calls:>6}")
    return lines


def write(path: Path, report: Report) -> None:
    """Keep a report as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")


def differences(path: Path, report: Report) -> list[str]:
    """What is not as in the file, a line each. A missing or damaged file is a difference too."""
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, MethodGas])
    except FileNotFoundError:
        return [f"there is no file {path}: write it with --write-gas {path}"]
    except (OSError, msgspec.DecodeError) as error:
        return [f"{path} is no gas report: {error}"]
    lines = []
    for name in sorted(kept.keys() | report.keys()):
        old, new = kept.get(name), report.get(name)
        if old is None or new is None:
            lines.append(f"{name}: {'not in the file' if old is None else 'was not called'}")
        elif old != new:
            changed = [
                f"{field} {getattr(old, field):,} -> {getattr(new, field):,}"
                for field in MethodGas.__struct_fields__
                if getattr(old, field) != getattr(new, field)
            ]
            lines.append(f"{name}: {', '.join(changed)}")
    return lines
