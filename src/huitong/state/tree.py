"""The compact sparse Merkle tree of one store (ICS-23 `SmtSpec`).

leaf = H(0x00 || H(key) || H(value)), inner = H(0x01 || left || right), empty = 32 zero bytes, a lone leaf at its
shallowest free place. The 2^bits buckets of leaves are records of the store; the levels above them are in memory. The
root depends on the keys and values alone: not on the number of buckets, nor on the order of updates.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import msgspec

from huitong.crypto import HashFunction
from huitong.types import Code, HuitongError

from .tree_bucket import EMPTY, LEAF_BYTES, bucket_root, find, parent, place, siblings, split, with_leaf
from .view import WriteSet

MAX_BITS: Final = 24
MIN_BITS: Final = 4
TARGET_LOAD: Final = 4
"""Leaves per bucket that new trees and grown trees are made for: the cost of an update is lowest near it."""
LOAD_LIMIT: Final = 8
"""Mean leaves per bucket above which a tree should grow."""

_Group = dict[int, list[tuple[bytes, bytes | None, bytes]]]


class BucketSource(Protocol):
    """Where bucket records are kept."""

    def get(self, bucket: int) -> bytes | None:
        """Return the record of a bucket as it stands after the last persisted update, None when it is empty."""
        ...


class TreeUpdate(msgspec.Struct, frozen=True):
    """What an update changed, for the caller to persist in one batch.

    root: 32 bytes. buckets: new record by bucket number, b"" where the record is to be deleted. inserted: key by key
    hash of new leaves. removed: key hashes of leaves that are gone.
    """

    root: bytes
    buckets: Mapping[int, bytes]
    inserted: Mapping[bytes, bytes]
    removed: frozenset[bytes]


def bits_for(count: int) -> int:
    """Return the bits that suit a number of leaves: `TARGET_LOAD` leaves per bucket or fewer."""
    buckets = -(-count // TARGET_LOAD)
    return min(MAX_BITS, max(MIN_BITS, (buckets - 1).bit_length())) if count else MIN_BITS


class SparseMerkleTree:
    """A tree of which the upper levels are in memory and the buckets in a source.

    `update` changes the tree at once and the caller persists what it returns; if that fails, the tree is to be thrown
    away and loaded again. Memory: about 90 bytes per node, two nodes per bucket.
    """

    __slots__ = ("_bits", "_count", "_digest", "_nodes", "_source")

    def __init__(self, digest: HashFunction, bits: int, buckets: BucketSource) -> None:
        if not 0 <= bits <= MAX_BITS:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"a tree of {bits} bits is outside 0-{MAX_BITS}")
        self._digest = digest
        self._source = buckets
        self._reset(bits)

    def _reset(self, bits: int) -> None:
        self._bits = bits
        self._count = 0
        # heap order: the root is 1, the halves of i are 2i and 2i + 1, bucket b is 2^bits + b
        self._nodes = [EMPTY] * (2 << bits)

    @property
    def root(self) -> bytes:
        """Root hash, 32 bytes; zeros when the tree is empty."""
        return bytes(self._nodes[1])

    @property
    def digest(self) -> HashFunction:
        """H, the hash of the tree."""
        return self._digest

    @property
    def bits(self) -> int:
        """Leading bits of the key hash that number the buckets."""
        return self._bits

    @property
    def count(self) -> int:
        """Number of leaves."""
        return self._count

    @property
    def crowded(self) -> bool:
        """True when the mean load of buckets is above `LOAD_LIMIT`, so that `grow` would make updates cheaper."""
        return self._count > LOAD_LIMIT << self._bits and self._bits < MAX_BITS

    def load(self, buckets: Iterable[tuple[int, bytes]]) -> None:
        """Rebuild the upper levels from all records, in any order; replaces what the tree held."""
        self._reset(self._bits)
        bits, digest, nodes, base = self._bits, self._digest, self._nodes, 1 << self._bits
        size = 0
        for number, record in buckets:
            nodes[base + number] = bucket_root(record, bits, digest)
            size += len(record)
        self._count = size // LEAF_BYTES
        for index in range(base - 1, 0, -1):
            left, right = nodes[2 * index], nodes[2 * index + 1]
            if left is EMPTY or right is EMPTY:
                nodes[index] = parent(left, right, digest)
            else:
                nodes[index] = digest(b"\1" + left + right)

    def update(self, writes: WriteSet) -> TreeUpdate:
        """Set and delete leaves, in one pass over the changed paths. Deleting an absent key changes nothing."""
        bits, digest, base = self._bits, self._digest, 1 << self._bits
        groups = self._group(writes)
        get = self._source.get
        former = {number: get(number) or b"" for number in groups}
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
        self._count += len(inserted) - len(removed)
        return TreeUpdate(self.root, buckets, inserted, frozenset(removed))

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

    def grow(self) -> dict[int, bytes]:
        """Spread the leaves over more buckets, as `bits_for` says; the root stays.

        Returns all new records by new number. The caller replaces all records by them and stores the new `bits`, in
        one batch, before the next update.
        """
        bits = max(self._bits, bits_for(self._count))
        more, base = bits - self._bits, 1 << self._bits
        records: dict[int, bytes] = {}
        for number in range(base):
            if self._nodes[base + number] is not EMPTY:
                records.update(split(number, self._record(number), self._bits, more))
        root = self.root
        self._bits = bits
        self.load(records.items())
        if self.root != root:
            raise HuitongError(Code.STORE_DAMAGED, reason="the buckets of the state tree do not give its root")
        return records

    def leaf(self, keyhash: bytes) -> bytes | None:
        """Return the leaf hash under a key hash, None when it is absent."""
        record = self._source.get(self._number(keyhash)) or b""
        at = find(record, keyhash)
        return None if at < 0 else record[at + 32 : at + LEAF_BYTES]

    def path(self, keyhash: bytes) -> tuple[bytes, ...]:
        """Return the siblings of a present leaf from the leaf up to the root, empty ones included.

        The i-th from the end stands at depth i + 1 (from 0); at that depth the leaf is on the side of its key hash's
        bit i. Raises HT7002 when the key is absent.
        """
        number = self._number(keyhash)
        record = self._source.get(number) or b""
        at = find(record, keyhash)
        if at < 0:
            raise HuitongError(Code.PROOF_INVALID, reason="the key is absent")
        found = siblings(record, at, self._bits, self._digest)
        index = (1 << self._bits) + number
        while index > 1:
            sibling = self._nodes[index ^ 1]
            # a lone leaf stands where its first neighbour's branch parts from it
            if found or sibling is not EMPTY:
                found.append(sibling)
            index >>= 1
        return tuple(bytes(sibling) for sibling in found)

    def neighbours(self, key: bytes) -> tuple[bytes | None, bytes | None]:
        """Return the nearest key hashes below and above H(key), None at an edge of the tree."""
        keyhash = self._digest(key)
        number = self._number(keyhash)
        record = self._source.get(number) or b""
        at = place(record, keyhash)
        left = record[at - LEAF_BYTES : at - 32] if at else self._edge(number, right=False)
        if record[at : at + 32] == keyhash:
            at += LEAF_BYTES
        right = record[at : at + 32] or self._edge(number, right=True)
        return left or None, right or None

    def _edge(self, number: int, *, right: bool) -> bytes:
        """Return the first key hash of the next non-empty bucket to the right, or the last one to the left; or b""."""
        nodes, base = self._nodes, 1 << self._bits
        index = base + number
        while index > 1 and (index & 1 == right or nodes[index ^ 1] is EMPTY):
            index >>= 1
        if index == 1:
            return b""
        index ^= 1
        while index < base:
            index = 2 * index + (not right)
            if nodes[index] is EMPTY:
                index ^= 1
        record = self._record(index - base)
        return record[:32] if right else record[-LEAF_BYTES:-32]

    def _number(self, keyhash: bytes) -> int:
        return int.from_bytes(keyhash[:4], "big") >> (32 - self._bits)

    def _record(self, number: int) -> bytes:
        record = self._source.get(number)
        if not record:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"bucket {number} of the state tree is missing")
        return record


def _position(root: tuple[int, bytes]) -> int:
    return root[0]
