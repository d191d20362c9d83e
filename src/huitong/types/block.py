"""Headers, commits and blocks in CometBFT's shape (0.38). Their bytes are made in `huitong.crypto.header`."""

import msgspec

BLOCK_PROTOCOL = 11
"""`version.block`: the only value that CometBFT 0.38 accepts."""


class BlockId(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """Header hash and part set header. All empty in the first block."""

    hash: bytes
    part_total: int
    part_hash: bytes


NO_BLOCK = BlockId(b"", 0, b"")


class Header(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """The fourteen fields of a CometBFT header, in its order. Hashes are SHA-256. time_ns: ns since 1970."""

    version_block: int
    version_app: int
    chain_id: str
    height: int
    time_ns: int
    last_block_id: BlockId
    last_commit_hash: bytes
    data_hash: bytes
    validators_hash: bytes
    next_validators_hash: bytes
    consensus_hash: bytes
    app_hash: bytes
    last_results_hash: bytes
    evidence_hash: bytes
    proposer_address: bytes


class CommitSignature(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """flag: 1 absent, 2 commit, 3 nil. timestamp_ns: of the precommit. An absent one has empty fields and time 0."""

    flag: int
    validator_address: bytes
    timestamp_ns: int
    signature: bytes


class Commit(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """Precommits for one block, one entry per validator in the order of the set."""

    height: int
    round: int
    block_id: BlockId
    signatures: tuple[CommitSignature, ...]


NO_COMMIT = Commit(0, 0, NO_BLOCK, ())


class SignedHeader(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """A header with the commit for it."""

    header: Header
    commit: Commit


class Block(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """A block: its header, the envelopes as received, and the commit for the block before."""

    header: Header
    envelopes: tuple[bytes, ...]
    last_commit: Commit


class Validator(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True, gc=False):
    """Ed25519 public key (32 bytes) and voting power. Sets are kept in CometBFT's order: power down, address up."""

    public_key: bytes
    power: int
