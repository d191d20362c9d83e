"""Campaigns end with exit code 0 when they found nothing, and 1 when they found something, whatever they call it."""

import json

import pytest
from program import run

from huitong.cli.commands.qa import FAULTS, report
from huitong.cli.output import Exit


@pytest.mark.parametrize("campaign", ["fuzz-bytes", "fuzz-contracts"])
def test_a_campaign_that_finds_nothing_is_done(tmp_path, campaign):
    done = run(tmp_path, "qa", campaign, "--seconds", "1", "--seed", "7", "--json")
    assert (done.status, done.document["good"]) == (0, True), done.err


@pytest.mark.parametrize("name", FAULTS)
def test_a_campaign_that_finds_something_is_refused(capsys, name):
    with pytest.raises(SystemExit) as left:
        report({"seed": 1, name: ["something"]}, as_json=True)
    assert left.value.code == Exit.REFUSED
    assert json.loads(capsys.readouterr().out)["good"] is False
