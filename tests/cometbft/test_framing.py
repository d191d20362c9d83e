"""Frames of the ABCI socket, however the bytes arrive."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong.engine.cometbft.framing import FrameError, Frames, frame


@given(st.lists(st.binary(max_size=300), max_size=8), st.lists(st.integers(0, 2500), max_size=6))
def test_messages_survive_any_cut(messages, cuts):
    stream = b"".join(map(frame, messages))
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    frames = Frames()
    found = []
    for start, end in pairwise(places):
        found += frames.feed(stream[start:end])
    assert found == messages


def test_a_length_over_the_limit_or_without_end_is_refused():
    assert Frames(max_bytes=5).feed(frame(b"12345")) == [b"12345"]
    with pytest.raises(FrameError):
        Frames(max_bytes=5).feed(frame(b"123456"))
    frames = Frames()
    assert frames.feed(b"\xff" * 9) == []
    with pytest.raises(FrameError):
        frames.feed(b"\xff")
