"""Proofs of the state tree, read by the ICS-23 verifier; every change of one is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import sha256
from huitong.crypto.ics23 import (
    ExistenceProof,
    NonExistenceProof,
    verify_absence,
    verify_existence,
    verify_membership,
    verify_nonexistence,
)
from huitong.crypto.ics23_ops import SMT_SPEC
from huitong.crypto.ics23_wire import (
    commitment_proof_bytes,
    decode_commitment_proof,
    decode_merkle_proof,
    merkle_proof_bytes,
)
from huitong.state import SparseMerkleTree, app_hash, prove, prove_state
from huitong.types import Code, HuitongError, ProofInvalid

ITEMS = st.dictionaries(st.binary(min_size=1, max_size=6), st.binary(min_size=1, max_size=40), min_size=1, max_size=40)


class Proved:
    """A tree over fixed items, with the look-ups that proofs need."""

    def __init__(self, items, bits):
        self.items = dict(items)
        self.records = {}
        self.tree = SparseMerkleTree(sha256, bits, self.records)
        self.records.update(self.tree.update(items).buckets)
        self.keys = {sha256(key): key for key in items}

    def prove(self, key):
        return prove(self.tree, key, self.items.get, self.keys.get)

    def accepts(self, proof, key, value, root=None):
        """Whether the verifier takes a proof, with the value None for absence."""
        try:
            if value is None:
                assert isinstance(proof, NonExistenceProof)
                verify_nonexistence(SMT_SPEC, root or self.tree.root, proof, key)
            else:
                assert isinstance(proof, ExistenceProof)
                verify_existence(SMT_SPEC, root or self.tree.root, proof, key, value)
        except ProofInvalid:
            return False
        return True


@settings(deadline=None)
@given(ITEMS, st.integers(0, 11), st.binary(min_size=1, max_size=6))
def test_every_key_is_proved_present_or_absent(items, bits, other):
    proved = Proved(items, bits)
    for key in (other, *items):
        value = items.get(key)
        proof = proved.prove(key)
        assert proved.accepts(proof, key, value)
        assert decode_commitment_proof(commitment_proof_bytes(proof)) == proof


@settings(deadline=None)
@given(ITEMS, st.binary(min_size=1, max_size=6))
def test_proof_does_not_depend_on_the_bucket_count(items, other):
    few, many = Proved(items, 0), Proved(items, 11)
    for key in (other, *items):
        assert few.prove(key) == many.prove(key)


@settings(deadline=None)
@given(ITEMS, st.binary(min_size=1, max_size=6), st.binary(min_size=1, max_size=40))
def test_no_proof_serves_another_key_value_or_root(items, other, wrong):
    proved = Proved(items, 3)
    for key, value in items.items():
        proof = proved.prove(key)
        assert wrong == value or not proved.accepts(proof, key, wrong)
        assert other == key or not proved.accepts(proof, other, value)
        assert not proved.accepts(proof, key, value, root=sha256(proved.tree.root))
    if other not in items:
        absence = proved.prove(other)
        for key in items:
            assert not proved.accepts(absence, key, None)


@settings(deadline=None)
@given(ITEMS, st.data())
def test_a_proof_of_absence_with_farther_neighbours_is_refused(items, data):
    """Neighbours that leave a present key between them would prove it absent."""
    order = sorted(items, key=sha256)
    key = data.draw(st.sampled_from(order))
    proved = Proved(items, 3)
    place = order.index(key)
    left = proved.prove(order[place - 1]) if place else None
    right = proved.prove(order[place + 1]) if place + 1 < len(order) else None
    assert not proved.accepts(NonExistenceProof(key, left, right), key, None)


@settings(deadline=None)
@given(ITEMS, st.binary(min_size=1, max_size=6), st.data())
def test_one_changed_bit_is_refused(items, other, data):
    proved = Proved(items, 3)
    key = data.draw(st.sampled_from([other, *items]))
    raw = bytearray(commitment_proof_bytes(proved.prove(key)))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    try:
        proof = decode_commitment_proof(bytes(raw))
    except ProofInvalid:
        return
    if isinstance(proof, NonExistenceProof) and proof.key != key:
        return  # ics23 looks at the key that is asked for, not at this field
    assert isinstance(proof, ExistenceProof) == (key in items)
    assert not proved.accepts(proof, key, items.get(key))


def test_one_leaf_has_an_empty_path_and_is_the_neighbour_of_every_absent_key():
    proved = Proved({b"only": b"1"}, 8)
    proof = proved.prove(b"only")
    assert proof.path == ()
    assert proved.accepts(proof, b"only", b"1")
    for number in range(8):
        absence = proved.prove(b"absent %d" % number)
        assert (absence.left is None) != (absence.right is None)
        assert proved.accepts(absence, b"absent %d" % number, None)


def test_absence_from_an_empty_tree_cannot_be_proved():
    proved = Proved({}, 4)
    with pytest.raises(HuitongError) as caught:
        proved.prove(b"a")
    assert caught.value.code is Code.NOT_PROVABLE_YET


def test_two_levels_lead_to_the_app_hash():
    main, ibc = Proved({b"%d" % n: b"v%d" % n for n in range(50)}, 4), Proved({b"sentinel": b"\1"}, 4)
    roots = {"main": main.tree.root, "ibc": ibc.tree.root}
    top = app_hash(roots)
    present = prove_state(main.tree, roots, "main", b"7", main.items.get, main.keys.get)
    verify_membership(top, "main", b"7", b"v7", present)
    absent = prove_state(ibc.tree, roots, "ibc", b"7", ibc.items.get, ibc.keys.get)
    verify_absence(top, "ibc", b"7", absent)
    assert decode_merkle_proof(merkle_proof_bytes(present)) == present
    for store, proofs in (("ibc", present), ("mai", present)):
        with pytest.raises(ProofInvalid):
            verify_membership(top, store, b"7", b"v7", proofs)
    with pytest.raises(ProofInvalid):
        verify_absence(top, "main", b"7", absent)


def test_a_tree_that_is_not_at_the_given_root_is_refused():
    proved = Proved({b"a": b"1"}, 4)
    with pytest.raises(HuitongError) as caught:
        prove_state(proved.tree, {"main": sha256(b"")}, "main", b"a", proved.items.get, proved.keys.get)
    assert caught.value.code is Code.STORE_DAMAGED


@pytest.mark.parametrize(
    "damage",
    [
        lambda proved: proved.items.update({b"3": b"other"}),
        lambda proved: proved.items.pop(b"3"),
        lambda proved: proved.records.update({n: r[::-1] for n, r in proved.records.items()}),
    ],
)
def test_values_and_records_that_do_not_fit_the_root_are_refused(damage):
    proved = Proved({b"%d" % n: b"v%d" % n for n in range(9)}, 2)
    damage(proved)
    with pytest.raises(HuitongError) as caught:
        proved.prove(b"3")
    assert caught.value.code is Code.STORE_DAMAGED


@pytest.mark.parametrize("damage", [{}, {"wrong": b"x"}])
def test_keys_that_do_not_fit_their_hash_are_refused(damage):
    proved = Proved({b"%d" % n: b"v%d" % n for n in range(9)}, 2)
    proved.keys = dict.fromkeys(proved.keys, damage["wrong"]) if damage else {}
    with pytest.raises(HuitongError) as caught:
        proved.prove(b"absent")
    assert caught.value.code is Code.STORE_DAMAGED
