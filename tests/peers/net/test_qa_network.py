"""The short form of `huitong qa network`: some of its scenarios on real networks."""

import cometbft_node
import pytest
from program import run

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("networks")]

SHORT = ("everything-dies", "halves", "signs-twice", "gateway-censors")


@pytest.mark.parametrize("scenario", SHORT)
def test_a_network_holds(tmp_path, scenario):
    cometbft_node.binary()
    done = run(tmp_path, "qa", "network", "--only", scenario, "--port", "24000", "--json")
    assert done.status == 0, (done.out, done.err)
    report = done.document
    assert (report["held"], report["skipped"], report["faults"]) == (1, {}, [])
    (result,) = report["scenarios"]
    assert result["acknowledged"] >= 60
    assert result["acknowledged"] <= result["executed"] <= result["acknowledged"] + result["in_doubt"]
    assert result["refused_envelopes"] == 0
    assert result["blocks"] > 3


def test_a_scenario_that_is_none_is_named(tmp_path):
    done = run(tmp_path, "qa", "network", "--only", "sunshine", "--json")
    assert done.status != 0
    assert "sunshine" in done.out + done.err
