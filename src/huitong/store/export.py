"""The export of a chain that has ended: one file, written and read in chunks. Bytes: docs/spec/export.md."""

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from huitong.crypto import Suite, sha256
from huitong.types import Code, HuitongError, Rejected, decode, encode
from huitong.types.registry import STORES

from .chain import ChainStore
from .content import CheckedContent, ContentCheck
from .files import file_error, sync_folder
from .making import header_tail, remembered_lists
from .portable import (
    CHUNK_BYTES,
    FORMAT,
    MAX_CHUNK_BYTES,
    MAX_CHUNKS,
    MAX_METADATA_BYTES,
    Metadata,
    header_chunks,
    id_chunks,
    read_metadata,
    state_chunks,
)

MAGIC: Final = b"huitong/export/1"
MAX_TRAILER_BYTES: Final = MAX_METADATA_BYTES + 64 * 1024 * 1024
_LENGTH: Final = struct.Struct(">I")
_DIGEST_BYTES: Final = 32


class Trailer(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What follows the chunks. metadata: of docs/spec/snapshot.md, encoded. genesis: document of the ended chain.

    time_ns: of its last block.
    """

    metadata: bytes
    genesis: bytes
    time_ns: int


def write_export(path: Path, store: ChainStore, chain_id: str, suite: Suite) -> Metadata:
    """Write the newest state of a store that nobody else uses. Raises HT6203, HT6201, HT6204.

    The file appears whole or not at all; memory: one chunk.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            metadata = _write(file, store, chain_id, suite)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise file_error(path, error) from None
    finally:
        partial.unlink(missing_ok=True)
    return metadata


def _write(file: BinaryIO, store: ChainStore, chain_id: str, suite: Suite) -> Metadata:
    frozen, hashes = store.snapshot(), list[bytes]()
    counts = dict.fromkeys(STORES, 0)

    def counted(name: str) -> Iterator[tuple[bytes, bytes]]:
        for row in frozen.rows(name):
            counts[name] += 1
            yield row

    def chunks() -> Iterator[bytes]:
        for name in STORES:
            yield from state_chunks(name, counted(name), CHUNK_BYTES)
        yield from id_chunks(remembered_lists(store, frozen), CHUNK_BYTES)
        yield from header_chunks(headers, CHUNK_BYTES)

    headers = header_tail(store, frozen.height, ended=True)
    file.write(MAGIC)
    for chunk in chunks():
        file.write(_LENGTH.pack(len(chunk)) + chunk)
        hashes.append(sha256(chunk))
    metadata = Metadata(
        FORMAT, int(suite.id), chain_id, frozen.height, frozen.app_hash, tuple(counts.values()), tuple(hashes)
    )
    trailer = encode(Trailer(encode(metadata), store.genesis() or b"", headers[-1].time_ns))
    file.write(_LENGTH.pack(0) + _LENGTH.pack(len(trailer)) + trailer + sha256(trailer))
    return metadata


class ExportFile:
    """An export on disk. metadata, trailer: as it says; `check` says whether that is so."""

    def __init__(self, path: Path) -> None:
        """Find and read the end of the file. Raises HT6213, HT6201."""
        self.path = path
        self._places: list[tuple[int, int]] = []
        try:
            with path.open("rb") as file:
                self.trailer = self._read(file)
        except OSError as error:
            raise file_error(path, error) from None
        try:
            self.metadata = read_metadata(self.trailer.metadata)
        except HuitongError as error:
            raise self._invalid(str(error.data.get("reason", error))) from None
        if len(self.metadata.chunks) != len(self._places):
            raise self._invalid("it has another number of chunks than it says")

    @property
    def digest(self) -> bytes:
        """SHA-256 of the metadata, which names everything in the file."""
        return sha256(self.trailer.metadata)

    def _read(self, file: BinaryIO) -> Trailer:
        if file.read(len(MAGIC)) != MAGIC:
            raise self._invalid("it does not begin as an export of this version")
        while length := self._length(file, MAX_CHUNK_BYTES):
            if len(self._places) == MAX_CHUNKS:
                raise self._invalid(f"it has more than {MAX_CHUNKS} chunks")
            self._places.append((file.tell(), length))
            file.seek(length, os.SEEK_CUR)
        raw = file.read(self._length(file, MAX_TRAILER_BYTES))
        if file.read(_DIGEST_BYTES + 1) != sha256(raw):
            raise self._invalid("it is cut off, or its end is damaged")
        try:
            return decode(raw, Trailer, max_bytes=MAX_TRAILER_BYTES)
        except Rejected as error:
            raise self._invalid(f"its end cannot be read: {error}") from None

    def _length(self, file: BinaryIO, most: int) -> int:
        raw = file.read(_LENGTH.size)
        length: int = _LENGTH.unpack(raw)[0] if len(raw) == _LENGTH.size else most + 1
        if length > most:
            raise self._invalid("it is cut off, or a length is damaged")
        return length

    def chunks(self) -> Iterator[bytes]:
        """Yield the chunks in their order, each compared with its hash. Raises HT6213, HT6201."""
        try:
            with self.path.open("rb") as file:
                for number, (place, length) in enumerate(self._places):
                    file.seek(place)
                    chunk = file.read(length)
                    if sha256(chunk) != self.metadata.chunks[number]:
                        raise self._invalid(f"chunk {number} is damaged")
                    yield chunk
        except OSError as error:
            raise file_error(self.path, error) from None

    def check(self, suite: Suite) -> CheckedContent:
        """Read everything once and check it, down to the root of the state. Raises HT6213, HT6201."""
        try:
            content = ContentCheck(suite, self.metadata, self.metadata.app_hash, ended=True).check(self.chunks())
        except HuitongError as error:
            if error.code != Code.SNAPSHOT_INVALID:
                raise
            raise self._invalid(str(error.data["reason"])) from None
        if content.headers[-1].time_ns != self.trailer.time_ns:
            raise self._invalid("it names another time than its last header")
        return content

    def _invalid(self, reason: str) -> HuitongError:
        return HuitongError(Code.EXPORT_INVALID, path=str(self.path), reason=reason)
