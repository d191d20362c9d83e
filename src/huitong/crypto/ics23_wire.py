"""Protobuf bytes of ICS-23 proofs and specs: `cosmos.ics23.v1` and `ibc.core.commitment.v1.MerkleProof`.

Decoding is strict: what does not encode to the same bytes again is refused.
"""

from collections.abc import Sequence
from typing import Final

from huitong.types.limits import MAX_PROOF_STEPS

from .ics23 import CommitmentProof, ExistenceProof, NonExistenceProof
from .ics23_ops import InnerOp, InnerSpec, LeafOp, ProofSpec, invalid
from .protobuf import integer, message, octets, read_fields

_MAX_LEVELS: Final = 4
_MAX_OPERATION: Final = 2**31

_Fields = list[tuple[int, int | bytes]]


def leaf_bytes(leaf: LeafOp) -> bytes:
    """LeafOp{hash 1, prehash_key 2, prehash_value 3, length 4, prefix 5}."""
    return (
        integer(1, leaf.hash)
        + integer(2, leaf.prehash_key)
        + integer(3, leaf.prehash_value)
        + integer(4, leaf.length)
        + octets(5, leaf.prefix)
    )


def inner_bytes(step: InnerOp) -> bytes:
    """InnerOp{hash 1, prefix 2, suffix 3}."""
    return integer(1, step.hash) + octets(2, step.prefix) + octets(3, step.suffix)


def existence_bytes(proof: ExistenceProof) -> bytes:
    """ExistenceProof{key 1, value 2, leaf 3, path 4}."""
    return (
        octets(1, proof.key)
        + octets(2, proof.value)
        + message(3, leaf_bytes(proof.leaf))
        + b"".join(message(4, inner_bytes(step)) for step in proof.path)
    )


def commitment_proof_bytes(proof: CommitmentProof) -> bytes:
    """CommitmentProof{exist 1 | nonexist 2}, NonExistenceProof{key 1, left 2, right 3}."""
    if isinstance(proof, ExistenceProof):
        return message(1, existence_bytes(proof))
    left = b"" if proof.left is None else message(2, existence_bytes(proof.left))
    right = b"" if proof.right is None else message(3, existence_bytes(proof.right))
    return message(2, octets(1, proof.key) + left + right)


def merkle_proof_bytes(proofs: Sequence[CommitmentProof]) -> bytes:
    """MerkleProof{proofs 1}, lowest tree first: what IBC relayers carry."""
    return b"".join(message(1, commitment_proof_bytes(proof)) for proof in proofs)


def proof_spec_bytes(spec: ProofSpec) -> bytes:
    """ProofSpec{leaf_spec 1, inner_spec 2, max_depth 3, min_depth 4, prehash_key_before_comparison 5}."""
    return (
        message(1, leaf_bytes(spec.leaf))
        + message(2, _inner_spec_bytes(spec.inner))
        + integer(3, spec.max_depth)
        + integer(4, spec.min_depth)
        + integer(5, int(spec.prehash_key_before_comparison))
    )


def _inner_spec_bytes(inner: InnerSpec) -> bytes:
    return (
        octets(1, bytes(inner.child_order))
        + integer(2, inner.child_size)
        + integer(3, inner.min_prefix_length)
        + integer(4, inner.max_prefix_length)
        + octets(5, inner.empty_child)
        + integer(6, inner.hash)
    )


def decode_commitment_proof(raw: bytes) -> CommitmentProof:
    """Decode a proof of presence or absence. Raises ProofInvalid HT7002 for anything else, batches included."""
    fields = read_fields(raw, max_fields=1)
    if not fields:
        raise invalid("the proof is empty")
    number, body = fields[0]
    if number not in {1, 2}:
        raise invalid("only proofs of presence and absence are read, no batches")
    proof = _existence(_bytes(body)) if number == 1 else _nonexistence(_bytes(body))
    if commitment_proof_bytes(proof) != raw:
        raise invalid("the proof is not in its canonical form")
    return proof


def decode_merkle_proof(raw: bytes) -> tuple[CommitmentProof, ...]:
    """Decode a chain of proofs, lowest tree first. Raises ProofInvalid HT7002."""
    fields = read_fields(raw, max_fields=_MAX_LEVELS)
    if any(number != 1 for number, _ in fields):
        raise invalid("a field of the chain of proofs is not known")
    proofs = tuple(decode_commitment_proof(_bytes(body)) for _, body in fields)
    if merkle_proof_bytes(proofs) != raw:
        raise invalid("the chain of proofs is not in its canonical form")
    return proofs


def _bytes(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise invalid("a number stands where bytes are expected")
    return value


def _octets(fields: _Fields, number: int) -> bytes:
    return _bytes(next((value for found, value in fields if found == number), b""))


def _integer(fields: _Fields, number: int) -> int:
    value = next((value for found, value in fields if found == number), 0)
    if not isinstance(value, int) or value >= _MAX_OPERATION:
        raise invalid("bytes stand where a number is expected, or it is too large")
    return value


def _leaf(raw: bytes) -> LeafOp:
    fields = read_fields(raw, max_fields=5)
    whole, key, value, length = (_integer(fields, number) for number in (1, 2, 3, 4))
    return LeafOp(whole, key, value, length, _octets(fields, 5))


def _inner(raw: bytes) -> InnerOp:
    fields = read_fields(raw, max_fields=3)
    return InnerOp(_integer(fields, 1), _octets(fields, 2), _octets(fields, 3))


def _existence(raw: bytes) -> ExistenceProof:
    fields = read_fields(raw, max_fields=3 + MAX_PROOF_STEPS)
    path = tuple(_inner(_bytes(value)) for number, value in fields if number == 4)
    return ExistenceProof(_octets(fields, 1), _octets(fields, 2), _leaf(_octets(fields, 3)), path)


def _nonexistence(raw: bytes) -> NonExistenceProof:
    fields = dict(read_fields(raw, max_fields=3))
    left = _existence(_bytes(fields[2])) if 2 in fields else None
    right = _existence(_bytes(fields[3])) if 3 in fields else None
    return NonExistenceProof(_bytes(fields.get(1, b"")), left, right)
