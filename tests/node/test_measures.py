"""What a node counts, its page, its dashboard, and the live view."""

import json
import re
from pathlib import Path

import httpx
import pytest
from program import DevChain, run
from prometheus_client.parser import text_string_to_metric_families

from huitong.cli.commands.top import Row, Sample, quantile_ms, read_metrics, row_of

ROOT = Path(__file__).parents[2]
METERING = ROOT / "examples" / "metering" / "metering.py"


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    chain = DevChain(tmp_path_factory.mktemp("chain")).start()
    assert chain.huitong("contract", "deploy", str(METERING), "--name", "metering").status == 0
    assert chain.huitong("contract", "call", "metering", "register", "m").status == 0
    assert chain.huitong("contract", "call", "metering", "register", "m").status == 1
    yield chain
    chain.stop()


@pytest.fixture(scope="module")
def text(chain):
    return httpx.get(f"{chain.url}/metrics").text


def test_transactions_are_counted_by_their_answer(text):
    sample = read_metrics(text, 0.0)
    assert (sample.committed, sample.failed, sample.rejected, sample.halted) == (2, 1, 0, False)
    assert sample.height >= 3
    assert sample.memory > 2**20
    assert sample.buckets[-1] == (float("inf"), 3)


def test_the_page_names_every_metric_and_no_other(text):
    served = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(text)
        if not family.name.endswith("_created")
    }
    page = (ROOT / "docs" / "metrics.md").read_text()
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} == served


def test_the_dashboard_asks_for_metrics_that_are_there(text):
    names = {item.name for family in text_string_to_metric_families(text) for item in family.samples}
    board = json.loads((ROOT / "deploy" / "grafana.json").read_text())
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    used = {name for expression in asked for name in re.findall(r"\b(?:huitong|process)_[a-z_]+", expression)}
    assert used <= names
    assert len(used) >= 12


def test_top_shows_nodes_that_answer_and_names_those_that_do_not(chain):
    done = run(
        chain.folder, "top", "--node", chain.url, "--node", "http://127.0.0.1:1", "--seconds", "0.2", "--count", "1"
    )
    assert done.status == 0, done.err
    first, second = done.out.splitlines()[1:]
    assert first.split()[0] == chain.url
    assert "no answer: ConnectError" in second
    document = run(chain.folder, "top", "--seconds", "0.2", "--count", "1", "--json", node=chain.url).document
    assert (document[0]["url"], document[0]["state"]) == (chain.url, "")
    gone = run(chain.folder, "top", "--node", "http://127.0.0.1:1", "--count", "1")
    assert (gone.status, "HT8007" in gone.err) == (3, True)


def sample(at: float, committed: int, within: int) -> Sample:
    buckets = ((0.01, within), (0.1, committed), (float("inf"), committed))
    return Sample(at, 7, committed, 1, 2, 3, 2**20, at / 2, halted=False, buckets=buckets)


def test_rates_and_quantiles_are_of_the_time_between_two_looks():
    row = row_of("u", sample(10.0, 100, 90), sample(12.0, 300, 91))
    assert (row.committed_rate, row.failed_rate, row.cpu_percent) == (100.0, 0.0, 50.0)
    assert (row.p50_ms, row.p99_ms) == (100.0, 100.0)


def test_a_node_that_started_anew_has_no_rate():
    row = row_of("u", sample(10.0, 300, 90), sample(12.0, 5, 5))
    assert (row.committed_rate, row.p50_ms) == (0.0, 10.0)
    assert row_of("u", sample(1.0, 1, 1), "no answer: X") == Row("u", "no answer: X")
    assert quantile_ms(((0.1, 0),), 0.5) is None
    assert quantile_ms((), 0.5) is None


@pytest.mark.parametrize("text", ["", "x 1\n", "<html>", "huitong_chain_height{\n"])
def test_what_is_no_nodes_metrics_is_refused(text):
    with pytest.raises((KeyError, ValueError)):
        read_metrics(text, 0.0)
