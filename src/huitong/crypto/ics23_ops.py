"""Steps of ICS-23 proofs, the specs that they must obey, and the check of one step against its spec.

Source: cosmos/ics23 `proto/cosmos/ics23/v1/proofs.proto`; the rules are those of its version 0.11 (prefix, suffix,
default depth). Numbers of operations are those of the protobuf enums.
"""

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from huitong.types import Code, ProofInvalid

from .protobuf import uvarint
from .sm3 import sm3
from .suite import sha256

HASH_NONE: Final = 0
HASH_SHA256: Final = 1
HASH_SM3: Final = 0x534D33
"""Not in the enum of ICS-23, and far from its small numbers: the letters SM3. Foreign verifiers refuse it."""
LENGTH_NONE: Final = 0
LENGTH_VARINT: Final = 1

_DIGESTS: Final[dict[int, Callable[[bytes], bytes]]] = {
    HASH_SHA256: sha256,
    HASH_SM3: sm3,
    2: lambda data: hashlib.sha512(data).digest(),
    7: lambda data: hashlib.blake2b(data).digest(),
    8: lambda data: hashlib.blake2s(data).digest(),
}
"""RIPEMD-160 (4, 5) and the rest are left out: no tree that we read uses them and OpenSSL may lack them."""


class LeafOp(msgspec.Struct, frozen=True, gc=False):
    """How a key and a value become a leaf: hash(prefix || length(prehash(key)) || length(prehash(value)))."""

    hash: int = HASH_NONE
    prehash_key: int = HASH_NONE
    prehash_value: int = HASH_NONE
    length: int = LENGTH_NONE
    prefix: bytes = b""


class InnerOp(msgspec.Struct, frozen=True, gc=False):
    """One step towards the root: hash(prefix || child || suffix)."""

    hash: int = HASH_NONE
    prefix: bytes = b""
    suffix: bytes = b""


class InnerSpec(msgspec.Struct, frozen=True):
    """Shape of inner nodes. child_order: place of each branch. sizes in bytes. empty_child: what stands for nothing."""

    child_order: tuple[int, ...]
    child_size: int
    min_prefix_length: int
    max_prefix_length: int
    empty_child: bytes = b""
    hash: int = HASH_NONE


class ProofSpec(msgspec.Struct, frozen=True):
    """What every proof of one kind of tree must look like. max_depth 0 means 128, min_depth 0 means none."""

    leaf: LeafOp
    inner: InnerSpec
    max_depth: int = 0
    min_depth: int = 0
    prehash_key_before_comparison: bool = False


_PLAIN_LEAF: Final = LeafOp(HASH_SHA256, HASH_NONE, HASH_SHA256, LENGTH_VARINT, b"\0")

IAVL_SPEC: Final = ProofSpec(_PLAIN_LEAF, InnerSpec((0, 1), 33, 4, 12, b"", HASH_SHA256))
"""Stores of Cosmos SDK chains."""

TENDERMINT_SPEC: Final = ProofSpec(_PLAIN_LEAF, InnerSpec((0, 1), 32, 1, 1, b"", HASH_SHA256))
"""RFC 6962 trees: ours above the stores."""


def _sparse(operation: int) -> ProofSpec:
    return ProofSpec(
        LeafOp(operation, operation, operation, LENGTH_NONE, b"\0"),
        InnerSpec((0, 1), 32, 1, 1, bytes(32), operation),
        max_depth=256,
        prehash_key_before_comparison=True,
    )


SMT_SPEC: Final = _sparse(HASH_SHA256)
"""Compact sparse Merkle trees: our stores."""

SM3_SMT_SPEC: Final = _sparse(HASH_SM3)
"""The store `main` under the suite guomi: the same tree with SM3."""


def invalid(reason: str) -> ProofInvalid:
    """HT7002 with its reason."""
    return ProofInvalid(Code.PROOF_INVALID, reason=reason)


def digest(operation: int, data: bytes) -> bytes:
    """Hash by the number of an operation; number 0 leaves the data as it is. Raises HT7002 for others."""
    if operation == HASH_NONE:
        return data
    if operation not in _DIGESTS:
        raise invalid(f"hash operation {operation} is not supported")
    return _DIGESTS[operation](data)


