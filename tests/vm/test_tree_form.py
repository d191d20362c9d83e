"""The normalised tree: one encoding for one tree, limits, and refusal of everything else."""

import pytest

from huitong.types import Code, Failed, HuitongError, encode
from huitong.types.limits import MAX_CODE_BYTES, MAX_SYNTAX_DEPTH, MAX_SYNTAX_NODES
from huitong.vm.python.fuzz import one_damaged_tree
from huitong.vm.python.nodes import LANGUAGE_VERSION, SHAPES, Kind
from huitong.vm.python.program import load_program
from huitong.vm.python.source import check_source, compile_source, source_lines
from huitong.vm.python.tree import Node, decode_tree, encode_tree

SOURCE = """from huitong.contract import Contract, Value, call


class Counter(Contract):
    n: Value[int]

    @call
    def add(self, more: int) -> int:
        self.n.set(self.n.get(0) + more)
        return self.n.get()
"""


def nodes_of(source=SOURCE):
    return list(decode_tree(compile_source(source)).nodes)


def raw(nodes, version=LANGUAGE_VERSION):
    return encode([version, [[int(node.kind), list(node.scalars), list(node.children)] for node in nodes]])


def code_of(act, *args):
    with pytest.raises(HuitongError) as caught:
        act(*args)
    return caught.value.code


def test_a_tree_comes_back_as_it_was_encoded():
    nodes = nodes_of()
    assert encode_tree(nodes) == compile_source(SOURCE)
    assert nodes[-1].kind is Kind.MODULE


def test_layout_and_comments_do_not_change_the_tree():
    moved = SOURCE.replace("\n\n\n", "\n# a remark\n\n\n\n").replace("(0) + more", "(0)  +  more")
    assert compile_source(moved) == compile_source(SOURCE)
    assert source_lines(moved) != source_lines(SOURCE)


def test_each_kind_has_a_shape_and_a_number_of_its_own():
    assert set(SHAPES) == set(Kind)
    assert len({int(kind) for kind in Kind}) == len(Kind)


@pytest.mark.parametrize(
    "change",
    [
        lambda nodes: raw(nodes, version=LANGUAGE_VERSION + 1),
        lambda nodes: raw(nodes[:-1]),
        lambda nodes: raw([*nodes, nodes[-1]]),
        lambda nodes: raw([Node(Kind.PASS, (), ()), *nodes]),
        lambda nodes: raw([*nodes[:-1], nodes[-1]._replace(children=nodes[-1].children * 2)]),
        lambda nodes: raw([*nodes[:-1], nodes[-1]._replace(children=(len(nodes) - 1,))]),
        lambda nodes: raw([*nodes[:-1], nodes[-1]._replace(children=(-1,))]),
        lambda nodes: raw([*nodes[:-1], nodes[-1]._replace(scalars=())]),
        lambda nodes: raw([nodes[0]._replace(scalars=("__class__",)), *nodes[1:]]),
        lambda nodes: raw([nodes[0]._replace(scalars=("\uff49nt",)), *nodes[1:]]),
        lambda nodes: raw([]),
        lambda _: encode([LANGUAGE_VERSION, [[999, [], []]]]),
        lambda _: encode([LANGUAGE_VERSION, [[True, [], []]]]),
        lambda _: encode([LANGUAGE_VERSION, [[1, ["x"]]]]),
        lambda _: encode([LANGUAGE_VERSION]),
        lambda _: encode("tree"),
        lambda _: b"",
        lambda _: b"\xff\xff",
        lambda nodes: raw(nodes) + b"\0",
    ],
)
def test_malformed_trees_are_refused(change):
    assert code_of(decode_tree, change(nodes_of())) == Code.TREE_MALFORMED


def literal_sum(count):
    """1 + 1 + ... as a tree that leans to the left."""
    nodes = [Node(Kind.LITERAL, (1,), ())]
    for _ in range(count):
        nodes.append(Node(Kind.LITERAL, (1,), ()))
        nodes.append(Node(Kind.BINARY, ("+",), (len(nodes) - 2, len(nodes) - 1)))
    return nodes


def test_depth_is_bounded_without_recursion():
    assert code_of(decode_tree, raw(literal_sum(MAX_SYNTAX_DEPTH))) == Code.CONTRACT_TOO_DEEP
    assert code_of(decode_tree, raw(literal_sum(9000))) == Code.CONTRACT_TOO_DEEP


def test_size_is_bounded():
    many = [Node(Kind.PASS, (), ())] * (MAX_SYNTAX_NODES + 1)
    assert code_of(decode_tree, raw(many)) == Code.CONTRACT_TOO_LARGE
    assert code_of(decode_tree, b"\0" * (MAX_CODE_BYTES + 1)) == Code.CONTRACT_TOO_LARGE


