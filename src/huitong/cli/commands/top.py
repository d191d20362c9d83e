"""`huitong top`: a live view of nodes, from their metrics."""

import time
from functools import partial
from typing import Any, Final

import click
import httpx
import msgspec
from prometheus_client.parser import text_string_to_metric_families

from huitong.api.client.tls import client_context
from huitong.cli.options import json_option, node_urls, tls_folder
from huitong.cli.output import Printer
from huitong.types import Code, HuitongError

SUBMIT: Final = "/api/v1/transactions"
TIMEOUT_S: Final = 2.0
CLEAR: Final = "\x1b[H\x1b[2J"
MIB: Final = 2**20


class Sample(msgspec.Struct, frozen=True):
    """One node at one moment; counts since its start. buckets: (seconds, submissions answered within them)."""

    at: float
    height: int
    committed: int
    failed: int
    rejected: int
    waiting: int
    memory: int
    cpu: float
    halted: bool
    buckets: tuple[tuple[float, int], ...]


class Row(msgspec.Struct, frozen=True):
    """A node between two samples. Rates per second; None where there is nothing to tell. state: "" when it works."""

    url: str
    state: str
    height: int = 0
    committed_rate: float = 0
    failed_rate: float = 0
    rejected_rate: float = 0
    p50_ms: float | None = None
    p99_ms: float | None = None
    waiting: int = 0
    memory_mib: float = 0
    cpu_percent: float = 0


@click.command()
@click.option(
    "--node",
    "nodes",
    multiple=True,
    envvar="HUITONG_NODE",
    metavar="URL",
    help="Node; may be repeated, or written with commas between.",
)
@click.option("--seconds", type=click.FloatRange(0.2, 60), default=1.0, show_default=True, help="Pause between looks.")
@click.option("--count", type=click.IntRange(1), help="Looks before the end. Default: until Ctrl-C.")
@json_option()
def top(nodes: tuple[str, ...], seconds: float, count: int | None, *, as_json: bool) -> None:
    """Watch nodes: height, transactions per second, latency of submissions, pool, memory, processor."""
    urls = node_urls(",".join(nodes))
    printer = Printer(as_json=as_json)
    folder = tls_folder()
    with httpx.Client(timeout=TIMEOUT_S, verify=True if folder is None else client_context(folder)) as client:
        before = {url: _sample(client, url) for url in urls}
        if count is not None and not any(isinstance(item, Sample) for item in before.values()):
            raise HuitongError(Code.NODE_UNREACHABLE, url=urls[0], reason=str(before[urls[0]]))
        shown = 0
        while count is None or shown < count:
            time.sleep(seconds)
            now = {url: _sample(client, url) for url in urls}
            rows = [row_of(url, before[url], now[url]) for url in urls]
            printer.result(msgspec.to_builtins(rows), partial(_draw, rows, live=count is None))
            before, shown = now, shown + 1


def row_of(url: str, before: Sample | str, now: Sample | str) -> Row:
    """What happened between two looks. A text in place of a sample says why there is none."""
    if isinstance(now, str):
        return Row(url, now)
    former = before if isinstance(before, Sample) and before.committed <= now.committed else now
    span = max(now.at - former.at, 1e-9)
    known = dict(former.buckets) if former is not now else {}
    answered = tuple((edge, number - known.get(edge, 0)) for edge, number in now.buckets)
    return Row(
        url,
        "halted" if now.halted else "",
        height=now.height,
        committed_rate=(now.committed - former.committed) / span,
        failed_rate=(now.failed - former.failed) / span,
        rejected_rate=(now.rejected - former.rejected) / span,
        p50_ms=quantile_ms(answered, 0.5),
        p99_ms=quantile_ms(answered, 0.99),
        waiting=now.waiting,
        memory_mib=now.memory / MIB,
        cpu_percent=100 * (now.cpu - former.cpu) / span,
    )


def quantile_ms(buckets: tuple[tuple[float, int], ...], share: float) -> float | None:
    """Upper edge, in ms, of the bucket in which a share of the answers lies; None without answers."""
    total = buckets[-1][1] if buckets else 0
    return next((edge * 1000 for edge, number in buckets if number >= share * total), None) if total else None


def _sample(client: httpx.Client, url: str) -> Sample | str:
    try:
        answer = client.get(f"{url}/metrics")
        answer.raise_for_status()
        return read_metrics(answer.text, time.monotonic())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"no answer: {type(error).__name__}"
    except (ValueError, KeyError) as error:
        return f"no metrics of a node there: {error}"[:80]


def read_metrics(text: str, at: float) -> Sample:
    """Read what a node serves at /metrics. Raises KeyError, ValueError for what is no such text."""
    values: dict[tuple[Any, ...], float] = {}
    buckets: dict[float, int] = {}
    for family in text_string_to_metric_families(text):
        for item in family.samples:
            if item.name == "huitong_http_seconds_bucket":
                if item.labels["route"].startswith(SUBMIT):
                    edge = float(item.labels["le"])
                    buckets[edge] = buckets.get(edge, 0) + int(item.value)
            else:
                values[(item.name, item.labels.get("answer", ""))] = item.value
    return Sample(
        at=at,
        height=int(values["huitong_chain_height", ""]),
        committed=int(values["huitong_transactions_total", "committed"]),
        failed=int(values["huitong_transactions_total", "failed"]),
        rejected=int(values["huitong_transactions_total", "rejected"]),
        waiting=int(values["huitong_pool_transactions", ""]),
        memory=int(values.get(("process_resident_memory_bytes", ""), 0)),
        cpu=values.get(("process_cpu_seconds_total", ""), 0.0),
        halted=bool(values["huitong_engine_halted", ""]),
        buckets=tuple(sorted(buckets.items())),
    )


def _draw(rows: list[Row], *, live: bool) -> None:
    head = f"{'node':32} {'height':>9} {'tx/s':>8} {'failed':>7} {'reject':>7} {'p50 ms':>7} {'p99 ms':>7} "
    head += f"{'pool':>6} {'MiB':>6} {'cpu %':>6}"
    lines = [head]
    for row in rows:
        middle = "".join(f"{'-' if value is None else format(value, '.0f'):>8}" for value in (row.p50_ms, row.p99_ms))
        rates = f"{row.committed_rate:8.0f} {row.failed_rate:7.0f} {row.rejected_rate:7.0f}{middle}"
        rest = f"{row.waiting:6} {row.memory_mib:6.0f} {row.cpu_percent:6.0f}"
        lines.append(f"{row.url:32} {row.state or f'{row.height:>9} {rates} {rest}'}")
    click.echo((CLEAR if live else "") + "\n".join(lines))
