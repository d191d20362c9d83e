"""Takes a checked snapshot over into a store, in place of what it held. A death in the middle leaves an empty store."""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import Final

from huitong.crypto import Suite, header_hash
from huitong.state import store_digest
from huitong.types import BlockId, Header, ValidatorSets, encode
from huitong.types.registry import STORES

from . import layout
from .blocks import NO_PLACE
from .content import CheckedContent, bucket_records
from .keyvalue import Change, Family, KeyValue
from .portable import IdList, Metadata, Section, StateRow, id_lists, ids_of, section_of, state_rows
from .records import Base, HeaderRecord, Tip

BATCH_BYTES: Final = 4 * 1024 * 1024
_ROW_BYTES: Final = 64
"""What a row costs beside key and value, about."""
_KEPT: Final = (layout.FORMAT, layout.GENESIS, layout.INSTALLING)


def wipe(source: KeyValue) -> None:
    """Delete all but format and genesis document. Left half done, it is done again at the next start."""
    source.write([(Family.STATE, layout.INSTALLING, b"\1")], durable=True)
    for family in Family:
        rows = source.scan(family, b"\0", b"\xff")
        _write(source, ((family, key, None) for key, _ in rows if family != Family.STATE or key not in _KEPT))


def finish_wiping(source: KeyValue) -> None:
    """Undo what a death in the middle of `install` left: the store is as before genesis."""
    if source.get(Family.STATE, layout.INSTALLING) is not None:
        wipe(source)
        source.write([(Family.STATE, layout.INSTALLING, None)], durable=True)


def install(
    source: KeyValue, suite: Suite, metadata: Metadata, content: CheckedContent, chunks: Iterable[bytes]
) -> None:
    """Replace everything by a snapshot; durable when this returns. chunks: those that were checked. Raises HT6203."""
    wipe(source)
    _write(source, _rows(suite, content, chunks))
    following = content.next_header
    tip = Tip(metadata.height, metadata.app_hash, following.last_results_hash)
    source.write(
        [
            *((Family.STATE, layout.bits(store), bytes((bits,))) for store, bits in sorted(content.bits.items())),
            *_validator_rows(content.validators),
            *(_header_row(header, after.last_block_id) for header, after in pairwise(content.headers)),
            (Family.STATE, layout.FIRST, following.height.to_bytes(8, "big")),
            (Family.STATE, layout.AWAITED, header_hash(following)),
            (Family.STATE, layout.TIP, encode(tip)),
            (Family.STATE, layout.INSTALLING, None),
        ],
        durable=True,
    )


def lay_base(
    source: KeyValue, suite: Suite, metadata: Metadata, content: CheckedContent, chunks: Iterable[bytes]
) -> None:
    """Put the state of an ended chain below one that goes on from there: there is no tip until that has its genesis.

    Durable when this returns. chunks: those that were checked. Raises HT6203.
    """
    wipe(source)
    _write(source, _rows(suite, content, chunks))
    hashes = tuple((header.height, header_hash(header)) for header in content.headers)
    source.write(
        [
            *((Family.STATE, layout.bits(store), bytes((bits,))) for store, bits in sorted(content.bits.items())),
            (Family.STATE, layout.BASE, encode(Base(metadata.height, metadata.app_hash, hashes))),
            (Family.STATE, layout.INSTALLING, None),
        ],
        durable=True,
    )


def _validator_rows(sets: ValidatorSets) -> list[Change]:
    """Both sets that a state knows, each from the first height of which that is known."""
    known = {max(sets.from_height - 1, 1): sets.before, sets.from_height: sets.validators}
    return [(Family.CHAIN, layout.at_height(layout.VALIDATORS, at), encode(known[at])) for at in sorted(known)]


def _header_row(header: Header, block_id: BlockId) -> Change:
    return Family.CHAIN, layout.at_height(layout.HEADER, header.height), encode(HeaderRecord(header, block_id))


def _rows(suite: Suite, content: CheckedContent, chunks: Iterable[bytes]) -> Iterator[Change]:
    for (section, number), group in groupby(chunks, key=section_of):
        if section == Section.STATE:
            store = STORES[number]
            rows = (row for chunk in group for row in state_rows(chunk))
            yield from _state(store, bucket_records(rows, store_digest(suite, store), content.bits[store]))
        elif section == Section.IDS:
            for item in (item for chunk in group for item in id_lists(chunk)):
                yield from _remembered(item)


def _state(store: str, buckets: Iterable[tuple[int, bytes, list[tuple[bytes, StateRow]]]]) -> Iterator[Change]:
    values, names, records = layout.value_prefix(store), layout.name_prefix(store), layout.bucket_prefix(store)
    for number, record, rows in buckets:
        yield Family.STATE, records + number.to_bytes(4, "big"), record
        for key_hash, (key, value) in rows:
            yield Family.STATE, values + key, value
            yield Family.STATE, names + key_hash, key


def _remembered(item: IdList) -> Iterator[Change]:
    height, joined = item
    ids = ids_of(joined)
    yield Family.CHAIN, layout.at_height(layout.REMEMBERED, height), len(ids).to_bytes(4, "big")
    yield Family.CHAIN, layout.at_height(layout.ID_LIST, height), joined
    place = layout.place(height, NO_PLACE, NO_PLACE)
    for tx_id in ids:
        yield Family.CHAIN, layout.PLACE + tx_id, place


def _write(source: KeyValue, rows: Iterable[Change]) -> None:
    """Write rows in batches of a bounded size; the batch that ends the installation makes them durable."""
    batch: list[Change] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row[1]) + len(row[2] or b"") + _ROW_BYTES
        if size > BATCH_BYTES:
            source.write(batch, durable=False)
            batch, size = [], 0
    source.write(batch, durable=False)
