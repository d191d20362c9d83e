"""A short crash campaign: three deaths of a loaded node."""

from huitong.cli.qa.crash import Witness, make_home, run
from huitong.store import open_store


def test_three_deaths_lose_nothing(tmp_path):
    report = run(cycles=3, seed=4, folder=tmp_path / "home")
    assert report["faults"] == []
    assert report["passed"]
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
