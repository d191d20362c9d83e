"""ICS-23: the published vectors of cosmos/ics23, and our two levels of trees."""

import base64
import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huitong.crypto import merkle, sha256
from huitong.crypto.ics23 import (
    ExistenceProof,
    NonExistenceProof,
    calculate_root,
    check_against_spec,
    left_branches_are_empty,
    right_branches_are_empty,
    verify_absence,
    verify_existence,
    verify_membership,
    verify_nonexistence,
)
from huitong.crypto.ics23_ops import (
    IAVL_SPEC,
    SMT_SPEC,
    TENDERMINT_SPEC,
    InnerOp,
    InnerSpec,
    LeafOp,
    ProofSpec,
    apply_inner,
    apply_leaf,
    check_leaf,
    check_spec,
    digest,
)
from huitong.crypto.ics23_wire import (
    commitment_proof_bytes,
    decode_commitment_proof,
    decode_merkle_proof,
    merkle_proof_bytes,
    proof_spec_bytes,
)
from huitong.types import Code, ProofInvalid

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "ics23"
published = pytest.mark.skipif(not VECTORS.is_dir(), reason="vectors of cosmos/ics23 are not there")
TREES = {"iavl": IAVL_SPEC, "smt": SMT_SPEC, "tendermint": TENDERMINT_SPEC}


def refused(action, *args):
    with pytest.raises(ProofInvalid) as caught:
        action(*args)
    assert caught.value.code == Code.PROOF_INVALID


def load(name):
    content = json.loads((VECTORS / f"{name}.json").read_text())
    return list(content.values()) if isinstance(content, dict) else content


def b64(value):
    return base64.b64decode(value or "")


def leaf_of(value):
    return LeafOp(
        value.get("hash", 0),
        value.get("prehash_key", 0),
        value.get("prehash_value", 0),
        value.get("length", 0),
        b64(value.get("prefix")),
    )


def inner_of(value):
    return InnerOp(value.get("hash", 0), b64(value.get("prefix")), b64(value.get("suffix")))


def spec_of(value):
    inner = value["inner_spec"]
    return ProofSpec(
        leaf_of(value["leaf_spec"]),
        InnerSpec(
            tuple(inner["child_order"]),
            inner["child_size"],
            inner.get("min_prefix_length", 0),
            inner.get("max_prefix_length", 0),
            b64(inner.get("empty_child")),
            inner.get("hash", 0),
        ),
        value.get("max_depth", 0),
        value.get("min_depth", 0),
    )


def proof_of(value):
    path = tuple(inner_of(step) for step in value.get("path") or ())
    return ExistenceProof(b64(value.get("key")), b64(value.get("value")), leaf_of(value.get("leaf") or {}), path)


@published
@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("side", ["left", "middle", "right"])
def test_published_presence(tree, side):
    vector = json.loads((VECTORS / tree / f"exist_{side}.json").read_text())
    raw, root = bytes.fromhex(vector["proof"]), bytes.fromhex(vector["root"])
    key, value = bytes.fromhex(vector["key"]), bytes.fromhex(vector["value"])
    proof = decode_commitment_proof(raw)
    verify_existence(TREES[tree], root, proof, key, value)
    assert commitment_proof_bytes(proof) == raw
    refused(verify_existence, TREES[tree], root, proof, key, value + b"x")
    refused(verify_existence, TREES[tree], sha256(root), proof, key, value)
    for other in set(TREES) - {tree}:
        refused(verify_existence, TREES[other], root, proof, key, value)


@published
@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("side", ["left", "middle", "right"])
def test_published_absence(tree, side):
    vector = json.loads((VECTORS / tree / f"nonexist_{side}.json").read_text())
    raw, root, key = (bytes.fromhex(vector[name]) for name in ("proof", "root", "key"))
    proof = decode_commitment_proof(raw)
    assert isinstance(proof, NonExistenceProof)
    verify_nonexistence(TREES[tree], root, proof, key)
    refused(verify_nonexistence, TREES[tree], sha256(root), proof, key)
    present = (proof.left or proof.right).key
    refused(verify_nonexistence, TREES[tree], root, NonExistenceProof(present, proof.left, proof.right), present)
    refused(verify_nonexistence, TREES[tree], root, NonExistenceProof(key, None, None), key)
    if side == "middle":
        refused(verify_nonexistence, TREES[tree], root, NonExistenceProof(key, proof.left, None), key)
        refused(verify_nonexistence, TREES[tree], root, NonExistenceProof(key, None, proof.right), key)


