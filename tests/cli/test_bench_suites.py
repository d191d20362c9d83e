"""Benchmarks run on chains of either suite."""

import pytest
from click.testing import CliRunner

from huitong.cli.bench import contract, http, kernel
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


def test_calls_deploys_and_loops_of_contracts_are_measured_beside_their_goals():
    report = contract.run(meters=20, blocks=2, per_block=30, deploys=1, tries=1)
    found = {figure.name: figure for figure in report.figures}
    assert {name: figure.goal for name, figure in found.items() if figure.goal} == {
        "calls": contract.GOAL,
        "call_in_jail_batched": 12.0,
        "call_without_signature": contract.GOAL_CALL_US[report.parameters["tree"]],
        "deploy_500_lines": 50.0,
        **{f"loop_{name}_over_settrace": 2.0 for name in ("integers", "lists", "dicts", "texts", "sorting")},
    }
    assert all(figure.value > 0 for figure in report.figures)
    assert (
        found["loop_integers_opcodes"].value > found["loop_integers_lines"].value > found["loop_integers_plain"].value
    )


def test_a_bench_of_both_suites_takes_none():
    done = CliRunner().invoke(bench, ["hotpath", "--suite", "guomi"])
    assert isinstance(done.exception, HuitongError)
    assert done.exception.code == Code.USAGE
