"""Two versions of the language side by side: each tree runs by the version that it names."""

from pathlib import Path

import pytest
import second_language
from kernel_world import World
from second_language import BOTH, FIRST, SECOND, tree_of

from huitong.kernel import CONTRACTS_ADDRESS, ContractRecord
from huitong.state import keys
from huitong.types import BlockContext, Caller, Code, Failed, Invocation, decode_scanned
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.local import MemoryHost
from huitong.vm.python.program import load_program, run

ALICE = "alice@hospital-a"
SUPPORT = str(Path(second_language.__file__).parent)
CALLER = """from huitong.contract import Contract, Protocol, call, ctx


class Counter(Protocol):
    @call
    def add(self, more: int) -> int: ...


class Caller(Contract):
    @call
    def both(self, one: bytes, other: bytes, more: int) -> int:
        return ctx.contract(one, Counter).add(more) * 1000 + ctx.contract(other, Counter).add(more)
"""


def call(program, host, *args):
    block = BlockContext("local-1", 7, 1, bytes(20), bytes(32))
    invocation = Invocation(
        b"\x22" * 20, bytes(32), (("n", 1),), "add", args, Caller(b"\x11" * 20, "alpha", ()), block, 100_000, False
    )
    answer = run(program, invocation, host)
    assert answer.code == 0
    return decode_scanned(answer.data, int), answer.gas_used


def test_trees_of_both_versions_run_beside_each_other():
    first = load_program(tree_of("abs", FIRST), BOTH)
    second = load_program(tree_of("twice", SECOND), BOTH)
    one, two = MemoryHost(), MemoryHost()
    assert call(first, one, -5)[0] == 5
    assert call(second, two, -5)[0] == -10
    assert call(first, one, 1)[0] == 6
    assert call(second, two, 1)[0] == -8


def test_each_version_has_its_costs():
    first = load_program(tree_of("abs", FIRST), BOTH)
    second = load_program(tree_of("abs", SECOND), BOTH)
    (value, used), (other, more) = call(first, MemoryHost(), 5), call(second, MemoryHost(), 5)
    assert value == other
    assert more == used + 7


def test_the_schema_names_the_version():
    assert decode_scanned(load_program(tree_of("abs", FIRST), BOTH).schema, dict)["language"] == ["python", 1]
    assert decode_scanned(load_program(tree_of("abs", SECOND), BOTH).schema, dict)["language"] == ["python", 2]


def test_what_a_version_has_not_is_refused_in_it_alone():
    with pytest.raises(Failed) as caught:
        load_program(tree_of("twice", FIRST), BOTH)
    assert caught.value.code == Code.NAME_REFUSED
    with pytest.raises(Failed) as caught:
        load_program(tree_of("twice", SECOND))
    assert caught.value.code == Code.TREE_MALFORMED


@pytest.fixture
def world():
    """A chain whose nodes know both versions, in jailed workers."""
    engine = PythonEngine(workers=1, program=("second_language", SUPPORT))
    yield World(engines=(engine,))
    engine.close()


def act(world, target, method, *args):
    """Run a transaction; return its receipt."""
    return world.run(world.transaction(ALICE, (target, method, args), gas_limit=20_000_000))[0].receipt


def deploy(world, tree):
    receipt = act(world, CONTRACTS_ADDRESS, "deploy", "python", tree, world.kernel.suite.hash(b""), b"", "", [])
    assert receipt.code == 0
    return decode_scanned(receipt.return_bytes, list)[0]


def value(receipt):
    assert receipt.code == 0
    return decode_scanned(receipt.return_bytes, list)[0]


def test_contracts_of_both_versions_live_on_one_chain_and_call_each_other(world):
    old, new = deploy(world, tree_of("abs", FIRST)), deploy(world, tree_of("twice", SECOND))
    assert (value(act(world, old, "add", -5)), value(act(world, new, "add", 5))) == (5, 10)
    caller = deploy(world, second_language.compile_source(CALLER))
    assert value(act(world, caller, "both", old, new, 3)) == 8 * 1000 + 16


def test_each_version_has_its_own_schedule_on_the_chain(world):
    """The same source, called alike: only the dearer return of the second version differs."""
    receipts = [act(world, deploy(world, tree_of("abs", language)), "add", 5) for language in (FIRST, SECOND)]
    assert [value(receipt) for receipt in receipts] == [5, 5]
    assert receipts[1].gas_used - receipts[0].gas_used == 7


def test_an_upgrade_brings_a_contract_to_the_second_version_with_its_data(world):
    contract = deploy(world, tree_of("abs", FIRST))
    act(world, contract, "add", -5)
    tree = tree_of("twice", SECOND)
    assert value(act(world, CONTRACTS_ADDRESS, "upgrade", contract, tree, world.kernel.suite.hash(b""), b"")) == 2
    assert value(act(world, contract, "add", 5)) == 15
    record = decode_scanned(world.view.data[keys.contract(contract)], ContractRecord)
    assert (record.revision, record.code_hash) == (2, world.kernel.suite.hash(tree))


def test_a_node_that_knows_the_first_version_alone_refuses_the_second_by_a_code():
    engine = PythonEngine(workers=1)
    world = World(engines=(engine,))
    tree = tree_of("abs", SECOND)
    receipt = act(world, CONTRACTS_ADDRESS, "deploy", "python", tree, world.kernel.suite.hash(b""), b"", "", [])
    engine.close()
    assert receipt.code == Code.TREE_MALFORMED