@published
def test_published_steps():
    for case in load("TestLeafOpData"):
        arguments = (leaf_of(case["Op"]), b64(case["Key"]), b64(case["Value"]))
        if case["IsErr"]:
            refused(apply_leaf, *arguments)
        else:
            assert apply_leaf(*arguments) == b64(case["Expected"])
    for case in load("TestInnerOpData"):
        arguments = (inner_of(case["Op"]), b64(case["Child"]))
        if case["IsErr"]:
            refused(apply_inner, *arguments)
        else:
            assert apply_inner(*arguments) == b64(case["Expected"])


@published
def test_published_roots_and_leaf_rules():
    for case in load("TestExistenceProofData"):
        proof = proof_of(case["Proof"])
        if case["IsErr"]:
            refused(calculate_root, proof)
        else:
            assert calculate_root(proof) == b64(case["Expected"])
    for case in load("TestCheckLeafData"):
        arguments = (leaf_of(case["Leaf"]), leaf_of(case["Spec"]))
        if case["IsErr"]:
            refused(check_leaf, *arguments)
        else:
            check_leaf(*arguments)


@published
def test_published_spec_rules():
    verdicts = []
    for case in load("TestCheckAgainstSpecData"):
        arguments = (spec_of(case["Spec"]), proof_of(case["Proof"]))
        if case["Err"]:
            refused(check_against_spec, *arguments)
        else:
            check_against_spec(*arguments)
        verdicts.append(bool(case["Err"]))
    assert True in verdicts
    assert False in verdicts


@published
def test_published_empty_branches():
    for case in load("TestEmptyBranchData"):
        spec, step = spec_of(case["Spec"]), inner_of(case["Op"])
        assert left_branches_are_empty(spec.inner, step) is case["IsLeft"]
        assert right_branches_are_empty(spec.inner, step) is case["IsRight"]


@published
def test_published_hashes_that_are_supported():
    """RIPEMD-160 (alone and after SHA-256) and SHA-512/256 are refused, since no tree that we read uses them."""
    for case in json.loads((VECTORS / "TestDoHashData.json").read_text()).values():
        preimage = case.get("Preimage", case.get("PreImage")).encode()
        if case["HashOp"] in {4, 5, 6}:
            refused(digest, case["HashOp"], preimage)
        else:
            assert digest(case["HashOp"], preimage).hex() == case["ExpectedHash"]


# A naive tree, built whole: bits of the key's hash choose left or right, a lone leaf stands as high as it can.


def node(leaves, bit=0):
    if not leaves:
        return bytes(32)
    if len(leaves) == 1:
        ((key, value),) = leaves
        return sha256(b"\0" + sha256(key) + sha256(value))
    left, right = halves(leaves, bit)
    return sha256(b"\1" + node(left, bit + 1) + node(right, bit + 1))


