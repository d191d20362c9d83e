"""Two versions of the language side by side: each tree runs by the version that it names."""

import pytest

from huitong.types import BlockContext, Caller, Code, Failed, Invocation, decode_scanned
from huitong.vm.python.languages import FIRST, LANGUAGES
from huitong.vm.python.local import MemoryHost
from huitong.vm.python.nodes import Kind
from huitong.vm.python.program import load_program, run
from huitong.vm.python.runtime import Runtime
from huitong.vm.python.source import compile_source
from huitong.vm.python.tree import decode_tree, encode_tree

SOURCE = """from huitong.contract import Contract, Value, call


class Counter(Contract):
    n: Value[int]

    @call
    def add(self, more: int) -> int:
        self.n.set(self.n.get(0) + abs(more))
        return self.n.get()
"""


class Doubling(Runtime):
    """A second version in which `twice` is a function, and nothing else is new."""

    def namespace(self):
        return super().namespace() | {"b_twice": lambda value: self.arithmetic.multiply(value, 2)}


SECOND = FIRST._replace(
    version=2,
    builtins={**FIRST.builtins, "twice": ()},
    static={**FIRST.static, Kind.RETURN: FIRST.static[Kind.RETURN] + 7},
    runtime=Doubling,
)
BOTH = {**LANGUAGES, 2: SECOND}


def tree_of(name, language):
    """The tree of the counter in a language, with `abs` replaced by another function."""
    nodes = decode_tree(compile_source(SOURCE)).nodes
    changed = [node._replace(scalars=(name,)) if node.scalars == ("abs",) else node for node in nodes]
    return encode_tree(changed, language)


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
