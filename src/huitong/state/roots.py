"""The tree over the stores, whose root is the header's `app_hash` (ICS-23 `TendermintSpec`).

RFC 6962 with SHA-256 over the stores in the order of their names;
leaf = SHA256(0x00 || uvarint(len name) || name || 0x20 || SHA256(store root)).
"""

from collections.abc import Mapping

from huitong.crypto import HashFunction, Suite, merkle, sha256
from huitong.crypto.ics23 import ExistenceProof
from huitong.crypto.ics23_ops import HASH_SHA256, TENDERMINT_SPEC, InnerOp
from huitong.types.limits import HASH_BYTES, MAX_STORE_NAME_BYTES
from huitong.types.registry import STORE_IBC


def store_digest(suite: Suite, store: str) -> HashFunction:
    """Return the hash of a store's tree. `ibc` is always SHA-256, so that foreign verifiers read it."""
    return sha256 if store == STORE_IBC else suite.hash


def _check_name(name: str) -> None:
    """Stop at a name that is not 1-31 letters a-z: a crafted one could pose as another store towards ICS-23."""
    good = 0 < len(name) <= MAX_STORE_NAME_BYTES and all("a" <= letter <= "z" for letter in name)
    assert good, f"{name!r} is no name of a store"


def _leaves(roots: Mapping[str, bytes]) -> tuple[list[str], list[bytes]]:
    names = sorted(roots)
    leaves = []
    for name in names:
        _check_name(name)
        assert len(roots[name]) == HASH_BYTES, "a root has 32 bytes"
        # a name is shorter than 128 bytes, so its uvarint is one byte
        leaves.append(bytes((len(name),)) + name.encode() + bytes((HASH_BYTES,)) + sha256(roots[name]))
    return names, leaves


def app_hash(roots: Mapping[str, bytes]) -> bytes:
    """Return the root over all stores, from the root of each by name: 32 bytes."""
    return merkle.root(_leaves(roots)[1], sha256)


def prove_store(roots: Mapping[str, bytes], store: str) -> ExistenceProof:
    """Prove the root of a store under `app_hash`: key = name, value = root."""
    names, leaves = _leaves(roots)
    path = tuple(
        InnerOp(HASH_SHA256, b"\1" + step.sibling, b"") if step.left else InnerOp(HASH_SHA256, b"\1", step.sibling)
        for step in merkle.path(leaves, names.index(store), sha256)
    )
    return ExistenceProof(store.encode(), roots[store], TENDERMINT_SPEC.leaf, path)
