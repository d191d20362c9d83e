"""Checks the chunks of a snapshot against the app hash that a light client trusts, before anything is taken over."""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import TypeVar

import msgspec

from huitong.crypto import EMPTY_HASH, HashFunction, Suite, header_hash
from huitong.kernel import TxIds
from huitong.state import SparseMerkleTree, app_hash, bits_for, keys, store_digest
from huitong.types import Header, HuitongError, Rejected, ValidatorSets, decode_scanned
from huitong.types.limits import HASH_BYTES, HEADER_HASHES_KEPT
from huitong.types.registry import STORE_MAIN, STORES

from .portable import (
    IdList,
    Metadata,
    Section,
    StateRow,
    headers_of,
    id_lists,
    ids_of,
    invalid,
    section_of,
    state_rows,
)

T = TypeVar("T")


class CheckedContent(msgspec.Struct, frozen=True):
    """What a good snapshot holds beside its rows.

    headers: ascending, the last one of the height after the snapshot's. validators: as its state names them. bits: of
    the tree of each store.
    """

    headers: tuple[Header, ...]
    validators: ValidatorSets
    bits: dict[str, int]

    @property
    def next_header(self) -> Header:
        """Header that signs the state."""
        return self.headers[-1]


class _NoBuckets:
    """A tree that only computes a root is never asked for a bucket."""

    def get(self, bucket: int) -> bytes | None:
        """Hold nothing."""
        del bucket
        return None


def bucket_records(
    rows: Iterable[StateRow], digest: HashFunction, bits: int
) -> Iterator[tuple[int, bytes, list[tuple[bytes, StateRow]]]]:
    """Yield (number, record, its rows with their key hashes) of a tree's buckets, from rows ascending by H(key).

    Raises HT6211 when the order is another one, or a key occurs twice.
    """
    former, number, leaves, held = b"", 0, bytearray(), list[tuple[bytes, StateRow]]()
    for row in rows:
        key_hash = digest(row[0])
        if key_hash <= former:
            raise invalid("keys are not in the order of their hashes")
        former = key_hash
        bucket = int.from_bytes(key_hash[:4], "big") >> (32 - bits)
        if bucket != number and leaves:
            yield number, bytes(leaves), held
            leaves, held = bytearray(), []
        number = bucket
        leaves += key_hash + digest(b"\0" + key_hash + digest(row[1]))
        held.append((key_hash, row))
    if leaves:
        yield number, bytes(leaves), held


