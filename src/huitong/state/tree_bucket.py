"""Buckets of the state tree: leaves whose key hashes share their first bits, as one record, and their subtree's root.

A record is the concatenation of `keyhash || leafhash` (64 bytes per leaf), ascending by key hash; keyhash = H(key),
leafhash = H(0x00 || H(key) || H(value)). Leaf hashes are kept rather than value hashes, so that an update of one leaf
does not hash its neighbours again. An empty bucket has no record.
"""

from collections.abc import Iterator
from typing import Final

from huitong.crypto import HashFunction

EMPTY: Final = bytes(32)
"""Hash of an empty subtree. It is never hashed from anything, and is compared by identity within this package."""
LEAF_BYTES: Final = 64
KEY_BITS: Final = 256


class Lone(bytes):
    """Hash of a subtree that holds exactly one leaf: the leaf's own hash, whatever the depth.

    The mark is the type, so that a parent with an empty other half takes the hash over as it is.
    """

    __slots__ = ()


def parent(left: bytes, right: bytes, digest: HashFunction) -> bytes:
    """Return the hash of a node from its halves: empty, the lone leaf's hash, or H(0x01 || left || right)."""
    if right is EMPTY and (left is EMPTY or type(left) is Lone):
        return left
    if left is EMPTY and type(right) is Lone:
        return right
    return digest(b"\1" + left + right)


def bucket_root(record: bytes, bits: int, digest: HashFunction) -> bytes:
    """Return the root of a bucket's subtree, at depth `bits` below the root of the tree.

    One pass over the leaves with a stack: of two neighbours the number of common leading bits says at what depth their
    branches part. `pending` holds left halves whose right half is still open, each with the depth of its branch.
    """
    size = len(record)
    if size <= LEAF_BYTES:
        return Lone(record[32:]) if record else EMPTY
    number = int.from_bytes
    pending: list[bytes] = []
    branches: list[int] = []
    key = number(record[:32], "big")
    node = record[32:64]
    depth = KEY_BITS  # of a lone leaf: it stands wherever its branch ends and is never lifted
    for at in range(64, size, 64):
        following = number(record[at : at + 32], "big")
        branch = KEY_BITS - (key ^ following).bit_length()
        while branches and branches[-1] > branch:
            above = branches.pop()
            if depth != KEY_BITS and depth > above + 1:
                node = _lift(node, key, depth, above + 1, digest)
            node = digest(b"\1" + pending.pop() + node)
            depth = above
        if depth != KEY_BITS and depth > branch + 1:
            node = _lift(node, key, depth, branch + 1, digest)
        pending.append(node)
        branches.append(branch)
        key = following
        node = record[at + 32 : at + 64]
        depth = KEY_BITS
    while branches:
        above = branches.pop()
        if depth != KEY_BITS and depth > above + 1:
            node = _lift(node, key, depth, above + 1, digest)
        node = digest(b"\1" + pending.pop() + node)
        depth = above
    return _lift(node, key, depth, bits, digest) if depth > bits else node


def _lift(node: bytes, key: int, depth: int, target: int, digest: HashFunction) -> bytes:
    """Hash a subtree of several leaves upwards from `depth` to `target`, the other half of each node being empty."""
    while depth > target:
        depth -= 1
        right = key >> (KEY_BITS - 1 - depth) & 1
        node = digest(b"\1" + EMPTY + node) if right else digest(b"\1" + node + EMPTY)
    return node


def find(record: bytes, keyhash: bytes) -> int:
    """Return the offset of a leaf in a record, -1 when it is not there."""
    at = record.find(keyhash)
    while at >= 0 and at % LEAF_BYTES:
        at = record.find(keyhash, at + 1)
    return at


def place(record: bytes, keyhash: bytes) -> int:
    """Return the offset of the first leaf whose key hash is not below `keyhash`; the length when there is none."""
    at = 0
    while at < len(record) and record[at : at + 32] < keyhash:
        at += LEAF_BYTES
    return at


def with_leaf(record: bytes, keyhash: bytes, leaf: bytes | None) -> bytes:
    """Return the record with a leaf set, or removed when `leaf` is None."""
    at = find(record, keyhash)
    if leaf is None:
        return record if at < 0 else record[:at] + record[at + LEAF_BYTES :]
    if at >= 0:
        return record[: at + 32] + leaf + record[at + LEAF_BYTES :]
    at = place(record, keyhash)
    return record[:at] + keyhash + leaf + record[at:]


def split(number: int, record: bytes, bits: int, more: int) -> Iterator[tuple[int, bytes]]:
    """Yield (number, record) of the buckets that a bucket falls apart into when `bits` grow by `more`."""
    shift = KEY_BITS - bits - more
    start = 0
    current = -1
    for at in range(0, len(record), LEAF_BYTES):
        part = int.from_bytes(record[at : at + 32], "big") >> shift
        if part != current:
            if at > start:
                yield current, record[start:at]
            start, current = at, part
    assert current >> more == number, "the record holds leaves of another bucket"
    yield current, record[start:]


def siblings(record: bytes, at: int, bits: int, digest: HashFunction) -> list[bytes]:
    """Return the siblings of the leaf at offset `at`, from the leaf up to the bucket's root.

    A leaf alone in its bucket has none. Empty ones are listed, as ICS-23 wants. The i-th from the end stands at depth
    bits + i + 1.
    """
    found: list[bytes] = []
    depth = bits
    while len(record) > LEAF_BYTES:
        middle = _middle(record, depth)
        depth += 1
        if at < middle:
            found.append(bucket_root(record[middle:], depth, digest))
            record = record[:middle]
        else:
            found.append(bucket_root(record[:middle], depth, digest))
            record, at = record[middle:], at - middle
    found.reverse()
    return found


def _middle(record: bytes, depth: int) -> int:
    """Return the offset of the first leaf whose bit at `depth` (from the top) is set."""
    octet, mask = depth >> 3, 0x80 >> (depth & 7)
    at = 0
    while at < len(record) and not record[at + octet] & mask:
        at += LEAF_BYTES
    return at
