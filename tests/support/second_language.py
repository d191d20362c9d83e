"""A second version of the language, for tests, and the module by which a worker runs both."""

from __future__ import annotations

from typing import Any

from huitong.vm.python.languages import FIRST, LANGUAGES, Language
from huitong.vm.python.nodes import Kind
from huitong.vm.python.program import Program, run
from huitong.vm.python.program import load_program as load_any
from huitong.vm.python.runtime import Runtime
from huitong.vm.python.source import compile_source
from huitong.vm.python.tree import decode_tree, encode_tree

__all__ = ["BOTH", "FIRST", "SECOND", "load_program", "run", "tree_of"]

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

    def namespace(self) -> dict[str, Any]:
        return super().namespace() | {"b_twice": lambda value: self.arithmetic.multiply(value, 2)}


SECOND = FIRST._replace(
    version=2,
    builtins={**FIRST.builtins, "twice": ()},
    static={**FIRST.static, Kind.RETURN: FIRST.static[Kind.RETURN] + 7},
    runtime=Doubling,
)
BOTH = {**LANGUAGES, 2: SECOND}


def tree_of(name: str, language: Language) -> bytes:
    """The tree of the counter in a language, with `abs` replaced by another function."""
    nodes = decode_tree(compile_source(SOURCE)).nodes
    changed = [node._replace(scalars=(name,)) if node.scalars == ("abs",) else node for node in nodes]
    return encode_tree(changed, language)


def load_program(code: bytes) -> Program:
    """What a worker calls: a tree of either version."""
    return load_any(code, BOTH)