BOMBS = {
    "parentheses": "x = " + "(" * 30_000 + "1" + ")" * 30_000,
    "minus": "x = " + "-" * 60_000 + "1",
    "sum": "x = " + "+".join(["1"] * 30_000),
    "sum_of_names": "x = " + "+".join(["y"] * 30_000),
    "calls": "x = y" + "()" * 15_000,
    "digits": "x = " + "9" * 60_000,
    "indents": "\n".join("  " * depth + "if 1:" for depth in range(200)) + " pass",
    "zero": "x = 1\0",
    "surrogate": "x = '\\ud800'",
    "too_long": "x = 1\n" * 20_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_in_text_are_refused_with_a_code(name):
    assert 3000 <= code_of(compile_source, BOMBS[name]) < 4000
    findings = check_source(BOMBS[name])
    assert findings
    assert all(finding.line >= 1 for finding in findings)


def in_method(body):
    return SOURCE.replace("return self.n.get()", body)


REFUSED = {
    "no_contract": ("x = 1", Code.CONTRACT_CLASS_MISSING),
    "two_contracts": (SOURCE + "\nclass Second(Contract):\n    pass\n", Code.CONTRACT_CLASS_MISSING),
    "many_loops": (
        in_method(
            "\n".join("        " + "    " * d + "for a in [1]:" for d in range(12))[8:] + " pass\n        return 1"
        ),
        Code.CONTRACT_TOO_DEEP,
    ),
    "many_branches": (
        in_method(
            "if more == 0:\n            pass\n"
            + "        elif more == 1:\n            pass\n" * 70
            + "        return 1"
        ),
        Code.CONTRACT_TOO_LARGE,
    ),
    "break_outside": (in_method("break"), Code.SYNTAX_REFUSED),
    "raise_outside": (in_method("raise"), Code.SYNTAX_REFUSED),
    "no_return_type": (SOURCE.replace(" -> int", ""), Code.METHOD_DECLARATION_INVALID),
    "no_argument_type": (SOURCE.replace("more: int", "more"), Code.METHOD_DECLARATION_INVALID),
    "unknown_type": (SOURCE.replace("more: int", "more: float"), Code.FIELD_DECLARATION_INVALID),
    "bad_default": (SOURCE.replace("more: int", "more: int = 'a'"), Code.LITERAL_REFUSED),
    "two_inits": (
        SOURCE
        + "\n    @init\n    def a(self) -> None:\n        pass\n\n    @init\n    def b(self) -> None:\n        pass\n",
        Code.METHOD_DECLARATION_INVALID,
    ),
    "float_key": (SOURCE.replace("Value[int]", "Map[bool, int]"), Code.FIELD_DECLARATION_INVALID),
    "recursive_record": (
        "from huitong.contract import Record\nclass A(Record):\n    a: list[A]\n" + SOURCE,
        Code.FIELD_DECLARATION_INVALID,
    ),
    "unknown_name": (in_method("return nothing"), Code.NAME_REFUSED),
    "unknown_function": (in_method("return nothing()"), Code.NAME_REFUSED),
    "unknown_method": (in_method("return more.bit_length()"), Code.ATTRIBUTE_REFUSED),
    "unknown_field": (in_method("return more.real"), Code.ATTRIBUTE_REFUSED),
    "unknown_self": (in_method("return self.nothing()"), Code.NAME_REFUSED),
    "field_twice": (SOURCE.replace("    n: Value[int]", "    n: Value[int]\n    n: Value[int]"), Code.NAME_REFUSED),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_language_has_not_is_refused_with_its_line(name):
    source, code = REFUSED[name]
    with pytest.raises(HuitongError) as caught:
        compile_source(source, "case.py")
    assert caught.value.code == code
    assert caught.value.data["filename"] == "case.py"
    assert caught.value.data["line"] >= 1
    assert check_source(source)[0].code == code


def test_all_findings_are_reported_by_line():
    source = in_method("y = 1.5\n        z = {1, 2}\n        return y / 2")
    lines = [(finding.line, finding.code) for finding in check_source(source)]
    assert lines == [(10, Code.LITERAL_REFUSED), (11, Code.SYNTAX_REFUSED), (12, Code.SYNTAX_REFUSED)]
    assert all(finding.instead for finding in check_source(source))


def test_damaged_trees_never_break_the_loader():
    from random import Random

    random = Random(20261124)
    tree = compile_source(SOURCE)
    outcomes = {one_damaged_tree(random, tree) for _ in range(1500)}
    assert "loaded" in outcomes
    assert {outcome for outcome in outcomes if outcome.startswith("refused")} >= {"refused 3010"}


def test_the_largest_contract_loads():
    methods = "".join(
        f"\n    def m{number}(self, a):\n        b = a + {number}\n        return [b, b * 2, f'{{b}}']\n"
        for number in range(600)
    )
    program = load_program(compile_source(SOURCE + methods))
    assert program.fields == ("n",)
    with pytest.raises(Failed) as caught:
        load_program(b"\0")
    assert caught.value.code == Code.TREE_MALFORMED
