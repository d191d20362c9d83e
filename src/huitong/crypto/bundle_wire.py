"""Values of the protocol to and from the JSON structs of bundles."""

from collections.abc import Sequence

from huitong.types import BlockId, Commit, CommitSignature, Header, SignedHeader, Validator
from huitong.types.bundle import (
    Bundle,
    BundleBlock,
    BundleBlockId,
    BundleCommit,
    BundleHeader,
    BundleSignature,
    BundleValidator,
    Number,
    Octets,
    PathStep,
    SignedHeaderFile,
)

from .light import LightBlock
from .merkle import Step
from .validators import order_validators


def from_block_id(value: BlockId) -> BundleBlockId:
    """JSON form of a block id."""
    return BundleBlockId(Octets(value.hash), value.part_total, Octets(value.part_hash))


def to_block_id(value: BundleBlockId) -> BlockId:
    """Block id of its JSON form."""
    return BlockId(bytes(value.hash), value.part_total, bytes(value.part_hash))


def from_header(header: Header) -> BundleHeader:
    """JSON form of a header."""
    return BundleHeader(
        Number(header.version_block),
        Number(header.version_app),
        header.chain_id,
        Number(header.height),
        Number(header.time_ns),
        from_block_id(header.last_block_id),
        Octets(header.last_commit_hash),
        Octets(header.data_hash),
        Octets(header.validators_hash),
        Octets(header.next_validators_hash),
        Octets(header.consensus_hash),
        Octets(header.app_hash),
        Octets(header.last_results_hash),
        Octets(header.evidence_hash),
        Octets(header.proposer_address),
    )


def to_header(header: BundleHeader) -> Header:
    """Header of its JSON form."""
    return Header(
        int(header.version_block),
        int(header.version_app),
        header.chain_id,
        int(header.height),
        int(header.time_ns),
        to_block_id(header.last_block_id),
        bytes(header.last_commit_hash),
        bytes(header.data_hash),
        bytes(header.validators_hash),
        bytes(header.next_validators_hash),
        bytes(header.consensus_hash),
        bytes(header.app_hash),
        bytes(header.last_results_hash),
        bytes(header.evidence_hash),
        bytes(header.proposer_address),
    )


def from_commit(commit: Commit) -> BundleCommit:
    """JSON form of a commit."""
    signatures = tuple(
        BundleSignature(
            entry.flag, Octets(entry.validator_address), Number(entry.timestamp_ns), Octets(entry.signature)
        )
        for entry in commit.signatures
    )
    return BundleCommit(Number(commit.height), commit.round, from_block_id(commit.block_id), signatures)


def to_commit(commit: BundleCommit) -> Commit:
    """Commit of its JSON form."""
    signatures = tuple(
        CommitSignature(entry.flag, bytes(entry.validator_address), int(entry.timestamp_ns), bytes(entry.signature))
        for entry in commit.signatures
    )
    return Commit(int(commit.height), commit.round, to_block_id(commit.block_id), signatures)


def from_validators(validators: Sequence[Validator]) -> tuple[BundleValidator, ...]:
    """JSON form of a validator set."""
    return tuple(BundleValidator(Octets(item.public_key), Number(item.power)) for item in validators)


def to_validators(validators: Sequence[BundleValidator]) -> tuple[Validator, ...]:
    """Validator set of its JSON form."""
    return tuple(Validator(bytes(item.public_key), int(item.power)) for item in validators)


def from_steps(steps: Sequence[Step]) -> tuple[PathStep, ...]:
    """JSON form of a path."""
    return tuple(PathStep(step.left, Octets(step.sibling)) for step in steps)


def to_steps(path: Sequence[PathStep]) -> tuple[Step, ...]:
    """Path of its JSON form."""
    return tuple(Step(step.left, bytes(step.sibling)) for step in path)


def from_block(block: LightBlock) -> BundleBlock:
    """JSON form of a light block."""
    validators = from_validators(order_validators(block.validators))
    return BundleBlock(from_header(block.header), from_commit(block.signed.commit), validators)


def to_block(block: BundleBlock | Bundle | SignedHeaderFile) -> LightBlock:
    """Light block of its JSON form, or of a document that begins with one."""
    return LightBlock(SignedHeader(to_header(block.header), to_commit(block.commit)), to_validators(block.validators))
