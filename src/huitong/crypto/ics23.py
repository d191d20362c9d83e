"""ICS-23 proofs: presence of a key with its value, absence by its two neighbours, and our two levels of trees.

The verifier is driven by specs, so the same lines read our own stores (`SMT_SPEC` below `TENDERMINT_SPEC`) and those
of Cosmos SDK chains (`IAVL_SPEC`). Batch and compressed proofs are refused. Bytes: `huitong.crypto.ics23_wire`.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from huitong.types.limits import MAX_PROOF_STEPS
from huitong.types.registry import STORE_IBC, SuiteId

from .ics23_ops import (
    SM3_SMT_SPEC,
    SMT_SPEC,
    TENDERMINT_SPEC,
    InnerOp,
    InnerSpec,
    LeafOp,
    ProofSpec,
    apply_inner,
    apply_leaf,
    check_iavl_prefix,
    check_inner,
    check_leaf,
    check_spec,
    digest,
    invalid,
    is_iavl,
)
from .suite import Suite

STORE_SPECS: Final = (SMT_SPEC, TENDERMINT_SPEC)
"""Specs of a proof of our state, lowest tree first; `ibc` has them under every suite."""

_SM3_STORE_SPECS: Final = (SM3_SMT_SPEC, TENDERMINT_SPEC)

_DEFAULT_DEPTH: Final = 128


def store_specs(suite: Suite, store: str) -> tuple[ProofSpec, ProofSpec]:
    """Specs of a proof of a store on a chain of this suite: of the store's tree, then of the tree over the stores."""
    return _SM3_STORE_SPECS if suite.id == SuiteId.GUOMI and store != STORE_IBC else STORE_SPECS


class ExistenceProof(msgspec.Struct, frozen=True):
    """Key, value, and the steps from their leaf up to the root; steps with an empty sibling are listed."""

    key: bytes
    value: bytes
    leaf: LeafOp
    path: tuple[InnerOp, ...]


class NonExistenceProof(msgspec.Struct, frozen=True):
    """A key that is not there, and its neighbours to the left and right; only at an edge of the tree one is None."""

    key: bytes
    left: ExistenceProof | None
    right: ExistenceProof | None


CommitmentProof = ExistenceProof | NonExistenceProof


def calculate_root(proof: ExistenceProof) -> bytes:
    """Root that the leaf and its steps lead to; no spec is checked. Raises HT7002."""
    node = apply_leaf(proof.leaf, proof.key, proof.value)
    for step in proof.path:
        node = apply_inner(step, node)
    return node


def check_against_spec(spec: ProofSpec, proof: ExistenceProof) -> None:
    """Check leaf, depth and every step. Raises ProofInvalid HT7002."""
    check_spec(spec)
    check_leaf(proof.leaf, spec.leaf)
    if not spec.min_depth <= len(proof.path) <= min(spec.max_depth or _DEFAULT_DEPTH, MAX_PROOF_STEPS):
        raise invalid(f"{len(proof.path)} steps are too few or too many")
    for step in proof.path:
        check_inner(step, spec)
    if is_iavl(spec):
        check_iavl_prefix(proof.leaf.prefix, 0)
        for layer, step in enumerate(proof.path, 1):
            check_iavl_prefix(step.prefix, layer)


def verify_existence(spec: ProofSpec, root: bytes, proof: ExistenceProof, key: bytes, value: bytes) -> None:
    """Check that `key` has `value` in the tree of `root`. Raises ProofInvalid HT7002."""
    if proof.key != key or proof.value != value:
        raise invalid("the proof is about another key or value")
    check_against_spec(spec, proof)
    if calculate_root(proof) != root:
        raise invalid("the steps do not lead to the root")


def verify_nonexistence(spec: ProofSpec, root: bytes, proof: NonExistenceProof, key: bytes) -> None:
    """Check that `key` is not in the tree of `root`. Raises ProofInvalid HT7002.

    As in ics23 the proof's own key is not looked at (published proofs of the SMT hold another form of it there).
    """
    left, right = proof.left, proof.right
    for neighbour in (left, right):
        if neighbour is not None:
            verify_existence(spec, root, neighbour, neighbour.key, neighbour.value)
    place = _comparable(spec, key)
    if left is not None and _comparable(spec, left.key) >= place:
        raise invalid("the left neighbour is not to the left of the key")
    if right is not None and _comparable(spec, right.key) <= place:
        raise invalid("the right neighbour is not to the right of the key")
    if not _adjacent(spec.inner, left, right):
        raise invalid("the neighbours are not next to each other, or not at the edge of the tree")


def _comparable(spec: ProofSpec, key: bytes) -> bytes:
    return digest(spec.leaf.prehash_key, key) if spec.prehash_key_before_comparison else key


def _adjacent(spec: InnerSpec, left: ExistenceProof | None, right: ExistenceProof | None) -> bool:
    if left is not None and right is not None:
        return is_left_neighbour(spec, left.path, right.path)
    if left is not None:
        return is_rightmost(spec, left.path)
    return right is not None and is_leftmost(spec, right.path)


def _branch(spec: InnerSpec, step: InnerOp) -> int | None:
    """Number of the branch, counted from the left, in which this step's child hangs; None when no branch fits."""
    for branch in range(len(spec.child_order)):
        before = spec.child_order.index(branch) * spec.child_size
        after = (len(spec.child_order) - 1) * spec.child_size - before
        fits = spec.min_prefix_length + before <= len(step.prefix) <= spec.max_prefix_length + before
        if fits and len(step.suffix) == after:
            return branch
    return None


