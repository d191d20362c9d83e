"""RFC 6962 Merkle trees: leaf = H(0x00 || leaf), inner = H(0x01 || left || right), empty = H("").

The left part of a tree of n leaves holds the largest power of two below n. Hashing level by level, an odd last node
moving up unchanged, gives the same tree.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from huitong.types import Code, HuitongError
from huitong.types.limits import HASH_BYTES, MAX_PROOF_STEPS
from huitong.types.native import native

from .suite import NATIVE_HASHES, HashFunction

_CRATE: Final = native()


class Step(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """One step from a leaf to the root. left: the sibling (32 bytes) stands to the left of the node."""

    left: bool
    sibling: bytes


def _level_above(level: list[bytes], digest: HashFunction) -> list[bytes]:
    above = [digest(b"\1" + left + right) for left, right in zip(level[::2], level[1::2], strict=False)]
    if len(level) & 1:
        above.append(level[-1])
    return above


def root(leaves: Sequence[bytes], digest: HashFunction) -> bytes:
    """Return the root (32 bytes) over leaves of any length, in their order."""
    name = NATIVE_HASHES.get(digest)
    return computed_root(leaves, digest) if _CRATE is None or name is None else _CRATE.merkle_root(name, leaves)


def computed_root(leaves: Sequence[bytes], digest: HashFunction) -> bytes:
    """Return the root as `root` does, in Python."""
    level = [digest(b"\0" + leaf) for leaf in leaves]
    if not level:
        return digest(b"")
    while len(level) > 1:
        level = _level_above(level, digest)
    return level[0]


def path(leaves: Sequence[bytes], index: int, digest: HashFunction) -> tuple[Step, ...]:
    """Return the steps from leaf `index` (from 0) up to the root. Raises HT7002 when there is no such leaf."""
    if not 0 <= index < len(leaves):
        raise HuitongError(Code.PROOF_INVALID, reason=f"there is no leaf {index} among {len(leaves)}")
    level = [digest(b"\0" + leaf) for leaf in leaves]
    steps = []
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            steps.append(Step(sibling < index, level[sibling]))
        level = _level_above(level, digest)
        index >>= 1
    return tuple(steps)


def fold(leaf: bytes, steps: Iterable[Step], digest: HashFunction) -> bytes:
    """Return the root that a leaf and its steps lead to."""
    node = digest(b"\0" + leaf)
    for step in steps:
        node = digest(b"\1" + step.sibling + node) if step.left else digest(b"\1" + node + step.sibling)
    return node


def verify(expected_root: bytes, leaf: bytes, steps: Sequence[Step], digest: HashFunction) -> bool:
    """True when the steps lead from the leaf to the root. Proves that the leaf is in the tree, not its position."""
    if len(steps) > MAX_PROOF_STEPS or any(len(step.sibling) != HASH_BYTES for step in steps):
        return False
    return fold(leaf, steps, digest) == expected_root
