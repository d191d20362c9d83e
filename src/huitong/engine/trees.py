"""The commitment trees of a chain, one per store, and the app hash over them."""

from collections.abc import Mapping

from huitong.crypto import Suite
from huitong.crypto.ics23 import CommitmentProof, ExistenceProof, store_specs
from huitong.state import SparseMerkleTree, TreeUpdate, WriteSet, app_hash, bits_for, prove_state, store_digest
from huitong.types import Code, HuitongError
from huitong.types.registry import STORES

from .ports import ChainStore


class StateTrees:
    """All trees at the newest height. For the executing thread."""

    def __init__(self, suite: Suite, store: ChainStore) -> None:
        self._suite = suite
        self._store = store
        self._trees: dict[str, SparseMerkleTree] = {}

    def plan(self, writes: Mapping[str, WriteSet]) -> dict[str, int]:
        """Make empty trees that suit the first writes; return their bits."""
        self._trees = {
            store: SparseMerkleTree(
                store_digest(self._suite, store), bits_for(len(writes[store])), self._store.buckets(store)
            )
            for store in STORES
        }
        return {store: tree.bits for store, tree in self._trees.items()}

    @property
    def bits(self) -> dict[str, int]:
        """Bits that number the buckets of each tree."""
        return {store: tree.bits for store, tree in self._trees.items()}

    def load(self, expected: bytes) -> None:
        """Rebuild the trees from the store. Raises HT6204 when they do not give the app hash that was committed."""
        for store in STORES:
            buckets = self._store.buckets(store)
            tree = SparseMerkleTree(store_digest(self._suite, store), self._store.tree_bits(store), buckets)
            tree.load(buckets.all())
            self._trees[store] = tree
        if self.app_hash() != expected:
            raise HuitongError(Code.STORE_DAMAGED, reason="the state does not give the app hash that was committed")

    def update(self, writes: Mapping[str, WriteSet]) -> dict[str, TreeUpdate]:
        """Apply the writes of a block. If they are not committed after it, load the trees again."""
        return {store: self._trees[store].update(writes[store]) for store in sorted(writes) if writes[store]}

    @property
    def crowded(self) -> bool:
        """True when `grow` has something to do."""
        return any(tree.crowded for tree in self._trees.values())

    def grow(self) -> None:
        """Spread crowded trees over more buckets; the roots stay."""
        for store, tree in self._trees.items():
            if tree.crowded:
                records = tree.grow()
                self._store.regrow(store, tree.bits, records)

    def roots(self) -> dict[str, bytes]:
        """Root of each store."""
        return {store: tree.root for store, tree in self._trees.items()}

    def app_hash(self) -> bytes:
        """Root over all stores."""
        return app_hash(self.roots())

    def prove(self, store: str, key: bytes) -> tuple[bytes | None, CommitmentProof, ExistenceProof]:
        """Return the value of a key (None: absent), its proof in the store, and the store's under the app hash."""
        view = self._store.live(store)
        in_store, of_store = prove_state(
            self._trees[store],
            self.roots(),
            store,
            key,
            view.get,
            lambda found: self._store.key_of(store, found),
            store_specs(self._suite, store)[0],
        )
        return view.get(key), in_store, of_store
