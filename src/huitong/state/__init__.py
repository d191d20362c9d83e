"""Views, overlays, write sets and the commitment tree of the stores."""

from . import keys
from .overlay import Overlay
from .proof import prove, prove_state
from .roots import app_hash, prove_store, store_digest
from .tree import BucketSource, SparseMerkleTree, bits_for
from .tree_core import TreeUpdate
from .view import StateView, WriteSet

__all__ = [
    "BucketSource",
    "Overlay",
    "SparseMerkleTree",
    "StateView",
    "TreeUpdate",
    "WriteSet",
    "app_hash",
    "bits_for",
    "keys",
    "prove",
    "prove_state",
    "prove_store",
    "store_digest",
]
