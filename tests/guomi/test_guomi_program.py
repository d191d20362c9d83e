"""`huitong dev --suite guomi`: the demonstration, a second start, proofs checked offline."""

import json

import pytest
from program import DevChain, run

from huitong.crypto import GUOMI
from huitong.node import identities


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A folder in which a guomi chain told the medical story; status and a member while it ran."""
    chain = DevChain(tmp_path_factory.mktemp("guomi"), ("--suite", "guomi")).start()
    try:
        story = chain.huitong("demo", "medical")
        status = chain.huitong("status", "--json")
        shown = chain.huitong("member", "show", "alice@hospital-a", "--json")
    finally:
        chain.stop()
    return chain, story, status, shown


def test_the_story_is_told_with_keys_by_sm2(played):
    _, story, status, _ = played
    assert story.status == 0, story
    assert "commitments match, keys by SM2" in story.out
    assert "one byte of the proof changed → refused" in story.out
    assert status.document["suite"] == "guomi"


def test_development_identities_have_sm2_keys(played):
    shown = played[3].document
    assert (shown["key_kind"], shown["encryption_kind"]) == ("sm2", "sm2")
    assert shown["address"] == "0x" + identities(GUOMI)[0].address(GUOMI).hex()


@pytest.mark.parametrize("name", ["registration.proof.json", "absence.proof.json"])
def test_proofs_hold_offline_and_not_when_changed(played, name):
    folder = played[0].folder
    proof, trust = f".huitong/demo/{name}", ".huitong/demo/chain.trust.json"
    assert run(folder, "verify", proof, "--trust", trust).status == 0
    document = json.loads((folder / trust).read_text())
    assert document["suite"] == "guomi"
    (folder / "other.json").write_text(json.dumps(document | {"suite": "international"}))
    done = run(folder, "verify", proof, "--trust", "other.json")
    assert (done.status, "HT7004" in done.err) == (4, True)


def test_the_chain_keeps_its_suite(played):
    folder = played[0].folder
    refused = run(folder, "dev", "--suite", "international", "--port", "0", "--no-wait")
    assert (refused.status != 0, "HT6001" in refused.err, "guomi" in refused.err) == (True, True, True)
    again = run(folder, "dev", "--port", "0", "--no-wait", "--json")
    assert (again.status, again.document["suite"]) == (0, "guomi")
