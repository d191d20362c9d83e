"""A contract upgraded, frozen, verified and retired by the program's commands."""

from pathlib import Path

import pytest
from program import DevChain

METERING = Path(__file__).parents[2] / "examples" / "metering" / "metering.py"


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    started = DevChain(tmp_path_factory.mktemp("life")).start()
    yield started
    started.stop()


def test_the_life_of_a_contract(chain, tmp_path):
    command = lambda *words: chain.huitong("contract", *words)  # noqa: E731 - one line, used below
    assert command("deploy", str(METERING), "--name", "metering").status == 0
    assert command("call", "metering", "register", "m-1").status == 0
    assert command("verify", "metering", str(METERING)).status == 0
    newer = tmp_path / "newer.py"
    text = METERING.read_text()
    newer.write_text(text.replace("    kwh: int = 0\n", '    kwh: int = 0\n    place: str = ""\n', 1))
    other = command("verify", "metering", str(newer), "--json")
    assert (other.status, other.document["same_code"]) == (4, False)

    wrong = tmp_path / "wrong.py"
    wrong.write_text(text.replace("    kwh: int = 0\n", '    kwh: str = ""\n', 1))
    refused = command("upgrade", "metering", str(newer.parent / "wrong.py"))
    assert refused.status == 1
    assert "HT30" in refused.err

    assert command("upgrade", "metering", str(newer)).status == 0
    assert command("verify", "metering", str(newer)).status == 0
    former = command("verify", "metering", str(METERING), "--json")
    assert former.document["former_revision"] is True
    assert command("view", "metering", "total", "m-1", "--json").document["value"] == "0"

    assert command("freeze", "metering").status == 0
    frozen = command("call", "metering", "read", "m-1", "1")
    assert (frozen.status, "HT4016" in frozen.err) == (1, True)
    assert command("view", "metering", "total", "m-1").status == 0
    assert command("unfreeze", "metering").status == 0
    assert command("call", "metering", "read", "m-1", "1").status == 0

    assert command("rename", "metering", "meters").status == 0
    rows = command("list", "--json").document["contracts"]
    assert [(row["name"], row["state"], row["revision"]) for row in rows] == [("meters", "active", 2)]
    assert command("retire", "meters", "--yes").status == 0
    assert command("call", rows[0]["address"], "read", "m-1", "1").status == 1
    assert command("list", "--json").document["contracts"][0]["state"] == "retired"


def test_a_failed_transaction_shows_where_the_contract_stopped(chain, tmp_path):
    file = tmp_path / "picky.py"
    file.write_text(PICKY)
    assert chain.huitong("contract", "deploy", str(file), "--name", "picky").status == 0
    done = chain.huitong("contract", "call", "picky", "take", "0")
    assert done.status == 1
    wanted = "Traceback of the contracts (innermost last):\n  contract picky, line 6\n    return 100 // amount\n"
    outer = "  contract picky, line 12\n    return share(amount)\n"
    assert wanted.replace("last):\n", "last):\n" + outer) in done.err
    answer = chain.huitong("contract", "call", "picky", "take", "0", "--json").document["error"]["transaction"]
    shown = chain.huitong("tx", "show", answer["tx_id"])
    assert "line 6\n    return 100 // amount" in shown.out


PICKY = """from huitong.contract import Contract, call


def share(amount: int) -> int:
    # a comment, so that lines and nodes differ
    return 100 // amount


class Picky(Contract):
    @call
    def take(self, amount: int) -> int:
        return share(amount)
"""
