"""The chain on a key-value engine: one atomic durable batch per block, consistent reads from any thread.

A block is staged first: from then on `live`, `buckets` and `seen_ahead` show it to the thread that executes the next
one. Everything else shows it once `persist` has made it durable, which another thread may do meanwhile.
"""

import threading
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from huitong.crypto import EMPTY_HASH, suite
from huitong.kernel import BlockResult
from huitong.state import TreeUpdate, WriteSet
from huitong.types import (
    Block,
    BlockId,
    Code,
    Commit,
    HuitongError,
    encode,
)
from huitong.types.registry import STORES, SuiteId

from . import layout
from .blocks import StoredBlocks
from .cache import IdFilter
from .changes import block_changes, state_changes, tree_changes, validator_changes
from .content import CheckedContent
from .installing import finish_wiping, install, lay_base
from .keyvalue import Change, Family, KeyValue
from .portable import Metadata
from .records import Base, Format, Tip, read_record
from .staged import Staged
from .views import LiveBuckets, LiveView, Snapshot

STATE_CACHE_BYTES: Final = 256 * 1024 * 1024
BUCKET_CACHE_BYTES: Final = 128 * 1024 * 1024


class StoreSettings(msgspec.Struct, frozen=True):
    """suite: `registry.SuiteId`. Caches in bytes."""

    suite: int = SuiteId.INTERNATIONAL
    state_cache_bytes: int = STATE_CACHE_BYTES
    bucket_cache_bytes: int = BUCKET_CACHE_BYTES


