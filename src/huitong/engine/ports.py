"""What the engine needs of its neighbours: a store in small pieces, a clock, a signer."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from huitong.kernel import BlockResult, EnvelopeResult
from huitong.state import BucketSource, StateView, TreeUpdate, WriteSet
from huitong.types import Block, BlockId, Commit, Header, SignedHeader, Validator


class Tip(Protocol):
    """Where a chain stands: height (initial height - 1 after genesis), app hash after it, hash of its results."""

    @property
    def height(self) -> int:
        """Newest height."""
        ...

    @property
    def app_hash(self) -> bytes:
        """State after the newest block."""
        ...

    @property
    def results_hash(self) -> bytes:
        """Hash of the newest block's results."""
        ...


class Snapshot(Protocol):
    """All stores at one height, for any thread."""

    @property
    def height(self) -> int:
        """The height."""
        ...

    @property
    def app_hash(self) -> bytes:
        """App hash after that height."""
        ...

    def view(self, store: str) -> StateView:
        """Return one store."""
        ...


class Place(Protocol):
    """Where a receipt stands."""

    @property
    def height(self) -> int:
        """Block."""
        ...

    @property
    def envelope(self) -> int:
        """Envelope in the block, from 0."""
        ...

    @property
    def index(self) -> int:
        """Transaction in the envelope, from 0."""
        ...


class Buckets(BucketSource, Protocol):
    """Records of one tree."""

    def all(self) -> Iterable[tuple[int, bytes]]:
        """Yield every record."""
        ...


class Base(Protocol):
    """The state of an ended chain that another one goes on from."""

    @property
    def height(self) -> int:
        """Its last height."""
        ...

    @property
    def app_hash(self) -> bytes:
        """State after that height."""
        ...

    @property
    def header_hashes(self) -> tuple[tuple[int, bytes], ...]:
        """Hashes of its newest headers, with their heights."""
        ...


class StateReader(Protocol):
    """State at the newest height. `live` and `seen_ahead` show a staged block too, the rest durable ones alone."""

    @property
    def tip(self) -> Tip | None:
        """None before genesis."""
        ...

    @property
    def base(self) -> Base | None:
        """What a continuing chain begins with, None for all others."""
        ...

    def live(self, store: str) -> StateView:
        """Return the newest state of one store, cached: for the executing thread."""
        ...

    def snapshot(self) -> Snapshot:
        """Return the newest durable state, frozen. For any thread."""
        ...

    def seen(self, tx_id: bytes) -> bool:
        """True when a transaction of this id was executed and is remembered. For any thread."""
        ...

    def seen_ahead(self, tx_id: bytes) -> bool:
        """As `seen`, after the block that is staged: for the executing thread."""
        ...

    def genesis(self) -> bytes | None:
        """Return the genesis document as it was given."""
        ...

    @property
    def awaited(self) -> bytes | None:
        """Hash of the next header as a snapshot named it that was taken over; None when there is none to compare."""
        ...


class TreeStore(Protocol):
    """What the commitment trees are rebuilt from. For the executing thread, `regrow` while nothing is staged."""

    def tree_bits(self, store: str) -> int:
        """Return the bits that number the buckets."""
        ...

    def buckets(self, store: str) -> Buckets:
        """Return the records of a store's tree."""
        ...

    def key_of(self, store: str, key_hash: bytes) -> bytes | None:
        """Return the key of a leaf."""
        ...

    def regrow(self, store: str, bits: int, records: Mapping[int, bytes]) -> None:
        """Replace all records of a tree."""
        ...


class BlockReader(Protocol):
    """Blocks and receipts. For any thread."""

    @property
    def first_height(self) -> int:
        """Lowest height whose block and receipts are here; 0: all of the chain's are."""
        ...

    def check_kept(self, height: int) -> None:
        """Raise HT8021 for a height below `first_height`."""
        ...

    def header(self, height: int) -> tuple[Header, BlockId] | None:
        """Return a header with its block id."""
        ...

    def signed_header(self, height: int) -> SignedHeader | None:
        """Return a header with its commit; None while there is none."""
        ...

    def validators(self, height: int) -> tuple[Validator, ...]:
        """Return the validator set that signs a height, in CometBFT's order."""
        ...

    def envelopes(self, height: int) -> tuple[bytes, ...]:
        """Return the envelopes as received."""
        ...

    def results(self, height: int) -> Iterator[EnvelopeResult]:
        """Yield the results of the envelopes."""
        ...

    def place(self, tx_id: bytes) -> Place | None:
        """Return where the receipt of an executed transaction stands; None when its block is not here."""
        ...

    def known(self, tx_id: bytes) -> Place | None:
        """Return the same, or with a known height alone when the id came without its block."""
        ...


class BlockWriter(Protocol):
    """Atomic commits: staged in the executing thread, persisted in that or another one, a block at a time."""

    def commit_genesis(
        self,
        height: int,
        document: bytes,
        writes: Mapping[str, WriteSet],
        trees: Mapping[str, TreeUpdate],
        bits: Mapping[str, int],
        app_hash: bytes,
    ) -> None:
        """Write the first state."""
        ...

    def stage(
        self,
        block: Block,
        block_id: BlockId,
        result: BlockResult,
        trees: Mapping[str, TreeUpdate],
        app_hash: bytes,
        results_hash: bytes,
    ) -> None:
        """Take over a block and all that it changes for the next one's execution; nothing is written yet."""
        ...

    def persist(self) -> None:
        """Write the staged block; durable on return, or not done at all."""
        ...

    def put_commit(self, commit: Commit) -> None:
        """Keep the newest durable block's commit."""
        ...

    def put_signed_header(self, signed: SignedHeader) -> None:
        """Keep the whole header of a committed block, and its commit. For any thread."""
        ...

    def close(self) -> None:
        """Release files."""
        ...


class ChainStore(StateReader, TreeStore, BlockReader, BlockWriter, Protocol):
    """The whole store of one chain."""


class Clock(Protocol):
    """Time of this machine."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        ...


class VoteSigner(Protocol):
    """A validator key that never signs two blocks of one height."""

    @property
    def public_key(self) -> bytes:
        """Ed25519 public key."""
        ...

    def check(self, height: int, block_id: BlockId | None) -> None:
        """Compare the record with the newest block of the store (None after genesis). Raises HT6301-HT6303."""
        ...

    def sign(self, chain_id: str, height: int, block_id: BlockId, time_ns: int) -> bytes:
        """Return the signature of a precommit of round 0, after its record is durable. Raises HT6301."""
        ...


class EnvelopeSigner(Protocol):
    """A gateway key."""

    @property
    def kind(self) -> int:
        """`registry.KeyKind`."""
        ...

    @property
    def public_key(self) -> bytes:
        """Public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Sign an envelope's bytes."""
        ...
