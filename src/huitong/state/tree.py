"""The compact sparse Merkle tree of one store (ICS-23 `SmtSpec`).

leaf = H(0x00 || H(key) || H(value)), inner = H(0x01 || left || right), empty = 32 zero bytes, a lone leaf at its
shallowest free place. The 2^bits buckets of leaves are records of the store; the levels above them are in memory. The
root depends on the keys and values alone: not on the number of buckets, nor on the order of updates.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, runtime_checkable

from huitong.crypto import HashFunction
from huitong.types import Code, HuitongError

from .tree_bucket import EMPTY, LEAF_BYTES, find, place, siblings, split
from .tree_core import Fetch, TreeCore, TreeUpdate, make_core
from .view import WriteSet

MAX_BITS: Final = 24
MIN_BITS: Final = 4
TARGET_LOAD: Final = 4
"""Leaves per bucket that new trees and grown trees are made for: the cost of an update is lowest near it."""
LOAD_LIMIT: Final = 8
"""Mean leaves per bucket above which a tree should grow."""


class BucketSource(Protocol):
    """Where bucket records are kept."""

    def get(self, bucket: int) -> bytes | None:
        """Return the record of a bucket as it stands after the last persisted update, None when it is empty."""
        ...


@runtime_checkable
class ManyBuckets(Protocol):
    """A source that reads many records faster at once than one after the other."""

    def get_many(self, buckets: Sequence[int]) -> Sequence[bytes | None]:
        """Return a record for each bucket, as `BucketSource.get` does."""
        ...


def fetch_from(source: BucketSource) -> Fetch:
    """Return what reads the records of an update from a source, at once where it can."""
    if isinstance(source, ManyBuckets):
        return source.get_many
    return lambda buckets: [source.get(bucket) for bucket in buckets]


def bits_for(count: int) -> int:
    """Return the bits that suit a number of leaves: `TARGET_LOAD` leaves per bucket or fewer."""
    buckets = -(-count // TARGET_LOAD)
    return min(MAX_BITS, max(MIN_BITS, (buckets - 1).bit_length())) if count else MIN_BITS


class SparseMerkleTree:
    """A tree of which the upper levels are in memory and the buckets in a source.

    `update` changes the tree at once and the caller persists what it returns; if that fails, the tree is to be thrown
    away and loaded again. `core` makes what computes, for those who compare the twins.
    """

    __slots__ = ("_bits", "_core", "_digest", "_fetch", "_make", "_source")

    def __init__(
        self,
        digest: HashFunction,
        bits: int,
        buckets: BucketSource,
        core: Callable[[HashFunction, int], TreeCore] = make_core,
    ) -> None:
        if not 0 <= bits <= MAX_BITS:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"a tree of {bits} bits is outside 0-{MAX_BITS}")
        self._digest = digest
        self._source = buckets
        self._fetch = fetch_from(buckets)
        self._make = core
        self._reset(bits)

    def _reset(self, bits: int) -> None:
        self._bits = bits
        self._core = self._make(self._digest, bits)

    @property
    def root(self) -> bytes:
        """Root hash, 32 bytes; zeros when the tree is empty."""
        return bytes(self._core.node(1))

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
        return self._core.count

    @property
    def crowded(self) -> bool:
        """True when the mean load of buckets is above `LOAD_LIMIT`, so that `grow` would make updates cheaper."""
        return self.count > LOAD_LIMIT << self._bits and self._bits < MAX_BITS

    def load(self, buckets: Iterable[tuple[int, bytes]]) -> None:
        """Rebuild the upper levels from all records, in any order; replaces what the tree held."""
        self._reset(self._bits)
        self._core.load(buckets)

    def update(self, writes: WriteSet) -> TreeUpdate:
        """Set and delete leaves, in one pass over the changed paths. Deleting an absent key changes nothing.

        Whatever the source raises passes through, and the tree is as it was.
        """
        return self._core.update(writes, self._fetch)

    def grow(self) -> dict[int, bytes]:
        """Spread the leaves over more buckets, as `bits_for` says; the root stays.

        Returns all new records by new number. The caller replaces all records by them and stores the new `bits`, in
        one batch, before the next update.
        """
        bits = max(self._bits, bits_for(self.count))
        more, base, node = bits - self._bits, 1 << self._bits, self._core.node
        records: dict[int, bytes] = {}
        for number in range(base):
            if node(base + number) is not EMPTY:
                records.update(split(number, self._record(number), self._bits, more))
        core = self._make(self._digest, bits)
        core.load(records.items())
        if core.node(1) != self.root:
            raise HuitongError(Code.STORE_DAMAGED, reason="the buckets of the state tree do not give its root")
        self._bits, self._core = bits, core
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
            sibling = self._core.node(index ^ 1)
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
        node, base = self._core.node, 1 << self._bits
        index = base + number
        while index > 1 and (index & 1 == right or node(index ^ 1) is EMPTY):
            index >>= 1
        if index == 1:
            return b""
        index ^= 1
        while index < base:
            index = 2 * index + (not right)
            if node(index) is EMPTY:
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