def halves(leaves, bit):
    def is_right(leaf):
        return sha256(leaf[0])[bit // 8] >> (7 - bit % 8) & 1

    return [leaf for leaf in leaves if not is_right(leaf)], [leaf for leaf in leaves if is_right(leaf)]


def prove(leaves, leaf, bit=0):
    if len(leaves) == 1:
        return ()
    left, right = halves(leaves, bit)
    if leaf in left:
        return (*prove(left, leaf, bit + 1), InnerOp(1, b"\1", node(right, bit + 1)))
    return (*prove(right, leaf, bit + 1), InnerOp(1, b"\1" + node(left, bit + 1), b""))


def existence(items, key):
    leaf = (key, items[key])
    return ExistenceProof(key, items[key], SMT_SPEC.leaf, prove(list(items.items()), leaf))


def absence(items, key):
    ordered = sorted(items, key=sha256)
    left = [item for item in ordered if sha256(item) < sha256(key)]
    right = [item for item in ordered if sha256(item) > sha256(key)]
    return NonExistenceProof(
        key, existence(items, left[-1]) if left else None, existence(items, right[0]) if right else None
    )


def store_proof(roots, store):
    names = sorted(roots)
    leaves = [bytes([len(name)]) + name.encode() + b"\x20" + sha256(roots[name]) for name in names]
    steps = merkle.path(leaves, names.index(store), sha256)
    path = tuple(InnerOp(1, b"\1" + s.sibling, b"") if s.left else InnerOp(1, b"\1", s.sibling) for s in steps)
    app_hash = merkle.root(leaves, sha256)
    return app_hash, ExistenceProof(store.encode(), roots[store], TENDERMINT_SPEC.leaf, path)


ITEMS = st.dictionaries(st.binary(min_size=1, max_size=6), st.binary(min_size=1, max_size=6), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.binary(min_size=1, max_size=6))
def test_presence_and_absence_in_two_levels(items, key):
    app_hash, upper = store_proof({"main": node(list(items.items())), "ibc": sha256(b"ibc")}, "main")
    if key in items:
        proofs = decode_merkle_proof(merkle_proof_bytes((existence(items, key), upper)))
        verify_membership(app_hash, "main", key, items[key], proofs)
        refused(verify_membership, app_hash, "ibc", key, items[key], proofs)
        refused(verify_membership, app_hash, "main", key, items[key] + b"x", proofs)
        refused(verify_absence, app_hash, "main", key, proofs)
    else:
        proofs = decode_merkle_proof(merkle_proof_bytes((absence(items, key), upper)))
        verify_absence(app_hash, "main", key, proofs)
        refused(verify_absence, app_hash, "ibc", key, proofs)
        refused(verify_absence, sha256(app_hash), "main", key, proofs)
        refused(verify_membership, app_hash, "main", key, b"x", proofs)
        for present in items:
            refused(verify_absence, app_hash, "main", present, proofs)


@settings(max_examples=40, deadline=None)
@given(ITEMS, st.data())
def test_neighbours_must_be_adjacent(items, data):
    """Leaving out the leaf between two others never proves that it is absent."""
    ordered = sorted(items, key=sha256)
    middle = data.draw(st.integers(0, len(ordered) - 1))
    left = existence(items, ordered[middle - 1]) if middle else None
    right = existence(items, ordered[middle + 1]) if middle + 1 < len(ordered) else None
    key = ordered[middle]
    refused(verify_nonexistence, SMT_SPEC, node(list(items.items())), NonExistenceProof(key, left, right), key)


def test_a_crafted_store_name_cannot_pose_as_another():
    """A leaf prefix longer than the spec's is good for ics23 and refused in our own trees."""
    app_hash, upper = store_proof({"main": sha256(b"m"), "x\x03ibc": sha256(b"evil")}, "x\x03ibc")
    posing = ExistenceProof(b"ibc", upper.value, LeafOp(1, 0, 1, 1, b"\0\x05x"), upper.path)
    verify_existence(TENDERMINT_SPEC, app_hash, posing, b"ibc", upper.value)
    lower = ExistenceProof(b"k", b"v", SMT_SPEC.leaf, ())
    refused(verify_membership, app_hash, "ibc", b"k", b"v", (lower, posing))


def test_every_flipped_bit_of_a_proof_is_refused():
    items = {bytes([index]): b"value" for index in range(1, 20)}
    app_hash, upper = store_proof({"main": node(list(items.items())), "ibc": sha256(b"ibc")}, "main")

    def check(raw, *, present):
        proofs = decode_merkle_proof(raw)
        if present:
            verify_membership(app_hash, "main", b"\5", b"value", proofs)
        else:
            verify_absence(app_hash, "main", b"absent", proofs)

    for present, lower in ((True, existence(items, b"\5")), (False, absence(items, b"absent"))):
        raw = merkle_proof_bytes((lower, upper))
        check(raw, present=present)
        for position in range(len(raw)):
            for bit in range(8):
                bad = bytearray(raw)
                bad[position] ^= 1 << bit
                with pytest.raises(ProofInvalid) as caught:
                    check(bytes(bad), present=present)
                assert caught.value.code == Code.PROOF_INVALID


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_decoding_is_total(raw):
    proofs = None
    with contextlib.suppress(ProofInvalid):
        proofs = decode_merkle_proof(raw)
    assert proofs is None or merkle_proof_bytes(proofs) == raw


def test_specs_that_hide_children_are_refused():
    inner = InnerSpec((0, 1), 32, 1, 33, b"", 1)
    refused(check_spec, ProofSpec(SMT_SPEC.leaf, inner))
    refused(check_spec, ProofSpec(SMT_SPEC.leaf, InnerSpec((0, 0), 32, 1, 1, b"", 1)))
    refused(check_spec, ProofSpec(SMT_SPEC.leaf, InnerSpec((0, 1), 0, 1, 1, b"", 1)))


def test_bytes_of_specs():
    """The bytes that a live ibc-go accepted in a client state."""
    assert proof_spec_bytes(SMT_SPEC).hex() == (
        "0a090801100118012a0100" + "122e0a0200011020180120012a20" + "00" * 32 + "3001" + "18800228" + "01"
    )
    assert proof_spec_bytes(TENDERMINT_SPEC).hex() == "0a090801180120012a0100120c0a02000110201801200130" + "01"
