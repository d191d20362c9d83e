"""The sample contract behaves the same as ordinary Python and compiled."""

import importlib.util
import json
from pathlib import Path

import pytest

from huitong.contract import Frame, MissingKey, Sender, frame
from huitong.types import Code, Failed, decode_scanned, encode
from huitong.vm.python.local import LocalContract
from huitong.vm.python.program import load_program
from huitong.vm.python.source import compile_source

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "metering" / "metering.py"
VECTOR = Path(__file__).parent / "vectors" / "metering.json"


@pytest.fixture(scope="module")
def plain():
    spec = importlib.util.spec_from_file_location("metering_sample", SAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def compiled():
    return LocalContract(SAMPLE.read_text())


CALLS = [
    ("register", "a"),
    ("register", "a"),
    ("register", "b"),
    ("read", "a", 5),
    ("read", "a", 2**70),
    ("read", "missing", 1),
    ("total", "a"),
    ("total", "b"),
    ("total", "missing"),
]


def plain_outcome(module, contract, call):
    try:
        return ("value", getattr(contract, call[0])(*call[1:]))
    except module.MeterExists as error:
        return ("MeterExists", {"meter": error.meter})
    except MissingKey as error:
        return ("KEY_MISSING", {"field": error.field})


def compiled_outcome(contract, call):
    try:
        return ("value", contract.value(*call))
    except Failed as error:
        data = dict(error.data)
        return (data.pop("error"), data)


def test_plain_and_compiled_give_equal_results_events_and_state(plain, compiled):
    surroundings = Frame(sender=Sender(b"\x11" * 20, "alpha", ("admin",)))
    with frame(surroundings):
        contract = plain.Metering()
        expected = [plain_outcome(plain, contract, call) for call in CALLS]
    assert [compiled_outcome(compiled, call) for call in CALLS] == expected
    events = [(name, decode_scanned(data, dict)) for name, data in compiled.host.events]
    assert events == surroundings.events
    rows = {key: encode(value) for key, value in contract.meters._rows.items()}
    assert list(compiled.host.rows.values()) == list(rows.values())


def test_another_organisation_is_refused_by_name(compiled):
    compiled.value("register", "a")
    compiled.caller = type(compiled.caller)(b"\x33" * 20, "beta", ())
    with pytest.raises(Failed) as caught:
        compiled.value("read", "a", 1)
    assert caught.value.code == Code.REFUSED_BY_CONTRACT
    assert caught.value.data == {"error": "NotYourMeter", "meter": "a"}


def test_a_contract_as_caller_has_no_organisation(compiled):
    compiled.caller = type(compiled.caller)(b"\x33" * 20, None, ())
    assert compiled.call("register", "a").code == Code.CALLER_IS_CONTRACT


def test_tree_schema_and_gas_are_those_of_the_golden_file(compiled):
    """A difference here is a new language version or gas schedule, never an edit."""
    golden = json.loads(VECTOR.read_text())
    tree = compile_source(SAMPLE.read_text())
    assert tree.hex() == golden["tree"]
    assert load_program(tree).schema.hex() == golden["schema"]
    used = [[list(call), compiled.call(*call).gas_used] for call in CALLS]
    assert used == golden["gas"]
