"""`bench hotpath` names every stage, with the native crate and without, and says which peer is absent."""

import pytest

from huitong.cli.bench import hotpath, hotpath_peers, tree
from huitong.types import native as door


def figures(monkeypatch, **options):
    monkeypatch.setattr(hotpath, "SIGNATURES", 20)
    monkeypatch.setattr(hotpath, "SIGNERS", 4)
    monkeypatch.setattr(hotpath, "UPDATES", 50)
    report = hotpath.run(keys=500, small=200, **options)
    return {figure.name: figure for figure in report.figures}


def test_without_the_crate_pure_figures_stand_alone(monkeypatch):
    monkeypatch.setattr(door, "_module", None)
    found = figures(monkeypatch, programs=0)
    assert {"open_guomi", "sm2_verify_pure", "ed25519_verify_pure", "tree_sm3_pure"} <= set(found)
    assert not [name for name in found if name.endswith(("_native", "_ratio"))]
    assert all(figure.value > 0 for figure in found.values())


@pytest.mark.skipif(door.native() is None, reason="huitong-native is not installed (tools/native.sh says why)")
def test_with_the_crate_every_pair_has_its_ratio(monkeypatch):
    found = figures(monkeypatch, programs=0)
    pairs = [name.removesuffix("_native") for name in found if name.endswith("_native")]
    assert len(pairs) == 7
    for name in pairs:
        ratio = found[f"{name}_pure"].value / found[f"{name}_native"].value
        assert found[f"{name}_ratio"].value == pytest.approx(ratio, rel=0.2, abs=0.1)
    assert found["tree_store_sha256"].goal == hotpath.GOAL_UPDATES


def test_absent_programs_are_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    names = [figure.name for figure in hotpath_peers.peers(with_programs=True)]
    assert names == ["cryptography_ed25519", "openssl_absent", "c_spike_absent", "go_absent"]


@pytest.mark.parametrize("with_crate", [True, False])
def test_the_bench_of_a_large_tree_names_cost_ratio_and_memory(monkeypatch, with_crate):
    if with_crate and door.native() is None:
        pytest.skip("huitong-native is not installed (tools/native.sh says why)")
    if not with_crate:
        monkeypatch.setattr(door, "_module", None)
    found = {figure.name: figure for figure in tree.run(keys=3_000, small=500, updates=100).figures}
    for suite in ("international", "guomi"):
        assert found[f"{suite}_uniform"].goal == tree.GOAL_UPDATES
        assert found[f"{suite}_uniform_ratio"].goal == tree.GOAL_RATIO
        # 1,024 buckets, two nodes each
        size = 2 * 1024 * (33 if with_crate else 90) / 2**20
        assert found[f"{suite}_upper_levels"].value == pytest.approx(size, abs=0.06)
        assert found[f"{suite}_zipf"].value > 0
        assert found[f"{suite}_rss"].value > 20
