"""`huitong bench net` on the smallest network: what it prints is complete and adds up."""

import cometbft_node
import pytest
from program import run

pytestmark = [pytest.mark.peers, pytest.mark.xdist_group("networks")]

SHORT = ("nodes=1", "seconds=2", "batch=20", "window=2", "lonely=3", "idle=1")


def test_figures_of_one_organisation(tmp_path):
    cometbft_node.binary()
    done = run(tmp_path, "bench", "net", *(word for one in SHORT for word in ("--set", one)), "--json")
    assert done.status == 0, done.err
    report = done.document
    figures = {figure["name"]: figure for figure in report["figures"]}
    assert figures["failed"]["value"] == 0
    assert figures["saturation"]["value"] > 0
    assert figures["committed"]["value"] <= figures["offered"]["value"] * 1.1
    assert figures["of_kvstore"]["value"] == round(figures["saturation"]["value"] / figures["kvstore"]["value"], 3)
    assert {figures[name]["goal"] for name in ("lonely_p50", "lonely_after_idling_p50")} == {250.0, 500.0}
    assert report["parameters"]["nodes"] == 1
    assert [line.partition(":")[0] for line in report["profile"]][1:] == ["nodes", "CometBFT", "contract workers"]
