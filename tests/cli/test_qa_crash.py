"""A short crash campaign: three deaths of a loaded node."""

import shutil

import pytest

from huitong.cli.qa import crash_points
from huitong.cli.qa.crash import Witness, make_home, run
from huitong.crypto import GUOMI, INTERNATIONAL
from huitong.store import open_store


@pytest.mark.parametrize("suite", [INTERNATIONAL, GUOMI])
def test_three_deaths_lose_nothing(tmp_path, suite):
    report = run(cycles=3, seed=4, folder=tmp_path / "home", suite=suite)
    assert report["suite"] == suite.name
    assert report["faults"] == []
    assert report["good"]
    assert report["cycles"] == 3
    assert report["acknowledged"] > 0
    assert report["blocks"] > 1


def test_the_witness_notices_a_lost_transaction(tmp_path):
    home = make_home(tmp_path / "home")
    witness = Witness(home)
    try:
        assert witness.compare() == []
        witness.tell(bytes(32), 5)
        assert witness.compare() == ["the store is gone"]
        open_store(home.store).close()
        assert witness.compare() == ["the chain is gone"]
    finally:
        witness.close()


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace: apt-get install strace")
@pytest.mark.parametrize("call", crash_points.CALLS)
def test_death_at_one_point_loses_nothing(call):
    report = crash_points.run(first=9, limit=9, calls=(call,))
    assert report["faults"] == []
    assert report["points"] == 1
    assert report["deaths"] >= 1
