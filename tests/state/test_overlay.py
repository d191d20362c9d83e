"""The overlay against a plain dictionary: writes, deletions, checkpoints, ordered walks."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from kernel_world import DictionaryView

from huitong.state import Overlay, keys

KEYS = st.binary(min_size=1, max_size=2)
VALUES = st.one_of(st.none(), st.binary(min_size=1, max_size=3))


class OverlayMachine(RuleBasedStateMachine):
    @initialize(base=st.dictionaries(KEYS, st.binary(min_size=1, max_size=3), max_size=8))
    def start(self, base):
        self.base = DictionaryView()
        self.base.data = dict(base)
        self.overlay = Overlay(self.base)
        self.model = dict(base)
        self.marks: list[tuple[int, dict[bytes, bytes]]] = []

    @rule(key=KEYS, value=VALUES)
    def write(self, key, value):
        self.overlay.set(key, value)
        if value is None:
            self.model.pop(key, None)
        else:
            self.model[key] = value

    @rule()
    def mark(self):
        self.marks.append((self.overlay.checkpoint(), dict(self.model)))

    @rule(data=st.data())
    def go_back(self, data):
        if self.marks:
            place = data.draw(st.integers(0, len(self.marks) - 1))
            mark, self.model = self.marks[place]
            self.model = dict(self.model)
            del self.marks[place:]
            self.overlay.revert(mark)

    @rule(start=KEYS, end=KEYS, reverse=st.booleans())
    def walk(self, start, end, reverse):
        found = list(self.overlay.scan(start, end, reverse=reverse))
        assert found == sorted(((k, v) for k, v in self.model.items() if start <= k < end), reverse=reverse)

    @invariant()
    def reads_equal_the_model(self):
        if not hasattr(self, "overlay"):
            return
        for key in {*self.base.data, *self.model}:
            assert self.overlay.get(key) == self.model.get(key)
        applied = DictionaryView()
        applied.data = dict(self.base.data)
        applied.apply(self.overlay.writes)
        assert applied.data == self.model


TestOverlay = OverlayMachine.TestCase
TestOverlay.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_reads_are_remembered_once_and_with_the_value_of_the_base():
    base = DictionaryView()
    base.data = {b"a": b"1"}
    overlay = Overlay(base)
    assert (overlay.get(b"a"), overlay.get(b"b")) == (b"1", None)
    overlay.set(b"a", b"2")
    assert overlay.get(b"a") == b"2"
    assert overlay.reads == {b"a": b"1", b"b": None}


def test_prefixes_end_where_the_next_begins():
    assert keys.after(b"\x01ab") == b"\x01ac"
    assert keys.after(b"\x01\xff\xff") == b"\x02"
    assert keys.storage(b"A" * 20, b"k") == b"\x12" + b"A" * 20 + b"k"
    assert keys.module(2, b"k") == b"\x02\x00\x02k"
    assert keys.header_slot(256) == keys.header_slot(0) != keys.header_slot(1)


class CountingView(DictionaryView):
    """Counts the rows that a walk takes from the base."""

    def __init__(self):
        super().__init__()
        self.rows = 0

    def scan(self, start, end, *, reverse=False):
        for row in super().scan(start, end, reverse=reverse):
            self.rows += 1
            yield row


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("value", [None, b"new"])
def test_a_walk_costs_what_it_yields_however_many_rows_are_hidden(reverse, value):
    """A block may overwrite or delete any number of rows; a scan for one row must not pass over all of them."""
    base = CountingView()
    base.data = {b"%06d" % number: b"old" for number in range(5_000)}
    overlay = Overlay(base)
    for key in base.data:
        overlay.set(key, value)
    walk = overlay.walk(b"0", b"1", reverse=reverse)
    assert [found for _, found in zip(range(3), walk, strict=False)] == [
        (b"%06d" % (4_999 - number if reverse else number), value) for number in range(3)
    ]
    assert base.rows <= 5
