"""Commitments hide and bind; the canonical form keeps every digit."""

import json
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong_medical.commitment import canonical, check_commitment, commit, decode_resources
from huitong_medical.errors import BundleInvalid, CommitmentMismatch

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_commitment_is_the_documented_hash():
    salt = bytes(range(32))
    assert commit(salt, b"[]") == sha256(b"huitong-medical/commitment/1\0" + salt + b"[]").digest()


def test_salt_of_another_length_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        commit(bytes(31), b"")


@given(st.binary(max_size=64), st.integers(min_value=0), st.integers(0, 7))
def test_any_changed_bit_is_found(contents, position, bit):
    salt = bytes(32)
    message = bytearray(contents + b"\0")
    commitment = commit(salt, bytes(message))
    message[position % len(message)] ^= 1 << bit
    with pytest.raises(CommitmentMismatch) as caught:
        check_commitment(commitment, salt, bytes(message))
    assert caught.value.data["expected"] == commitment.hex()


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_equal_contents_look_different_under_another_salt(one, other):
    assert (commit(one, b"same") == commit(other, b"same")) == (one == other)


@given(VALUES)
def test_canonical_form_is_json_of_the_same_value_and_stable(value):
    raw = canonical(value)
    again = json.loads(raw, parse_float=Decimal)
    assert again == value
    assert canonical(again) == raw


def test_order_of_members_does_not_matter_and_digits_do():
    assert canonical({"b": 1, "a": Decimal("4.50")}) == b'{"a":4.50,"b":1}'
    assert canonical({"a": Decimal("4.5")}) != canonical({"a": Decimal("4.50")})


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), {1: 2}, object()])
def test_what_is_no_exact_json_is_refused(value):
    with pytest.raises(BundleInvalid):
        canonical([value])


def test_deep_nesting_is_refused():
    value: list = []
    for _ in range(100):
        value = [value]
    with pytest.raises(BundleInvalid) as caught:
        canonical(value)
    assert caught.value.data["reason"] == "nested too deeply"


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]", b"\xff", b"[" * 100_000])
def test_bytes_that_are_no_resources_are_refused(raw):
    with pytest.raises(BundleInvalid):
        decode_resources(raw)