class ContentCheck:
    """One pass over the chunks. Memory: the upper levels of the trees."""

    def __init__(self, suite: Suite, metadata: Metadata, trusted: bytes, *, ended: bool = False) -> None:
        """trusted: the app hash in a header that was verified. ended: of a chain that stops there: no header follows.

        Raises HT6211.
        """
        if metadata.app_hash != trusted:
            raise invalid("it leads to another app hash than the trusted header")
        if metadata.suite != suite.id:
            raise invalid(f"it is of suite {metadata.suite}")
        self._suite = suite
        self._metadata = metadata
        self._ended = ended
        self._bits = {store: bits_for(count) for store, count in zip(STORES, metadata.counts, strict=True)}
        self._remembered: dict[int, TxIds] = {}
        self._validators: ValidatorSets | None = None

    def check(self, chunks: Iterable[bytes]) -> CheckedContent:
        """Check all chunks in their order. Raises HT6211 naming what is wrong."""
        roots = dict.fromkeys(STORES, bytes(HASH_BYTES))
        counts = dict.fromkeys(STORES, 0)
        lists: list[IdList] = []
        headers: list[Header] = []
        before = (0, 0)
        for place, raws in groupby(chunks, key=section_of):
            if place <= before:
                raise invalid("its sections are not in order")
            before = place
            if place[0] == Section.STATE:
                store = STORES[place[1]]
                roots[store], counts[store] = self._root(store, raws)
            elif place[0] == Section.IDS:
                lists = [item for raw in raws for item in self._known(id_lists(raw))]
            else:
                headers = [header for raw in raws for header in headers_of(raw)]
        if tuple(counts[store] for store in STORES) != self._metadata.counts:
            raise invalid("it has another number of keys than it says")
        if app_hash(roots) != self._metadata.app_hash:
            raise invalid("its state does not give the app hash")
        self._check_lists(lists)
        self._check_headers(headers)
        if self._validators is None:
            raise invalid("its state names no validators")
        return CheckedContent(tuple(headers), self._validators, self._bits)

    def _root(self, store: str, raws: Iterable[bytes]) -> tuple[bytes, int]:
        tree = SparseMerkleTree(store_digest(self._suite, store), self._bits[store], _NoBuckets())
        rows = (row for raw in raws for row in self._noted(store, state_rows(raw)))
        tree.load((number, record) for number, record, _ in bucket_records(rows, tree.digest, tree.bits))
        return tree.root, tree.count

    def _noted(self, store: str, rows: list[StateRow]) -> list[StateRow]:
        """Note the digests of id lists and the validators that pass by."""
        if store == STORE_MAIN:
            for key, value in rows:
                if key.startswith(keys.TX_IDS):
                    self._remembered[int.from_bytes(key[len(keys.TX_IDS) :], "big")] = _record(value, TxIds)
                elif key == keys.VALIDATORS:
                    self._validators = _record(value, ValidatorSets)
        return rows

    def _known(self, lists: list[IdList]) -> list[IdList]:
        """Check lists against their digests; keep only the heights, since the ids are read again when they are used."""
        for height, ids in lists:
            expected = self._remembered.get(height)
            if expected is None or expected.count != len(ids_of(ids)) or expected.digest != self._suite.hash(ids):
                raise invalid(f"its list of ids of block {height} is not the one in the state")
        return [(height, b"") for height, _ in lists]

    def _check_lists(self, lists: list[IdList]) -> None:
        heights = [height for height, _ in lists]
        wanted = [height for height in sorted(self._remembered) if self._remembered[height].count]
        if heights != wanted:
            raise invalid("lists of ids are missing, or not in order")

    def _check_headers(self, headers: list[Header]) -> None:
        """Check the tail: linked, from the last block with envelopes (at most 256 back) to the height after ours."""
        height, chain_id = self._metadata.height, self._metadata.chain_id
        tail = headers if self._ended else headers[:-1]
        if not headers or headers[-1].height != (height if self._ended else height + 1) or not self._signs(headers[-1]):
            raise invalid("the header after its height is missing, or names another app hash")
        for before, header in pairwise(headers):
            if header.height != before.height + 1 or header.last_block_id.hash != header_hash(before):
                raise invalid(f"header {header.height} is not linked to the one before")
        if any(header.chain_id != chain_id for header in headers):
            raise invalid("a header is of another chain")
        if not 0 < len(tail) <= HEADER_HASHES_KEPT:
            raise invalid("its tail of headers is too short or too long")
        if any(header.data_hash != EMPTY_HASH for header in tail[1:]):
            raise invalid("its tail of headers begins before the last block with envelopes")
        first = tail[0]
        if first.data_hash == EMPTY_HASH and len(tail) < HEADER_HASHES_KEPT and first.last_block_id.hash:
            raise invalid("its tail of headers begins after the last block with envelopes")

    def _signs(self, newest: Header) -> bool:
        """False when the newest header names another state. The last block of an ended chain may have changed it."""
        known = not self._ended or newest.data_hash == EMPTY_HASH
        return not known or newest.app_hash == self._metadata.app_hash


def _record(raw: bytes, kind: type[T]) -> T:
    try:
        return decode_scanned(raw, kind)
    except (Rejected, HuitongError) as error:
        raise invalid(f"a record of its state cannot be read: {error}") from None
