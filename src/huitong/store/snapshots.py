"""Snapshots of a node on disk: made in a folder of its own name, which then gets its final name in one step.

| path | holds |
| --- | --- |
| `HEIGHT-FORMAT/metadata` | `portable.Metadata`, encoded |
| `HEIGHT-FORMAT/chunk-NNNNN` | the chunks, from 0 |
| `making-HEIGHT/` | a snapshot that is being made; what a death leaves behind is deleted at the next start |
| `taken/chunk-NNNNN` | the chunks of a snapshot that is being taken over from other nodes |
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from huitong.crypto import sha256
from huitong.types import HuitongError, encode

from .files import file_error, sync_folder, write_new
from .portable import FORMAT, MAX_CHUNK_BYTES, MAX_METADATA_BYTES, Metadata, read_metadata

KEEP: Final = 2
"""Snapshots that are kept: the newest ones. A node that began with the last but one can end with it."""

_METADATA: Final = "metadata"
_MAKING: Final = "making-"
_TAKEN: Final = "taken"


class StoredSnapshot(msgspec.Struct, frozen=True):
    """A whole snapshot. raw: its metadata as stored, hash: of that."""

    metadata: Metadata
    raw: bytes
    hash: bytes


def _chunk_name(index: int) -> str:
    return f"chunk-{index:05}"


class Chunks:
    """A row of chunk files that grows at its end."""

    def __init__(self, folder: Path) -> None:
        """Begin anew in an empty folder. Raises HT6203, HT6201."""
        self.folder = folder
        self.hashes: list[bytes] = []
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        except OSError as error:
            raise file_error(folder, error) from None

    def add(self, chunk: bytes) -> None:
        """Write the next chunk. Raises HT6203, HT6201."""
        path = self.folder / _chunk_name(len(self.hashes))
        try:
            write_new(path, chunk)
        except OSError as error:
            raise file_error(path, error) from None
        self.hashes.append(sha256(chunk))

    def __iter__(self) -> Iterator[bytes]:
        """Read all chunks in their order. Raises HT6201."""
        for index in range(len(self.hashes)):
            path = self.folder / _chunk_name(index)
            try:
                yield path.read_bytes()
            except OSError as error:
                raise file_error(path, error) from None

    def discard(self) -> None:
        """Delete everything."""
        shutil.rmtree(self.folder, ignore_errors=True)


class SnapshotFolder:
    """The snapshots of one node. Reading is safe in any thread; one thread makes them."""

    def __init__(self, path: Path, keep: int = KEEP) -> None:
        """Delete what a death in the middle of making or taking left. keep: newest snapshots to be kept."""
        self._path = path
        self._keep = keep
        self._known: tuple[StoredSnapshot, ...] = ()
        if path.is_dir():
            for left in (*path.glob(f"{_MAKING}*"), path / _TAKEN):
                shutil.rmtree(left, ignore_errors=True)
            self._known = self.look(path)

    @property
    def known(self) -> tuple[StoredSnapshot, ...]:
        """Whole snapshots, the newest first."""
        return self._known

    def chunk(self, height: int, version: int, index: int) -> bytes:
        """Return a chunk; empty when there is none."""
        for found in self._known:
            if found.metadata.height == height and version == FORMAT and 0 <= index < len(found.metadata.chunks):
                return _read(self._folder(height) / _chunk_name(index), MAX_CHUNK_BYTES)
        return b""

    def begin(self, height: int) -> Chunks:
        """Return where to put the chunks of a new snapshot. Raises HT6203, HT6201."""
        return Chunks(self._path / f"{_MAKING}{height}")

    def take(self) -> Chunks:
        """Return where to put the chunks of a foreign snapshot. Raises HT6203, HT6201."""
        return Chunks(self._path / _TAKEN)

    def finish(self, chunks: Chunks, metadata: Metadata) -> None:
        """Keep a snapshot that is whole, and only the newest ones. Raises HT6203, HT6201."""
        target = self._folder(metadata.height)
        try:
            write_new(chunks.folder / _METADATA, encode(metadata))
            sync_folder(chunks.folder)
            shutil.rmtree(target, ignore_errors=True)
            chunks.folder.rename(target)
            sync_folder(self._path)
        except OSError as error:
            raise file_error(target, error) from None
        self._known = self.look(self._path)
        for old in self._known[self._keep :]:
            shutil.rmtree(self._folder(old.metadata.height), ignore_errors=True)
        self._known = self._known[: self._keep]

    def _folder(self, height: int) -> Path:
        return self._path / f"{height}-{FORMAT}"

    @staticmethod
    def look(folder: Path) -> tuple[StoredSnapshot, ...]:
        """Return the whole snapshots in a folder, the newest first; nothing is changed."""
        found = [item for path in folder.glob(f"*-{FORMAT}/{_METADATA}") if (item := _stored(path)) is not None]
        return tuple(sorted(found, key=lambda item: -item.metadata.height))


def _stored(path: Path) -> StoredSnapshot | None:
    """Read a snapshot's metadata; one that cannot be read is not offered."""
    raw = _read(path, MAX_METADATA_BYTES)
    try:
        metadata = read_metadata(raw)
    except HuitongError:
        return None
    return StoredSnapshot(metadata, raw, sha256(raw)) if path.parent.name == f"{metadata.height}-{FORMAT}" else None


def _read(path: Path, most: int) -> bytes:
    """Read a file, at most so many bytes; empty when it is gone, as after a newer snapshot."""
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError:
        return b""
