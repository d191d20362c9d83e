"""Blocks, results and receipts as they stand in the store. For any thread."""

from collections.abc import Iterator
from typing import Final

from huitong.kernel import EnvelopeResult
from huitong.types import BlockId, Code, Commit, Header, HuitongError, SignedHeader, Validator, encode, is_rejection

from . import layout
from .keyvalue import Change, Family, KeyValue
from .records import HeaderRecord, Place, read_envelope, read_place, read_record

NO_PLACE: Final = 0xFFFF
"""Envelope and index of an id that came in a snapshot: its receipt is in a block that is not here."""


class StoredBlocks:
    """Reading side of a store's blocks."""

    def __init__(self, source: KeyValue) -> None:
        self._source = source

    @property
    def first_height(self) -> int:
        """Lowest height whose block, receipts and events are here; 0: all of the chain's are."""
        raw = self._source.get(Family.STATE, layout.FIRST)
        return int.from_bytes(raw, "big") if raw else 0

    def check_kept(self, height: int) -> None:
        """Raise HT8021 for a height that blocks have, below `first_height`."""
        first = self.first_height
        if 0 < height < first:
            raise HuitongError(Code.HISTORY_NOT_KEPT, height=height, first=first)

    def place(self, tx_id: bytes) -> Place | None:
        """Return where the only receipt stands that is not a rejection; None when its block is not here."""
        found = self.known(tx_id)
        return None if found is None or found.envelope == NO_PLACE else found

    def known(self, tx_id: bytes) -> Place | None:
        """Return the place of an executed transaction, `NO_PLACE` in its block when that came before a snapshot."""
        raw = self._source.get(Family.CHAIN, layout.PLACE + tx_id)
        return None if raw is None else read_place(raw)

    def header(self, height: int) -> tuple[Header, BlockId] | None:
        """Return the header of a block and its block id."""
        raw = self._source.get(Family.CHAIN, layout.at_height(layout.HEADER, height))
        if raw is None:
            return None
        record = read_record(raw, HeaderRecord)
        return record.header, record.block_id

    def signed_header(self, height: int) -> SignedHeader | None:
        """Return a header with its commit; None for a height that is not there, or whose commit is still being made."""
        found = self.header(height)
        raw = self._source.get(Family.CHAIN, layout.at_height(layout.COMMIT, height))
        if found is None or raw is None:
            return None
        return SignedHeader(found[0], read_record(raw, Commit))

    def validators(self, height: int) -> tuple[Validator, ...]:
        """Return the set that signs a height, up to two above the tip; empty below the first height that is known."""
        start, end = layout.VALIDATORS, layout.at_height(layout.VALIDATORS, height + 1)
        for _, raw in self._source.scan(Family.CHAIN, start, end, reverse=True):
            return read_record(raw, tuple[Validator, ...])
        return ()

    def envelopes(self, height: int) -> tuple[bytes, ...]:
        """Return the envelopes of a block as received; empty for an empty block or none."""
        raw = self._source.get(Family.CHAIN, layout.at_height(layout.ENVELOPES, height))
        return () if raw is None else read_record(raw, tuple[bytes, ...])

    def results(self, height: int) -> Iterator[EnvelopeResult]:
        """Yield the results of a block's envelopes in order."""
        start = layout.at_height(layout.RESULT, height)
        end = layout.at_height(layout.RESULT, height + 1)
        for _, raw in self._source.scan(Family.CHAIN, start, end):
            yield read_envelope(raw)

    def executed_ids(self, height: int) -> bytes:
        """Return the ids of the transactions that a block executed: sorted, joined."""
        listed = self._source.get(Family.CHAIN, layout.at_height(layout.ID_LIST, height))
        if listed is not None:
            return listed
        ids = (
            item.receipt.tx_id
            for envelope in self.results(height)
            for item in envelope.transactions
            if not is_rejection(item.receipt.code)
        )
        return b"".join(sorted(ids))

    def id_lists(self) -> Iterator[tuple[int, bytes]]:
        """Yield (height, ids) of the lists that came in a snapshot."""
        for key, ids in self._source.scan(Family.CHAIN, layout.ID_LIST, layout.after(layout.ID_LIST)):
            yield int.from_bytes(key[1:], "big"), ids

    def put_signed_header(self, signed: SignedHeader) -> None:
        """Replace what was known of a committed block's header by the whole, with its commit.

        Not durable by itself, the next block's batch makes it so.
        """
        header, commit = signed.header, signed.commit
        rows: list[Change] = [
            (
                Family.CHAIN,
                layout.at_height(layout.HEADER, header.height),
                encode(HeaderRecord(header, commit.block_id)),
            ),
            (Family.CHAIN, layout.at_height(layout.COMMIT, header.height), encode(commit)),
        ]
        self._source.write(rows, durable=False)
