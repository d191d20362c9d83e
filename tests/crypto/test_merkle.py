"""RFC 6962 trees against published roots and the recursive definition."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import Step, merkle, sha256
from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_PROOF_STEPS

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The tree of the Certificate Transparency reference implementation, by number of leaves."""


def naive(leaves, digest):
    if not leaves:
        return digest(b"")
    if len(leaves) == 1:
        return digest(b"\0" + leaves[0])
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return digest(b"\1" + naive(leaves[:half], digest) + naive(leaves[half:], digest))


@pytest.mark.parametrize("count", range(len(ROOTS)))
def test_roots_are_those_of_certificate_transparency(count):
    assert merkle.root(LEAVES[:count], sha256).hex() == ROOTS[count]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=70))
def test_root_is_the_definition_for_any_hash(leaves):
    def other(data):
        return hashlib.sha3_256(data).digest()

    assert merkle.root(leaves, sha256) == naive(leaves, sha256)
    assert merkle.root(tuple(leaves), other) == naive(leaves, other)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), min_size=1, max_size=40), st.data())
def test_every_leaf_is_proved_and_no_other(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    root = merkle.root(leaves, sha256)
    steps = merkle.path(leaves, index, sha256)
    assert merkle.verify(root, leaves[index], steps, sha256)
    assert not merkle.verify(root, leaves[index] + b".", steps, sha256)
    assert not merkle.verify(sha256(root), leaves[index], steps, sha256)
    if steps:
        turned = (Step(not steps[0].left, steps[0].sibling), *steps[1:])
        same = steps[0].sibling == sha256(b"\0" + leaves[index])
        assert merkle.verify(root, leaves[index], turned, sha256) is (same and len(leaves) > 1)
        assert not merkle.verify(root, leaves[index], steps[1:], sha256)


def test_an_inner_node_does_not_pass_as_a_leaf():
    steps = merkle.path(LEAVES, 0, sha256)
    inner = sha256(b"\0" + LEAVES[0]) + steps[0].sibling
    assert not merkle.verify(merkle.root(LEAVES, sha256), inner, steps[1:], sha256)


@pytest.mark.parametrize("index", [-1, 3])
def test_path_of_a_missing_leaf_is_refused(index):
    with pytest.raises(HuitongError) as caught:
        merkle.path(LEAVES[:3], index, sha256)
    assert caught.value.code is Code.PROOF_INVALID


@pytest.mark.parametrize(
    "steps", [[Step(left=True, sibling=b"short")], [Step(left=True, sibling=bytes(32))] * (MAX_PROOF_STEPS + 1)]
)
def test_malformed_and_endless_paths_are_refused(steps):
    assert not merkle.verify(merkle.fold(b"leaf", steps, sha256), b"leaf", steps, sha256)
