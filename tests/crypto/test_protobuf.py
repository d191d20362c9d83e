"""The writer's bytes, and a reader that is strict and total."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong.crypto.protobuf import delimited, fixed64, integer, message, octets, read_fields, timestamp, uvarint
from huitong.types import Code, ProofInvalid


@pytest.mark.parametrize(
    ("value", "encoded"),
    [(0, "00"), (127, "7f"), (128, "8001"), (300, "ac02"), (2**64 - 1, "ff" * 9 + "01"), (-1, "ff" * 9 + "01")],
)
def test_varints(value, encoded):
    assert uvarint(value).hex() == encoded


def test_scalars_that_are_zero_are_left_out_and_messages_are_not():
    assert integer(1, 0) == fixed64(1, 0) == octets(1, b"") == b""
    assert message(3, b"").hex() == "1a00"
    assert integer(1, 150).hex() == "089601"
    assert octets(2, b"testing").hex() == "120774657374696e67"
    assert fixed64(2, 1).hex() == "110100000000000000"
    assert fixed64(2, -1).hex() == "11" + "ff" * 8
    assert delimited(b"ab").hex() == "026162"


@pytest.mark.parametrize(
    ("time_ns", "encoded"),
    [
        (0, ""),
        (1, "1001"),
        (10**9, "0801"),
        (1_500_000_000, "08011080cab5ee01"),
        (-1, "08" + "ff" * 9 + "01" + "10ff93ebdc03"),
    ],
)
def test_timestamps_round_seconds_down(time_ns, encoded):
    assert timestamp(time_ns).hex() == encoded


FIELDS = st.lists(st.tuples(st.integers(1, 2**29 - 1), st.integers(0, 2**64 - 1) | st.binary(max_size=40)), max_size=8)


@given(FIELDS)
def test_what_was_written_is_read(fields):
    raw = b"".join(
        message(number, value) if isinstance(value, bytes) else uvarint(number << 3) + uvarint(value)
        for number, value in fields
    )
    assert read_fields(raw, max_fields=8) == fields


@given(st.binary(max_size=60))
def test_reading_is_total(raw):
    with contextlib.suppress(ProofInvalid):
        assert len(read_fields(raw, max_fields=4)) <= 4


@pytest.mark.parametrize(
    "raw",
    [
        "08",
        "0880",
        "088000",
        "08" + "ff" * 9 + "02",
        "08" + "ff" * 11,
        "0a02ff",
        "0001",
        "0d00000000",
        "0b",
        "0801" * 5,
    ],
    ids=["no-value", "open", "over-long", "over-64", "endless", "short", "number-0", "fixed32", "group", "too-many"],
)
def test_malformed_messages_are_refused(raw):
    with pytest.raises(ProofInvalid) as caught:
        read_fields(bytes.fromhex(raw), max_fields=4)
    assert caught.value.code == Code.PROOF_INVALID
