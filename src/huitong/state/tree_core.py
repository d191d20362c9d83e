"""What a state tree computes: the levels above the buckets, in Python or in the native crate, to the same bytes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from huitong.crypto import HashFunction
from huitong.crypto.suite import NATIVE_HASHES
from huitong.types import Code, HuitongError
from huitong.types.native import Native, native

from .tree_bucket import EMPTY, LEAF_BYTES, bucket_root, parent, with_leaf
from .view import WriteSet

Fetch = Callable[[Sequence[int]], Sequence[bytes | None]]
"""The records of buckets as they stand after the last persisted update, None for an empty one."""
_Group = dict[int, list[tuple[bytes, bytes | None, bytes]]]


class TreeUpdate(msgspec.Struct, frozen=True):
    """What an update changed, for the caller to persist in one batch.

    root: 32 bytes. buckets: new record by bucket number, b"" where the record is to be deleted. inserted: key by key
    hash of new leaves. removed: key hashes of leaves that are gone.
    """

    root: bytes
    buckets: Mapping[int, bytes]
    inserted: Mapping[bytes, bytes]
    removed: frozenset[bytes]


class TreeCore(Protocol):
    """The levels above the buckets. A core is made empty and for a fixed number of buckets, 2^bits."""

    @property
    def count(self) -> int:
        """Number of leaves."""
        ...

    def node(self, index: int) -> bytes:
        """Hash at a place in heap order (the root is 1, the halves of i are 2i and 2i + 1), `EMPTY` itself if empty."""
        ...

    def load(self, buckets: Iterable[tuple[int, bytes]]) -> None:
        """Take in all records of the buckets, in any order, once after the core was made."""
        ...

    def update(self, writes: WriteSet, fetch: Fetch) -> TreeUpdate:
        """Set and delete leaves; if `fetch` raises, nothing has changed. It is called once, each bucket named once."""
        ...


def make_core(digest: HashFunction, bits: int) -> TreeCore:
    """Return the fastest core for a hash function."""
    crate, name = native(), NATIVE_HASHES.get(digest)
    return PythonCore(digest, bits) if crate is None or name is None else NativeCore(crate, name, bits)


class PythonCore:
    """The core in Python. Memory: about 90 bytes per node, two nodes per bucket."""

    __slots__ = ("_bits", "_digest", "_nodes", "count")

    def __init__(self, digest: HashFunction, bits: int) -> None:
        self._digest = digest
        self._bits = bits
        self.count = 0
        # heap order, see `TreeCore.node`; bucket b is 2^bits + b
        self._nodes = [EMPTY] * (2 << bits)

    def node(self, index: int) -> bytes:
        """Hash at a place in heap order."""
        return self._nodes[index]

    def load(self, buckets: Iterable[tuple[int, bytes]]) -> None:
        """Take in all records."""
        bits, digest, nodes, base = self._bits, self._digest, self._nodes, 1 << self._bits
        size = 0
        for number, record in buckets:
            nodes[base + number] = bucket_root(record, bits, digest)
            size += len(record)
        self.count = size // LEAF_BYTES
        for index in range(base - 1, 0, -1):
            left, right = nodes[2 * index], nodes[2 * index + 1]
            if left is EMPTY or right is EMPTY:
                nodes[index] = parent(left, right, digest)
            else:
                nodes[index] = digest(b"\1" + left + right)

    def update(self, writes: WriteSet, fetch: Fetch) -> TreeUpdate:
        """Set and delete leaves, in one pass over the changed paths."""
        bits, digest, base = self._bits, self._digest, 1 << self._bits
        groups = self._group(writes)
        former = {number: record or b"" for number, record in zip(groups, fetch(list(groups)), strict=True)}
        buckets: dict[int, bytes] = {}
        inserted: dict[bytes, bytes] = {}
        removed: set[bytes] = set()
        roots: list[tuple[int, bytes]] = []
        for number, changes in groups.items():
            before = record = former[number]
            for keyhash, leaf, key in changes:
                size = len(record)
                record = with_leaf(record, keyhash, leaf)
                if len(record) > size:
                    inserted[keyhash] = key
                elif len(record) < size:
                    removed.add(keyhash)
            if record != before:
                buckets[number] = record
                roots.append((base + number, bucket_root(record, bits, digest)))
        self._climb(roots)
        self.count += len(inserted) - len(removed)
        return TreeUpdate(bytes(self._nodes[1]), buckets, inserted, frozenset(removed))

    def _group(self, writes: WriteSet) -> _Group:
        """Hash keys and values and gather them by bucket."""
        digest, shift = self._digest, 32 - self._bits
        groups: _Group = {}
        for key, value in writes.items():
            assert key, "keys are never empty"
            keyhash = digest(key)
            leaf = None
            if value is not None:
                assert value, "values are never empty"
                leaf = digest(b"\0" + keyhash + digest(value))
            number = int.from_bytes(keyhash[:4], "big") >> shift
            change = (keyhash, leaf, key)
            found = groups.get(number)
            if found is None:
                groups[number] = [change]
            else:
                found.append(change)
        return groups

    def _climb(self, roots: list[tuple[int, bytes]]) -> None:
        """Put new bucket roots in place and hash the levels above them, each node once."""
        digest, nodes = self._digest, self._nodes
        roots.sort(key=_position)
        for index, node in roots:
            nodes[index] = node
        level = [index for index, _ in roots]
        for _ in range(self._bits):
            # ascending, so that memory is walked in one direction
            level = list(dict.fromkeys([index >> 1 for index in level]))
            for index in level:
                left, right = nodes[2 * index], nodes[2 * index + 1]
                if left is EMPTY or right is EMPTY:
                    nodes[index] = parent(left, right, digest)
                else:
                    nodes[index] = digest(b"\1" + left + right)


class NativeCore:
    """The core in the native crate. Memory: 33 bytes per node, two nodes per bucket. Damaged records raise HT6204."""

    __slots__ = ("_tree",)

    def __init__(self, crate: Native, name: str, bits: int) -> None:
        self._tree = crate.TreeCore(name, bits)

    @property
    def count(self) -> int:
        """Number of leaves."""
        return self._tree.count

    def node(self, index: int) -> bytes:
        """Hash at a place in heap order."""
        found = self._tree.node(index)
        return EMPTY if found is None else found

    def load(self, buckets: Iterable[tuple[int, bytes]]) -> None:
        """Take in all records."""
        try:
            self._tree.load(buckets)
        except ValueError as error:
            raise HuitongError(Code.STORE_DAMAGED, reason=str(error)) from error

    def update(self, writes: WriteSet, fetch: Fetch) -> TreeUpdate:
        """Set and delete leaves."""
        try:
            return TreeUpdate(*self._tree.update(dict(writes), fetch))
        except ValueError as error:
            raise HuitongError(Code.STORE_DAMAGED, reason=str(error)) from error


def _position(root: tuple[int, bytes]) -> int:
    return root[0]
