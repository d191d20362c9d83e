"""Proofs of presence and absence of a key, in ICS-23's form."""

from collections.abc import Callable, Mapping

from huitong.crypto.ics23 import CommitmentProof, ExistenceProof, NonExistenceProof, calculate_root
from huitong.crypto.ics23_ops import SMT_SPEC, InnerOp, ProofSpec
from huitong.types import Code, HuitongError, ProofInvalid

from .roots import prove_store
from .tree import SparseMerkleTree

ValueOf = Callable[[bytes], bytes | None]
"""The value under a key, at the height of the tree."""
KeyOf = Callable[[bytes], bytes | None]
"""The key of a key hash."""


def prove(
    tree: SparseMerkleTree, key: bytes, value_of: ValueOf, key_of: KeyOf, spec: ProofSpec = SMT_SPEC
) -> CommitmentProof:
    """Prove that `key` has its value in the tree, or that it is absent, by its neighbours in the order of H(key).

    Values and keys must be those of the tree's last update, and all of it persisted. Every proof is checked before it
    is returned. spec: that of the tree's hash. Raises HT7005 for an absence in an empty tree (stores hold a sentinel,
    so they are not), HT6204 when keys and values do not fit the tree.
    """
    if tree.leaf(tree.digest(key)) is not None:
        return _existence(tree, key, value_of, spec)
    neighbours = [_neighbour(tree, keyhash, value_of, key_of, spec) for keyhash in tree.neighbours(key)]
    if neighbours == [None, None]:
        raise ProofInvalid(Code.NOT_PROVABLE_YET, reason="nothing can be proved absent from an empty tree")
    return NonExistenceProof(key, *neighbours)


def prove_state(
    tree: SparseMerkleTree,
    roots: Mapping[str, bytes],
    store: str,
    key: bytes,
    value_of: ValueOf,
    key_of: KeyOf,
    spec: ProofSpec = SMT_SPEC,
) -> tuple[CommitmentProof, ExistenceProof]:
    """Prove a key of a store under `app_hash`: the proof in the store, then the store's root among all roots.

    This is the order of `MerkleProof`; the path that its verifier is given runs the other way, [store, key]. Raises as
    `prove` does, and HT6204 when the tree is not at the root given for it.
    """
    if tree.root != roots[store]:
        raise _damaged(f"the tree of store {store} is not at the root of its header")
    return prove(tree, key, value_of, key_of, spec), prove_store(roots, store)


def _neighbour(
    tree: SparseMerkleTree, keyhash: bytes | None, value_of: ValueOf, key_of: KeyOf, spec: ProofSpec
) -> ExistenceProof | None:
    if keyhash is None:
        return None
    key = key_of(keyhash)
    if key is None or tree.digest(key) != keyhash:
        raise _damaged("the key of a leaf is missing")
    return _existence(tree, key, value_of, spec)


def _existence(tree: SparseMerkleTree, key: bytes, value_of: ValueOf, spec: ProofSpec) -> ExistenceProof:
    value = value_of(key)
    if value is None:
        raise _damaged("the value of a leaf is missing")
    keyhash = tree.digest(key)
    siblings = tree.path(keyhash)
    bits = int.from_bytes(keyhash, "big")
    last = len(siblings) - 1
    operation = spec.inner.hash
    path = tuple(
        InnerOp(operation, b"\1" + sibling, b"")
        if bits >> (255 - last + index) & 1
        else InnerOp(operation, b"\1", sibling)
        for index, sibling in enumerate(siblings)
    )
    proof = ExistenceProof(key, value, spec.leaf, path)
    if calculate_root(proof) != tree.root:
        raise _damaged("a leaf does not lead to the root of its tree")
    return proof


def _damaged(reason: str) -> HuitongError:
    return HuitongError(Code.STORE_DAMAGED, reason=reason)
