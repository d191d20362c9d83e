"""Validator sets: order, hash, bounds."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong.crypto import (
    check_validators,
    merkle,
    order_validators,
    sha256,
    total_power,
    validator_address,
    validator_set_bytes,
    validators_hash,
)
from huitong.types import Code, ProofInvalid, Validator
from huitong.types.limits import MAX_VALIDATORS

SETS = st.lists(
    st.builds(Validator, st.binary(min_size=32, max_size=32), st.integers(1, 1000)),
    min_size=1,
    max_size=8,
    unique_by=lambda item: item.public_key,
)


@given(SETS, st.randoms())
def test_order_and_hash_do_not_depend_on_the_order_given(validators, random):
    ordered = order_validators(validators)
    check_validators(ordered)
    shuffled = list(validators)
    random.shuffle(shuffled)
    assert order_validators(shuffled) == ordered
    assert validators_hash(shuffled) == validators_hash(ordered)
    for left, right in itertools.pairwise(ordered):
        assert left.power > right.power or (
            left.power == right.power and validator_address(left.public_key) < validator_address(right.public_key)
        )


def test_leaves_of_the_hash():
    """SimpleValidator{pub_key 1 {ed25519 1}, voting_power 2}, spelled out."""
    heavy, light = Validator(b"\1" * 32, 300), Validator(b"\2" * 32, 1)
    leaves = [
        bytes.fromhex("0a220a20") + b"\1" * 32 + b"\x10\xac\x02",
        bytes.fromhex("0a220a20") + b"\2" * 32 + b"\x10\1",
    ]
    assert validators_hash([light, heavy]) == merkle.root(leaves, sha256)


def test_bytes_of_a_set_name_a_proposer():
    one = Validator(b"\1" * 32, 5)
    member = (
        bytes.fromhex("0a14")
        + validator_address(one.public_key)
        + bytes.fromhex("12220a20")
        + one.public_key
        + b"\x18\5"
    )
    assert (
        validator_set_bytes([one], one)
        == b"\x0a" + bytes([len(member)]) + member + b"\x12" + bytes([len(member)]) + member + b"\x18\5"
    )


GOOD = order_validators([Validator(bytes([index]) * 32, 10) for index in range(3)])


@pytest.mark.parametrize(
    "validators",
    [
        (),
        tuple(reversed(GOOD)),
        (GOOD[0], GOOD[0]),
        (Validator(b"\1" * 31, 1),),
        (Validator(b"\1" * 32, 0),),
        (Validator(b"\1" * 32, -1),),
        (Validator(b"\1" * 32, 2**60), Validator(b"\2" * 32, 1)),
        order_validators([Validator(index.to_bytes(32, "big"), 1) for index in range(MAX_VALIDATORS + 1)]),
    ],
    ids=["none", "order", "twice", "key", "zero", "negative", "sum", "many"],
)
def test_bad_sets_are_refused(validators):
    with pytest.raises(ProofInvalid) as caught:
        check_validators(validators)
    assert caught.value.code == Code.HEADER_INVALID
    assert total_power(GOOD) == 30
