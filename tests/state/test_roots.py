"""The tree over the stores."""

import pytest

from huitong.crypto import sha256
from huitong.crypto.ics23 import verify_existence
from huitong.crypto.ics23_ops import TENDERMINT_SPEC
from huitong.state import app_hash, prove_store


def leaf(name, root):
    return sha256(b"\0" + bytes((len(name),)) + name.encode() + b"\x20" + sha256(root))


def test_root_is_rfc6962_over_sorted_names():
    one, two, three = (bytes((number,)) * 32 for number in (1, 2, 3))
    assert app_hash({"main": one}) == leaf("main", one)
    inner = sha256(b"\1" + leaf("ibc", two) + leaf("main", one))
    assert app_hash({"main": one, "ibc": two}) == inner
    assert app_hash({"main": one, "zoo": three, "ibc": two}) == sha256(b"\1" + inner + leaf("zoo", three))


@pytest.mark.parametrize("count", range(1, 6))
def test_every_store_is_proved(count):
    roots = {name: sha256(name.encode()) for name in "abcde"[:count]}
    for name, root in roots.items():
        verify_existence(TENDERMINT_SPEC, app_hash(roots), prove_store(roots, name), name.encode(), root)


@pytest.mark.parametrize("name", ["", "a" * 32, "x\x03ibc", "Main", "main1", "münze"])
def test_names_that_could_pose_as_others_are_refused(name):
    with pytest.raises(AssertionError, match="is no name of a store"):
        app_hash({name: bytes(32)})
