"""The fuzzer finds nothing in its bounded run; and its oracles can find."""

from random import Random

from huitong.vm.python import fuzz
from huitong.vm.python.fuzz import Case, one_contract
from huitong.vm.python.grammar_calm import CalmGrammar
from huitong.vm.python.local import LocalContract

CONTRACTS = 300
CAREFUL = fuzz.SLOWEST_GAS_PER_SECOND // 4
"""Floor of this test: the machine that runs it may be busy. `huitong qa fuzz-contracts` looks closer."""


def test_random_contracts_pay_for_what_they_do():
    random = Random(300)
    outcomes = set()
    for _ in range(CONTRACTS):
        state = random.getrandbits(64)
        case = one_contract(Random(state), gas_limit=1_000_000)
        outcomes.add(case.outcome)
        assert case.outcome != "two runs differ", state
        assert case.rate > CAREFUL, (state, case.rate, case.source)
    assert "code 4001" in outcomes
    assert not {outcome for outcome in outcomes if outcome.startswith("code 9")}


def test_calm_contracts_do_as_plain_python_does():
    random = Random(20261125)
    sources = [CalmGrammar(Random(random.getrandbits(64))).contract() for _ in range(250)]
    assert [difference for difference in map(fuzz.plain_difference, sources) if difference] == []
    assert sum(LocalContract(source).call("main").code == 0 for source in sources[:60]) > 10


def test_a_difference_is_seen():
    source = CalmGrammar(Random(1)).contract()
    body = source.index("    @call")
    assert "plain returns" in fuzz.plain_difference(
        source[:body] + "    @call\n    def main(self) -> list[str]:\n        return [str([1])]\n"
    )
    assert "compiled" in fuzz.plain_difference(
        source[:body] + "    @call\n    def main(self) -> list[str]:\n        return ['É'.lower()]\n"
    )


def test_a_run_reports_counts_and_its_slowest():
    report = fuzz.run(1.0, 5)
    assert report["seed"] == 5
    assert report["contracts"] > 3
    assert sum(report["outcomes"].values()) + len(report["findings"]) >= report["contracts"]


def test_slow_contracts_and_faults_are_findings(monkeypatch):
    slow = Case("source", "code 4001", 1_000_000, 10.0)
    monkeypatch.setattr(fuzz, "one_contract", lambda random: slow)
    monkeypatch.setattr(fuzz, "compile_source", lambda source: b"")
    monkeypatch.setattr(fuzz, "one_damaged_tree", lambda random, tree: "loaded")
    assert fuzz.run(0.05, 1)["findings"][0]["rate"] == 100_000

    def broken(random):
        raise MemoryError

    monkeypatch.setattr(fuzz, "one_contract", broken)
    assert fuzz.run(0.05, 1)["findings"][0]["what"] == "MemoryError()"
