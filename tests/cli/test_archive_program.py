"""`huitong archive`: export from a stopped node, offline verification, a look inside."""

from pathlib import Path

from program import DevChain, run

METERING = str(Path(__file__).parents[2] / "examples" / "metering" / "metering.py")


def test_blocks_of_a_stopped_node_are_exported_and_verified(tmp_path):
    chain = DevChain(tmp_path).start()
    try:
        assert chain.huitong("contract", "deploy", METERING, "--name", "metering").status == 0
        called = chain.huitong("contract", "call", "metering", "register", "m-1", "--json").document
        assert run(tmp_path, "trust", "--out", "trust.json", node=chain.url).status == 0
        running = run(tmp_path, "archive", "export", "--out", "copy")
        assert (running.status != 0, "HT6003" in running.err) == (True, True)
    finally:
        chain.stop()
    made = run(tmp_path, "archive", "export", "--out", "copy", "--json")
    assert made.status == 0, made.err
    assert made.document["first"] == 1
    assert made.document["last"] >= called["height"]
    held = run(tmp_path, "archive", "verify", "copy", "--trust", "trust.json", "--json")
    assert (held.status, held.document["holds"], held.document["transactions"]) == (0, True, 2), held.err
    shown = run(tmp_path, "archive", "show", "copy", "--height", str(called["height"]), "--json").document
    assert [one["tx_id"] for one in shown["blocks"][0]["receipts"]] == [called["tx_id"]]
    assert called["tx_id"] in run(tmp_path, "archive", "show", "copy", "--height", str(called["height"])).out
    assert len(run(tmp_path, "archive", "show", "copy", "--json").document["blocks"]) == 2
    file = next((tmp_path / "copy").glob("*.harc"))
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    spoiled = run(tmp_path, "archive", "verify", "copy", "--trust", "trust.json")
    assert (spoiled.status, "HT7050" in spoiled.err) == (4, True)
