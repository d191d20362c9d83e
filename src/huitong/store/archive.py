"""Blocks as files that outlive the store: written before blocks are taken away, checked without a node.

File format: docs/spec/archive.md. Only what hashes bind is in it: no logs, no reasons.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from huitong.crypto import sha256
from huitong.types import Code, Commit, Header, HuitongError, ProofInvalid, Rejected, Validator, decode_scanned, encode

from .blocks import StoredBlocks
from .files import file_error, sync_folder, write_new
from .records import StoredEnvelope, StoredTransaction

T = TypeVar("T")

MAGIC: Final = b"huitong-archive/1\n"
MANIFEST: Final = "manifest.json"
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024


class ArchiveHead(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """First frame. suite: `registry.SuiteId`. first, last: heights of the blocks that follow."""

    chain_id: str
    suite: int
    first: int
    last: int


class ArchivedBlock(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A block, or (the last frame) the header after the last one, without envelopes and results.

    commit: for it. validators: those that signed it, in CometBFT's order. results: one per envelope.
    """

    header: Header
    commit: Commit
    validators: tuple[Validator, ...]
    envelopes: tuple[bytes, ...]
    results: tuple[StoredEnvelope, ...]


class ManifestEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of an archive. sha256: of it. previous: SHA-256 of the encoded entry before, "" in the first one."""

    name: str
    first: int
    last: int
    sha256: str
    previous: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The files of an archive folder, ascending."""

    format: str
    chain_id: str
    files: tuple[ManifestEntry, ...]


def invalid(reason: str) -> ProofInvalid:
    """Make HT7050."""
    return ProofInvalid(Code.ARCHIVE_INVALID, reason=reason)


def entry_digest(entry: ManifestEntry) -> str:
    """What the next entry names."""
    return sha256(msgspec.json.encode(entry)).hex()


class BlockArchive:
    """Writes blocks of a store into an archive folder. For one thread."""

    def __init__(self, store: StoredBlocks, folder: Path, chain_id: str, suite: int) -> None:
        self._store = store
        self._folder = folder
        self._chain_id = chain_id
        self._suite = suite

    def __call__(self, first: int, last: int) -> None:
        """Write the blocks first to last, but for those that are in it. Raises HT6203, HT6201, HT6204, HT7050."""
        manifest = read_manifest(self._folder) or Manifest(MAGIC.decode().strip(), self._chain_id, ())
        if manifest.chain_id != self._chain_id:
            raise invalid(f"it is of chain {manifest.chain_id}")
        before = manifest.files[-1] if manifest.files else None
        if before is not None:
            first = max(first, before.last + 1)
        if first > last:
            return
        content = MAGIC + b"".join(_frame(encode(part)) for part in self._parts(first, last))
        name = f"blocks-{first:012}-{last:012}.harc"
        entry = ManifestEntry(name, first, last, sha256(content).hex(), entry_digest(before) if before else "")
        manifest = msgspec.structs.replace(manifest, files=(*manifest.files, entry))
        text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for file_name, raw in ((name, content), (MANIFEST, text)):
                write_new(self._folder / (file_name + ".new"), raw)
                (self._folder / (file_name + ".new")).replace(self._folder / file_name)
            sync_folder(self._folder)
        except OSError as error:
            raise file_error(self._folder, error) from None

    def _parts(self, first: int, last: int) -> Iterator[ArchiveHead | ArchivedBlock]:
        yield ArchiveHead(self._chain_id, self._suite, first, last)
        for height in range(first, last + 2):
            signed = self._store.signed_header(height)
            if signed is None:
                raise HuitongError(Code.STORE_DAMAGED, reason=f"block {height} or its commit is not here")
            closing = height > last
            yield ArchivedBlock(
                signed.header,
                signed.commit,
                self._store.validators(height),
                () if closing else self._store.envelopes(height),
                () if closing else tuple(self._results(height)),
            )

    def _results(self, height: int) -> Iterator[StoredEnvelope]:
        for item in self._store.results(height):
            transactions = tuple(StoredTransaction(one.receipt, one.events, "") for one in item.transactions)
            yield StoredEnvelope(item.code, item.data, item.gas_wanted, item.gas_used, transactions, "")


def _frame(raw: bytes) -> bytes:
    return len(raw).to_bytes(4, "big") + raw


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of an archive folder, None when there is none. Raises HT7050, HT6201."""
    path = folder / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise file_error(path, error) from None
    except msgspec.DecodeError as error:
        raise invalid(f"{path.name}: {error}") from None


def read_archive(path: Path) -> Iterator[ArchiveHead | ArchivedBlock]:
    """Yield the head, the blocks and the closing header of a file. Raises HT7050, HT6201."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise invalid(f"{path.name} is no archive of this format")
            kind: type[ArchiveHead | ArchivedBlock] = ArchiveHead
            while size := file.read(4):
                length = int.from_bytes(size, "big")
                raw = file.read(length) if len(size) == 4 and length <= MAX_FRAME_BYTES else b""
                if not raw or len(raw) != length:
                    raise invalid(f"{path.name} ends in the middle of a frame")
                yield _decoded(raw, kind)
                kind = ArchivedBlock
    except OSError as error:
        raise file_error(path, error) from None


def _decoded(raw: bytes, kind: type[T]) -> T:
    try:
        return decode_scanned(raw, kind)
    except (Rejected, HuitongError) as error:
        raise invalid(f"a frame cannot be read: {error}") from None
