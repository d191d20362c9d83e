"""Random arguments and random stories find planted bugs, and say how to see them again."""

import re

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from kit_project import Project

from huitong.contract import I8, U8, U256, Annotated, Fixed, Most, Record, Scale
from huitong.testing import arguments, fuzz, values
from huitong.testing.loading import kind_of

COUNTER = """
from huitong.contract import U32, Contract, Error, Map, call, require, view


class TooLow(Error):
    amount: int


class Counter(Contract):
    totals: Map[str, int]

    @call
    def add(self, name: str, amount: int) -> int:
        require(amount >= 0, TooLow(amount=amount))
        self.totals[name] = self.totals.get(name, 0) + amount
        return self.totals[name]

    @call
    def take(self, name: str, amount: U32) -> int:
        self.totals[name] = self.totals[name] - amount
        return self.totals[name]

    @view
    def total(self, name: str) -> int:
        return self.totals.get(name, 0)
"""
FUZZ = """
import pytest
from counter import Counter
from huitong.testing import fuzz


@pytest.fixture
def counter(deploy):
    found = deploy(Counter)
    found.add("kept", 1)
    return found


@fuzz
def test_good(counter, chain, name: str, amount: int):
    assert chain.height == 2  # each example begins where the fixture ended
    assert counter.total("kept") == 1
    if amount >= 0:
        counter.add(name, amount)


@fuzz(runs=200)
def test_bad(counter, amount: int):
    if amount >= 0:
        assert counter.add("other", amount) < 777
"""
STORY = """
from counter import Counter
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant
from huitong.testing import story_of


class Story(story_of(Counter, strategies={"name": st.sampled_from("ab")})):
    @invariant()
    def nothing_is_below_zero(self):
        assert all(self.contract.total(name) >= 0 for name in "ab")


TestStory = Story.TestCase
TestStory.settings = settings(TestStory.settings, phases=[Phase.generate], stateful_step_count=8)
"""


class Part(Record):
    name: str
    size: U8
    more: list[int] | None = None


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.write("contracts/counter.py", COUNTER)
    return made


def test_fuzzing_finds_the_bug_prints_the_example_and_reverts_after_each(project):
    project.write("tests/test_fuzz.py", FUZZ)
    done = project.run("--contract-gas")
    assert project.counts(done) == {"passed": 2, "failed": 2}, done.stdout
    assert "amount=777," in done.stdout
    assert "Counter.add(name='other', amount=777) as alice@hospital-a" in done.stdout
    row = next(line for line in done.stdout.splitlines() if re.match(r"Counter\.add .*\d$", line))
    assert row.split()[-1] == "2"  # calls of the fixture; those with random arguments are not counted


def test_hypothesis_is_imported_when_a_random_test_runs_and_not_before(project):
    project.write(
        "tests/test_late.py",
        "import sys\nfrom huitong.testing import fuzz\n\n\n@fuzz\ndef test_random(number: int):\n"
        "    assert 'hypothesis' in sys.modules\n\n\ndef test_plain():\n    assert 'hypothesis' not in sys.modules\n",
    )
    assert project.counts(project.run("-k", "test_plain")) == {"passed": 1}
    assert project.counts(project.run("-k", "test_random")) == {"passed": 2}


def test_a_story_of_calls_finds_what_no_single_call_shows(project):
    project.write("tests/test_story.py", STORY)
    done = project.run("--hypothesis-seed=1", "-p", "_hypothesis_pytestplugin")
    assert done.returncode == 1
    assert "state.nothing_is_below_zero()" in done.stdout
    assert "state.call_add(" in done.stdout
    assert "state.call_take(" in done.stdout


MADE = (
    Annotated[str, Most(3)],
    Annotated[list[U8], Most(1)],
    Annotated[dict[str, int], Most(2)],
    Annotated[Fixed, Scale(2)],
    tuple[int, str],
)
HINTS = (int, U8, I8, U256, str, bytes, bool, list[U8], dict[str, bool], int | None, Part, *MADE)


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_every_value_is_one_of_its_type(data):
    for hint in HINTS:
        kind_of(hint).wire(data.draw(values(hint)), "value")


@pytest.mark.parametrize(("hint", "edge"), [(U8, 255), (U8, 0), (I8, -128), (I8, 127), (U256, (1 << 256) - 1)])
def test_values_reach_the_edges_of_their_type(hint, edge):
    assert find(values(hint), lambda value: value == edge, settings=settings(max_examples=5000)) == edge


def test_arguments_are_those_of_the_method():
    def method(self, part: Part, count: U8) -> None: ...

    part, count = find(arguments(method), lambda given: given[1] > 7 and bool(given[0].more))
    assert (type(part), part.more, count) == (Part, [0], 8)


def test_a_fuzzed_test_needs_something_to_vary():
    with pytest.raises(TypeError, match="has no argument with a type of contracts"):

        @fuzz
        def test_it(deploy): ...

    with pytest.raises(TypeError, match="has no argument amount"):

        @fuzz(amount=values(int))
        def test_other(number: int): ...

    with pytest.raises(TypeError, match="no type of a contract"):
        values(float)
