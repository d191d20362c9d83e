"""The one encoding: round trip, canonical form, limits, refusal of everything else."""

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from huitong.types import Code, FixedPoint, HuitongError, Rejected, decode, encode, integer_bytes, scan
from huitong.types.limits import MAX_ENCODING_DEPTH

integers = st.one_of(
    st.integers(-(2**70), 2**70),
    st.integers(-(2**4096) + 1, 2**4096 - 1),
    st.sampled_from([-(2**63), 2**64 - 1, 2**63]),
)
decimals = st.builds(FixedPoint, st.integers(-(10**40), 10**40), st.integers(0, 38))
scalars = st.one_of(st.none(), st.booleans(), integers, st.text(max_size=20), st.binary(max_size=40), decimals)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=8), inner, max_size=5)),
    max_leaves=20,
)


FORM_CODES = {
    Code.ENCODING_MALFORMED,
    Code.ENCODING_TOO_DEEP,
    Code.ENCODING_TOO_LARGE,
    Code.ENCODING_NOT_CANONICAL,
}


def attempt(act) -> Code | None:
    """Code of the rejection, None when there is none; any other exception fails the test."""
    try:
        act()
    except Rejected as rejection:
        return rejection.code
    return None


def code_of(raw: bytes, **limits) -> Code:
    with pytest.raises(Rejected) as caught:
        decode(raw, object, **limits)
    return caught.value.code


@given(values)
@example({"b": 1, "a": [2**64, -(2**63) - 1, FixedPoint(-150, 2)]})
def test_values_come_back_equal_and_equal_values_have_equal_bytes(value):
    raw = encode(value)
    assert decode(raw, object) == value
    assert encode(decode(raw, object)) == raw


@given(st.dictionaries(st.text(max_size=6), st.integers(), max_size=6))
def test_maps_do_not_depend_on_the_order_of_insertion(value):
    assert encode(dict(reversed(list(value.items())))) == encode(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_either_canonical_or_refused(raw):
    outcome = attempt(lambda: decode(raw, object))
    assert outcome in FORM_CODES or encode(decode(raw, object)) == raw


@given(values, st.data())
def test_a_changed_byte_never_decodes_to_the_same_value(value, data):
    raw = bytearray(encode(value))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    try:
        other = decode(bytes(raw), object)
    except Rejected:
        return
    assert encode(other) != encode(value)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", Code.ENCODING_MALFORMED),
        (b"\x01\x01", Code.ENCODING_MALFORMED),
        (b"\xc1", Code.ENCODING_MALFORMED),
        (b"\xca\x00\x00\x00\x00", Code.ENCODING_MALFORMED),
        (b"\xcb" + bytes(8), Code.ENCODING_MALFORMED),
        (b"\xd6\xff\x00\x00\x00\x00", Code.ENCODING_MALFORMED),
        (b"\xc7\x0c\xff" + bytes(12), Code.ENCODING_MALFORMED),
        (b"\xc7", Code.ENCODING_MALFORMED),
        (b"\xd4", Code.ENCODING_MALFORMED),
        (b"\xc8\x00", Code.ENCODING_MALFORMED),
        (b"\xa1\xff", Code.ENCODING_MALFORMED),
        (b"\xc4\x05ab", Code.ENCODING_MALFORMED),
        (b"\xcc\x05", Code.ENCODING_NOT_CANONICAL),
        (b"\xd9\x01a", Code.ENCODING_NOT_CANONICAL),
        (b"\xdc\x00\x01\x05", Code.ENCODING_NOT_CANONICAL),
        (b"\x82\xa1b\x01\xa1a\x02", Code.ENCODING_NOT_CANONICAL),
        (b"\x82\xa1a\x01\xa1a\x02", Code.ENCODING_NOT_CANONICAL),
        (b"\x81\x01\x02", Code.ENCODING_MALFORMED),
        (b"\xd4\x01\x05", Code.ENCODING_NOT_CANONICAL),
        (b"\xd4\x03\x05", Code.ENCODING_MALFORMED),
        (b"\xc7\x03\x02\x02\x00\x05", Code.ENCODING_NOT_CANONICAL),
        (b"\xdd\xff\xff\xff\xff", Code.ENCODING_TOO_LARGE),
        (b"\x9f" * 30, Code.ENCODING_MALFORMED),
    ],
)
def test_each_wrong_form_has_its_code(raw, code):
    assert code_of(raw) == code


def test_depth_is_bounded_before_anything_is_decoded():
    deepest = b"\x91" * MAX_ENCODING_DEPTH + b"\x01"
    assert decode(deepest, object)
    assert code_of(b"\x91" + deepest) == Code.ENCODING_TOO_DEEP
    assert code_of(b"\x91" * 200_000) == Code.ENCODING_TOO_DEEP


def test_size_is_bounded_by_the_caller():
    raw = encode(b"x" * 100)
    assert decode(raw, object, max_bytes=len(raw)) == b"x" * 100
    assert code_of(raw, max_bytes=len(raw) - 1) == Code.ENCODING_TOO_LARGE


def test_integers_end_at_4096_bits():
    assert decode(encode(2**4096 - 1), object) == 2**4096 - 1
    with pytest.raises(HuitongError) as caught:
        encode(2**4096)
    assert caught.value.code == Code.OVERFLOW
    raw = msgspec.msgpack.encode(msgspec.msgpack.Ext(1, integer_bytes(2**4100)))
    assert code_of(raw) == Code.ENCODING_TOO_LARGE


def test_floats_and_foreign_objects_are_no_values():
    assert code_of(encode(1.5)) == Code.ENCODING_MALFORMED
    for value in ({1: 2}, {b"a": 1}, object()):
        with pytest.raises(HuitongError) as caught:
            encode(value)
        assert caught.value.code == Code.VALUE_INVALID


@given(st.binary(max_size=80))
def test_the_scan_never_fails_otherwise(raw):
    outcome = attempt(lambda: scan(raw, max_bytes=60, max_depth=4, max_items=10))
    assert outcome is None or outcome in FORM_CODES - {Code.ENCODING_NOT_CANONICAL}


def test_a_map_with_other_keys_is_refused_whatever_stands_beside_it():
    """The second way to encode, taken for long integers, must refuse what the first refuses."""
    for value in ([{1: 2}], [2**70, {1: 2}], [{1: 2}, 2**70], {1: 2**70}):
        with pytest.raises(HuitongError) as refused:
            encode(value)
        assert refused.value.code == Code.VALUE_INVALID
