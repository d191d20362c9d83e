"""Takes a snapshot over that others serve: chunk by chunk, checked as a whole, then in place of an empty chain."""

from huitong.crypto import Suite, sha256

from .chain import ChainStore
from .content import CheckedContent, ContentCheck
from .portable import MAX_CHUNK_BYTES, Metadata, invalid, read_metadata
from .snapshots import Chunks, SnapshotFolder


class SnapshotTaker:
    """One snapshot at a time. Belongs to the thread that commits."""

    def __init__(self, store: ChainStore, folder: SnapshotFolder, chain_id: str, suite: Suite) -> None:
        self._store = store
        self._folder = folder
        self._chain_id = chain_id
        self._suite = suite
        self._metadata: Metadata | None = None
        self._check: ContentCheck | None = None
        self._chunks: Chunks | None = None

    @property
    def missing(self) -> int:
        """Chunks that are still to come; 0 when there is nothing to take over."""
        if self._metadata is None or self._chunks is None:
            return 0
        return len(self._metadata.chunks) - len(self._chunks.hashes)

    def begin(self, raw: bytes, digest: bytes, trusted: bytes) -> Metadata:
        """Accept what a snapshot says of itself. digest: its hash as offered. trusted: app hash of a verified header.

        Raises HT6211 when it is not one for this chain, state and program.
        """
        self.discard()
        if sha256(raw) != digest:
            raise invalid("its hash is not that of its metadata")
        metadata = read_metadata(raw)
        if metadata.chain_id != self._chain_id:
            raise invalid(f"it is of chain {metadata.chain_id[:64]}")
        self._check = ContentCheck(self._suite, metadata, trusted)
        self._metadata = metadata
        self._chunks = self._folder.take()
        return metadata

    def put(self, index: int, chunk: bytes) -> None:
        """Take the next chunk; one that is here already changes nothing. Raises HT6211, HT6203, HT6201."""
        metadata, chunks = self._metadata, self._chunks
        if metadata is None or chunks is None or not 0 <= index <= len(chunks.hashes) < len(metadata.chunks) + 1:
            raise invalid("a chunk came that was not asked for")
        if index >= len(metadata.chunks) or len(chunk) > MAX_CHUNK_BYTES or sha256(chunk) != metadata.chunks[index]:
            raise invalid(f"chunk {index} is not the one in the snapshot")
        if index == len(chunks.hashes):
            chunks.add(chunk)

    def finish(self) -> CheckedContent:
        """Check the whole and take it over, durably. Raises HT6211, after which nothing has changed; HT6203."""
        metadata, chunks, check = self._metadata, self._chunks, self._check
        if metadata is None or chunks is None or check is None or self.missing:
            raise invalid("it is not complete")
        try:
            content = check.check(chunks)
            self._store.install(metadata, content, chunks)
        finally:
            self.discard()
        return content

    def discard(self) -> None:
        """Forget a snapshot that is not taken over."""
        if self._chunks is not None:
            self._chunks.discard()
        self._metadata, self._check, self._chunks = None, None, None
