"""Benchmarks run on chains of either suite."""

import pytest
from click.testing import CliRunner

from huitong.cli.bench import http, kernel
from huitong.cli.commands.bench import bench
from huitong.crypto import GUOMI, INTERNATIONAL
from huitong.types import Code, HuitongError


@pytest.mark.parametrize("suite", [INTERNATIONAL, GUOMI])
def test_blocks_of_transfers_run_on_either_suite(suite):
    report = kernel.run(accounts=60, blocks=3, per_block=40, suite=suite)
    assert (report.parameters["suite"], report.parameters["key"]) == (suite.name, suite.key_kind.name)
    assert report.figures[0].goal == kernel.GOALS[suite.id]
    assert report.figures[0].value > 0


def test_batches_over_http_run_on_guomi():
    report = http.run(batches=2, size=6, clients=2, suite=GUOMI)
    assert report.parameters["suite"] == "guomi"
    assert [figure.value > 0 for figure in report.figures if figure.name in {"native", "metering"}] == [True, True]


def test_a_bench_of_both_suites_takes_none():
    done = CliRunner().invoke(bench, ["hotpath", "--suite", "guomi"])
    assert isinstance(done.exception, HuitongError)
    assert done.exception.code == Code.USAGE
