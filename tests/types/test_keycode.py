"""Storage keys: order of the bytes is order of the values, and no two values share bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong.types import Code, Rejected, keycode

INTEGERS = st.one_of(st.integers(), st.integers(-300, 300), st.integers(-(2**4096) + 1, 2**4096 - 1))
TEXTS = st.text(st.one_of(st.sampled_from("\x00\x01ab\xff"), st.characters(exclude_categories=["Cs"])))
DATA = st.one_of(st.binary(), st.lists(st.sampled_from([0, 1, 254, 255])).map(bytes))


@given(INTEGERS, INTEGERS)
def test_integers_sort_and_come_back(a, b):
    x, y = keycode.encode_integer(a), keycode.encode_integer(b)
    assert (x < y) == (a < b)
    assert (x == y) == (a == b)
    assert keycode.decode_integer(x) == a


@given(st.data(), st.sampled_from([8, 16, 32, 64, 128, 256]), st.booleans())
def test_widths_sort_and_come_back(data, bits, signed):
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)
    a, b = data.draw(st.integers(low, high)), data.draw(st.integers(low, high))
    x, y = (keycode.encode_width(value, bits, signed=signed) for value in (a, b))
    assert len(x) == bits // 8
    assert (x < y) == (a < b)
    assert keycode.decode_width(x, bits, signed=signed) == a


@given(DATA, DATA)
def test_bytes_sort_and_none_begins_another(a, b):
    x, y = keycode.encode_data(a), keycode.encode_data(b)
    assert (x < y) == (a < b)
    assert x == y or not (x.startswith(y) or y.startswith(x))
    assert keycode.decode_data(x) == a


@given(TEXTS, TEXTS)
def test_texts_sort_by_code_points(a, b):
    x, y = keycode.encode_text(a), keycode.encode_text(b)
    assert (x < y) == (a < b)
    assert keycode.decode_text(x) == a


@given(INTEGERS, DATA, INTEGERS, DATA)
def test_keys_one_behind_the_other_sort_as_tuples(a, b, c, d):
    x = keycode.encode_integer(a) + keycode.encode_data(b)
    y = keycode.encode_integer(c) + keycode.encode_data(d)
    assert (x < y) == ((a, b) < (c, d))


@given(st.binary(max_size=12))
def test_what_decodes_is_canonical(raw):
    for decode, encode in (
        (keycode.decode_integer, keycode.encode_integer),
        (keycode.decode_data, keycode.encode_data),
        (keycode.decode_text, keycode.encode_text),
    ):
        try:
            value = decode(raw)
        except Rejected:
            continue
        assert encode(value) == raw


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        (0, "8000"),
        (1, "800101"),
        (255, "8001ff"),
        (256, "80020100"),
        (-1, "7ffffe"),
        (-255, "7fff00"),
        (-256, "7ffefeff"),
    ],
)
def test_golden_integers(value, raw):
    assert keycode.encode_integer(value).hex() == raw


@pytest.mark.parametrize(
    ("value", "raw"), [(b"", "0001"), (b"a", "610001"), (b"\0", "00ff0001"), (b"\0\1", "00ff010001")]
)
def test_golden_bytes(value, raw):
    assert keycode.encode_data(value).hex() == raw


def test_a_width_that_does_not_fit_is_refused():
    with pytest.raises(OverflowError):
        keycode.encode_width(256, 8, signed=False)
    with pytest.raises(Rejected) as caught:
        keycode.decode_width(b"\0\0", 8, signed=False)
    assert caught.value.code == Code.ENCODING_MALFORMED