def _with_length(operation: int, data: bytes) -> bytes:
    if operation == LENGTH_NONE:
        return data
    if operation == LENGTH_VARINT:
        return uvarint(len(data)) + data
    fixed: dict[int, tuple[int, bool]] = {3: (4, False), 4: (4, True), 5: (8, False), 6: (8, True)}
    if operation not in fixed:
        raise invalid(f"length operation {operation} is not supported")
    size, little = fixed[operation]
    return len(data).to_bytes(size, "little" if little else "big") + data


def apply_leaf(leaf: LeafOp, key: bytes, value: bytes) -> bytes:
    """Hash of the leaf. Raises HT7002 for an empty key or value, or an operation that is not supported."""
    if not key or not value:
        raise invalid("a leaf needs a key and a value that are not empty")
    parts = (
        _with_length(leaf.length, digest(leaf.prehash_key, key)),
        _with_length(leaf.length, digest(leaf.prehash_value, value)),
    )
    return _hashed(leaf.hash, leaf.prefix + b"".join(parts))


def apply_inner(step: InnerOp, child: bytes) -> bytes:
    """Hash of the node above. Raises HT7002."""
    if not child:
        raise invalid("an inner step needs a child")
    return _hashed(step.hash, step.prefix + child + step.suffix)


def _hashed(operation: int, data: bytes) -> bytes:
    if operation == HASH_NONE:
        raise invalid("a node must be hashed")
    return digest(operation, data)


def check_leaf(leaf: LeafOp, spec: LeafOp) -> None:
    """Check operations and prefix of a leaf. As in ics23 the prefix may be longer than the spec's. Raises HT7002."""
    found = (leaf.hash, leaf.prehash_key, leaf.prehash_value, leaf.length)
    if found != (spec.hash, spec.prehash_key, spec.prehash_value, spec.length):
        raise invalid("the operations of the leaf are not those of the spec")
    if not leaf.prefix.startswith(spec.prefix):
        raise invalid("the prefix of the leaf does not begin as the spec says")


def check_inner(step: InnerOp, spec: ProofSpec) -> None:
    """Check hash, prefix and suffix of a step. Raises HT7002."""
    inner = spec.inner
    if step.hash != inner.hash:
        raise invalid("the hash of a step is not that of the spec")
    if step.prefix.startswith(spec.leaf.prefix):
        raise invalid("the prefix of a step begins as a leaf does")
    left_bytes = (len(inner.child_order) - 1) * inner.child_size
    if not inner.min_prefix_length <= len(step.prefix) <= inner.max_prefix_length + left_bytes:
        raise invalid("the prefix of a step is too short or too long")
    if len(step.suffix) % inner.child_size:
        raise invalid("the suffix of a step is not a whole number of children")


def check_spec(spec: ProofSpec) -> None:
    """Refuse a spec under which a prefix could hide a child. Raises HT7002."""
    inner = spec.inner
    if (
        inner.child_size < 1
        or inner.min_prefix_length < 1
        or sorted(inner.child_order) != list(range(len(inner.child_order)))
    ):
        raise invalid("the spec of inner nodes is malformed")
    if not inner.min_prefix_length <= inner.max_prefix_length < inner.min_prefix_length + inner.child_size:
        raise invalid("the spec's longest prefix must be shorter than its shortest and one child")


def is_iavl(spec: ProofSpec) -> bool:
    """True for the IAVL spec with any depth: its prefixes carry height, size and version, which are checked too."""

    def shape(one: ProofSpec) -> tuple[object, ...]:
        leaf, inner = one.leaf, one.inner
        return (
            (leaf.hash, leaf.prehash_key, leaf.prehash_value, leaf.length),
            (inner.hash, inner.min_prefix_length, inner.max_prefix_length, inner.child_size, len(inner.child_order)),
        )

    return shape(spec) == shape(IAVL_SPEC)


def check_iavl_prefix(prefix: bytes, layer: int) -> None:
    """Check the three signed varints (height >= layer, size, version) in front of an IAVL node.

    layer 0: a leaf, nothing follows. Above: the length byte of a child follows, or a left child between two length
    bytes. Raises HT7002.
    """
    at = 0
    for index in range(3):
        value, at = _signed_varint(prefix, at)
        if value < 0 or (index == 0 and value < layer):
            raise invalid("height, size or version of an IAVL node is out of range")
    rest = len(prefix) - at
    if rest not in ({0} if layer == 0 else {1, 34}):
        raise invalid("the prefix of an IAVL node has a wrong length")


def _signed_varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(raw[at : at + 10]):
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            if value >= 2**64:
                break
            return (value >> 1) ^ -(value & 1), at + index + 1
    raise invalid("the prefix of an IAVL node is malformed")