class ChainStore(StoredBlocks):
    """Everything that one node knows of one chain.

    `live`, `buckets`, `seen_ahead`, `stage`, `regrow` and genesis belong to one thread; all other methods may be called
    from any, `persist` and `put_commit` from one at a time. Raises HT6201-HT6204, HT6003 (in use), HT6004 (closed).
    """

    def __init__(self, source: KeyValue, settings: StoreSettings | None = None) -> None:
        settings = settings or StoreSettings()
        super().__init__(source)
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._settings = settings
        self._format = self._check_format(settings)
        finish_wiping(source)
        self._open()

    def _open(self) -> None:
        """Take in what the files hold; nothing of before is remembered."""
        source, settings = self._source, self._settings
        self._tip = self._read_tip()
        self._staged: Staged | None = None
        self._awaited = source.get(Family.STATE, layout.AWAITED)
        self._live = {store: LiveView(source, store, settings.state_cache_bytes) for store in STORES}
        self._buckets = {store: LiveBuckets(source, store, settings.bucket_cache_bytes) for store in STORES}
        self._remembered = self._read_remembered()
        self._filter = IdFilter(cold_until=max(self._remembered, default=0))

    def _check_format(self, settings: StoreSettings) -> Format:
        raw = self._source.get(Family.STATE, layout.FORMAT)
        if raw is None:
            if next(self._source.scan(Family.STATE, b"\x00", b"\xff"), None) is not None:
                raise HuitongError(Code.STORE_DAMAGED, reason="the record of its format is missing")
            return Format(layout.FORMAT_VERSION, settings.suite)
        found = read_record(raw, Format)
        if found.version != layout.FORMAT_VERSION:
            raise HuitongError(Code.STORE_FORMAT_UNKNOWN, found=found.version, known=layout.FORMAT_VERSION)
        if found.suite != settings.suite:
            raise HuitongError(Code.NODE_CONFIGURATION, reason=f"the store is of suite {found.suite}")
        return found

    def _read_tip(self) -> Tip | None:
        raw = self._source.get(Family.STATE, layout.TIP)
        return None if raw is None else read_record(raw, Tip)

    def _read_remembered(self) -> dict[int, None]:
        start, end = layout.REMEMBERED, layout.after(layout.REMEMBERED)
        return {int.from_bytes(key[1:], "big"): None for key, _ in self._source.scan(Family.CHAIN, start, end)}

    @property
    def tip(self) -> Tip | None:
        """Where the durable chain stands, None before genesis."""
        return self._tip

    def genesis(self) -> bytes | None:
        """Return the genesis document as it was given."""
        return self._source.get(Family.STATE, layout.GENESIS)

    def live(self, store: str) -> LiveView:
        """Return the cached view of a store at the newest height, a staged block's too, for the executing thread."""
        return self._live[store]

    def buckets(self, store: str) -> LiveBuckets:
        """Return the buckets of a store's tree at the newest height, for the executing thread."""
        return self._buckets[store]

    def tree_bits(self, store: str) -> int:
        """Return the bits that number the buckets of a store's tree; 0 before genesis."""
        raw = self._source.get(Family.STATE, layout.bits(store))
        return raw[0] if raw else 0

    def regrow(self, store: str, bits: int, records: Mapping[int, bytes]) -> None:
        """Replace all buckets of a store's tree by those of a tree with other bits, in one durable batch."""
        old = [bucket for bucket, _ in self._buckets[store].all() if bucket not in records]
        update = TreeUpdate(b"", dict.fromkeys(old, b"") | dict(records), {}, frozenset())
        changes = tree_changes(store, update)
        changes.append((Family.STATE, layout.bits(store), bytes((bits,))))
        self._source.write(changes, durable=True)
        self._buckets[store].stage(update.buckets)
        self._buckets[store].settle()

    def key_of(self, store: str, key_hash: bytes) -> bytes | None:
        """Return the key of a leaf of the tree."""
        return self._source.get(Family.STATE, layout.name_prefix(store) + key_hash)

    def snapshot(self) -> Snapshot:
        """Return all stores at the newest height, frozen. Shared until the next block. Raises HT6204 before genesis."""
        with self._lock:
            if self._snapshot is None:
                reading = self._source.snapshot()
                raw = reading.get(layout.TIP)
                if raw is None:
                    raise HuitongError(Code.STORE_DAMAGED, reason="there is no genesis")
                tip = read_record(raw, Tip)
                self._snapshot = Snapshot(reading, STORES, tip.height, tip.app_hash)
            return self._snapshot

    @property
    def awaited(self) -> bytes | None:
        """Hash of the next header as the snapshot names it that was taken over; None when there is none to compare."""
        return self._awaited

    def install(self, metadata: Metadata, content: CheckedContent, chunks: Iterable[bytes]) -> None:
        """Replace everything by a checked snapshot, durably. Raises HT6203, HT6204; then the store must be reopened."""
        self.snapshot()  # readers keep the state of before until the end
        install(self._source, suite(self._settings.suite), metadata, content, chunks)
        with self._lock:
            self._snapshot = None
            self._open()

    @property
    def remembered(self) -> tuple[int, ...]:
        """Heights whose transaction ids are remembered."""
        return tuple(self._remembered)

    def forget_blocks(self, rows: Iterable[Change], first: int | None) -> None:
        """Delete rows of old blocks in one durable batch. first: lowest height that is kept from now on."""
        changes = list(rows)
        if first is not None:
            changes.append((Family.STATE, layout.FIRST, first.to_bytes(8, "big")))
        if changes:
            self._source.write(changes, durable=True)

    @property
    def base(self) -> Base | None:
        """The state of the chain that this one continues, None when there is none."""
        raw = self._source.get(Family.STATE, layout.BASE)
        return None if raw is None else read_record(raw, Base)

    def lay_base(self, metadata: Metadata, content: CheckedContent, chunks: Iterable[bytes]) -> None:
        """Hold the state of an ended chain, for the genesis of the one that continues it. Raises HT6203, HT6204."""
        assert self._tip is None, "a chain that is here is not replaced"
        self._source.write([(Family.STATE, layout.FORMAT, encode(self._format))], durable=True)
        lay_base(self._source, suite(self._settings.suite), metadata, content, chunks)
        with self._lock:
            self._open()

    def seen(self, tx_id: bytes) -> bool:
        """True when a transaction of this id was executed and is remembered."""
        return self._filter.may_hold(tx_id) and self._remembered_at(tx_id) is not None

    def seen_ahead(self, tx_id: bytes) -> bool:
        """As `seen`, after the block that is staged; for the executing thread."""
        staged = self._staged
        if staged is not None and tx_id in staged.ids:
            return True
        if not self._filter.may_hold(tx_id):
            return False
        height = self._remembered_at(tx_id)
        return height is not None and (staged is None or height not in staged.result.forgotten)

    def _remembered_at(self, tx_id: bytes) -> int | None:
        place = self.known(tx_id)
        return place.height if place is not None and place.height in self._remembered else None

    def commit_genesis(
        self,
        height: int,
        document: bytes,
        writes: Mapping[str, WriteSet],
        trees: Mapping[str, TreeUpdate],
        bits: Mapping[str, int],
        app_hash: bytes,
    ) -> None:
        """Write the first state. height: initial height - 1. document: the genesis as given. bits: of the trees."""
        assert self._tip is None, "a store has one genesis"
        changes: list[Change] = [
            (Family.STATE, layout.FORMAT, encode(self._format)),
            (Family.STATE, layout.GENESIS, document),
        ]
        changes += [(Family.STATE, layout.bits(store), bytes((number,))) for store, number in sorted(bits.items())]
        changes += state_changes(writes, trees) + validator_changes(writes)
        self._show(writes, trees)
        self._write(changes, Tip(height, app_hash, EMPTY_HASH))

    def stage(
        self,
        block: Block,
        block_id: BlockId,
        result: BlockResult,
        trees: Mapping[str, TreeUpdate],
        app_hash: bytes,
        results_hash: bytes,
    ) -> None:
        """Take over a block with everything that it changes, so that the next one can be executed on it.

        block.last_commit is written as the commit of the block before. app_hash: after the block. results_hash: of
        its results; both stand in the header of the next one. If its `persist` fails, the object must not be used
        further: a new one stands at the last durable block.
        """
        height = block.header.height
        assert self._tip is not None, "genesis comes first"
        assert self._staged is None, "the block before is durable"
        assert height == result.height == self._tip.height + 1, "blocks come one after the other"
        tip = Tip(height, app_hash, results_hash)
        self._staged = Staged(block, block_id, result, trees, tip, frozenset(result.new_ids))
        self._show(result.writes, trees)

    def persist(self) -> None:
        """Write the staged block, durable when this returns, or not at all. In any thread."""
        staged = self._staged
        assert staged is not None, "a block is staged first"
        changes = state_changes(staged.result.writes, staged.trees) + validator_changes(staged.result.writes)
        changes += block_changes(staged.block, staged.block_id, staged.result)
        if self._awaited is not None:
            changes.append((Family.STATE, layout.AWAITED, None))
        self._write(changes, staged.tip)
        self._awaited = None
        self._note_ids(staged.result)
        self._staged = None

    def put_commit(self, commit: Commit) -> None:
        """Keep the newest block's commit; not durable by itself, the next block's batch makes it so."""
        key = layout.at_height(layout.COMMIT, commit.height)
        self._source.write([(Family.CHAIN, key, encode(commit))], durable=False)

    def close(self) -> None:
        """Release files."""
        with self._lock:
            self._snapshot = None
        self._source.close()

    def _show(self, writes: Mapping[str, WriteSet], trees: Mapping[str, TreeUpdate]) -> None:
        for store, write_set in writes.items():
            self._live[store].stage(write_set)
        for store, update in trees.items():
            self._buckets[store].stage(update.buckets)

    def _write(self, changes: list[Change], tip: Tip) -> None:
        changes.append((Family.STATE, layout.TIP, encode(tip)))
        self._source.write(changes, durable=True)
        with self._lock:
            self._tip = tip
            self._snapshot = None
        for store in STORES:
            self._live[store].settle()
            self._buckets[store].settle()

    def _note_ids(self, result: BlockResult) -> None:
        if result.new_ids:
            self._remembered[result.height] = None
            self._filter.add(result.height, result.new_ids)
        for height in result.forgotten:
            self._remembered.pop(height, None)
        self._filter.forget_below(min(self._remembered, default=result.height + 1))
