"""`huitong backup` on a node that runs and on one that does not."""

from program import DevChain, run


def test_backups_with_and_without_a_running_node(tmp_path):
    chain = DevChain(tmp_path).start()
    try:
        made = run(tmp_path, "backup", "create", "first", "--json")
        assert made.status == 0, made.err
        assert (made.document["chain_id"], made.document["height"]) == ("huitong-dev-1", int(chain.ready["height"]))
    finally:
        chain.stop()
    again = run(tmp_path, "backup", "create", "second")
    assert again.out.startswith("made: second, huitong-dev-1 at height"), again.err
    assert run(tmp_path, "backup", "check", "second").out.startswith("good: ")
    taken = run(tmp_path, "backup", "create", "second")
    assert (taken.status, "HT9002" in taken.err) == (2, True)
    assert run(tmp_path, "backup", "restore", "first", "--state", "new").status == 0
    refused = run(tmp_path, "backup", "restore", "first", "--state", "new")
    assert (refused.status, "HT6001" in refused.err) == (2, True)
    nothing = run(tmp_path, "backup", "create", "third", "--state", "nowhere")
    assert (nothing.status, "genesis.json is missing" in nothing.err) == (2, True)
    assert not (tmp_path / "nowhere").exists()