def _siblings_empty(spec: InnerSpec, step: InnerOp, branches: Sequence[int]) -> bool:
    """True when these branches of the step's node (the child's own not among them) hold the empty child."""
    if len(spec.empty_child) != spec.child_size:
        return False
    own = _branch(spec, step)
    if own is None:
        return False
    place = spec.child_order.index(own)
    children = step.prefix[len(step.prefix) - place * spec.child_size :] if place else b""
    row = [children[at : at + spec.child_size] for at in range(0, len(children), spec.child_size)]
    row.append(b"")
    row += [step.suffix[at : at + spec.child_size] for at in range(0, len(step.suffix), spec.child_size)]
    return all(row[spec.child_order.index(branch)] == spec.empty_child for branch in branches)


def left_branches_are_empty(spec: InnerSpec, step: InnerOp) -> bool:
    """True when at least one branch lies to the left of the step's child and all of them are empty."""
    own = _branch(spec, step)
    return bool(own) and _siblings_empty(spec, step, range(own or 0))


def right_branches_are_empty(spec: InnerSpec, step: InnerOp) -> bool:
    """True when at least one branch lies to the right of the step's child and all of them are empty."""
    own, count = _branch(spec, step), len(spec.child_order)
    return own is not None and own < count - 1 and _siblings_empty(spec, step, range(own + 1, count))


def is_leftmost(spec: InnerSpec, path: Sequence[InnerOp]) -> bool:
    """True when nothing but empty children lies to the left of the path."""
    return all(_branch(spec, step) == 0 or left_branches_are_empty(spec, step) for step in path)


def is_rightmost(spec: InnerSpec, path: Sequence[InnerOp]) -> bool:
    """True when nothing but empty children lies to the right of the path."""
    last = len(spec.child_order) - 1
    return all(_branch(spec, step) == last or right_branches_are_empty(spec, step) for step in path)


def is_left_neighbour(spec: InnerSpec, left: Sequence[InnerOp], right: Sequence[InnerOp]) -> bool:
    """True when no leaf can stand between the two paths: they part in branches side by side below common steps."""
    shared = 0
    while shared < min(len(left), len(right)) and left[-1 - shared] == right[-1 - shared]:
        shared += 1
    left, right = left[: len(left) - shared], right[: len(right) - shared]
    if not left or not right:
        return False
    left_branch, right_branch = _branch(spec, left[-1]), _branch(spec, right[-1])
    if left_branch is None or right_branch is None or right_branch != left_branch + 1:
        return False
    return is_rightmost(spec, left[:-1]) and is_leftmost(spec, right[:-1])


def _climb(
    specs: Sequence[ProofSpec], root: bytes, path: Sequence[bytes], value: bytes, proofs: Sequence[CommitmentProof]
) -> None:
    """Check proofs of presence, lowest tree first: the root of each is the value under the next key."""
    for index, (spec, key, proof) in enumerate(zip(specs, path, proofs, strict=True)):
        if not isinstance(proof, ExistenceProof):
            raise invalid("a proof of presence is expected")
        above = root if index == len(proofs) - 1 else calculate_root(proof)
        verify_existence(spec, above, proof, key, value)
        value = above


def verify_chain(
    specs: Sequence[ProofSpec],
    root: bytes,
    path: Sequence[bytes],
    value: bytes | None,
    proofs: Sequence[CommitmentProof],
) -> None:
    """Check a chain of trees, lowest first: specs, path (keys) and proofs have one entry per tree.

    value None: the lowest key is absent; the proofs above it are of presence all the same. Raises ProofInvalid HT7002.
    """
    if not len(specs) == len(path) == len(proofs) > 0:
        raise invalid("the numbers of specs, keys and proofs differ")
    lowest = proofs[0]
    if value is not None:
        _climb(specs, root, path, value, proofs)
        return
    neighbour = (lowest.left or lowest.right) if isinstance(lowest, NonExistenceProof) else None
    if not isinstance(lowest, NonExistenceProof) or neighbour is None:
        raise invalid("a proof of absence is expected")
    low_root = calculate_root(neighbour) if len(proofs) > 1 else root
    verify_nonexistence(specs[0], low_root, lowest, path[0])
    if len(proofs) > 1:
        _climb(specs[1:], root, path[1:], low_root, proofs[1:])


def _leaves(proof: CommitmentProof) -> list[LeafOp]:
    found = (proof,) if isinstance(proof, ExistenceProof) else (proof.left, proof.right)
    return [item.leaf for item in found if item is not None]


def _check_own_form(specs: Sequence[ProofSpec], key: bytes, proofs: Sequence[CommitmentProof]) -> None:
    """Our own trees have exactly the spec's leaf: a longer prefix could let one store pose as another.

    And every byte of a proof is bound: an absent key stands in it as asked for.
    """
    if not key or not proofs or proofs[0].key != key:
        raise invalid("the proof is about another key")
    for spec, proof in zip(specs, proofs, strict=False):
        if any(leaf != spec.leaf for leaf in _leaves(proof)):
            raise invalid("a leaf has another form than the leaves of our trees")


def verify_membership(
    app_hash: bytes,
    store: str,
    key: bytes,
    value: bytes,
    proofs: Sequence[CommitmentProof],
    specs: Sequence[ProofSpec] = STORE_SPECS,
) -> None:
    """Check that `key` of a store has `value` in the state of `app_hash`. Raises ProofInvalid HT7002."""
    _check_own_form(specs, key, proofs)
    verify_chain(specs, app_hash, (key, store.encode()), value, proofs)


def verify_absence(
    app_hash: bytes,
    store: str,
    key: bytes,
    proofs: Sequence[CommitmentProof],
    specs: Sequence[ProofSpec] = STORE_SPECS,
) -> None:
    """Check that a store has no `key` in the state of `app_hash`. Raises ProofInvalid HT7002."""
    _check_own_form(specs, key, proofs)
    verify_chain(specs, app_hash, (key, store.encode()), None, proofs)
