"""The validator's signer and the record of what it signed last.

A second signed header of one height freezes every foreign light client for good. The record is a file outside the
store and outside backups. A block is durable in the store before it is signed, so after a crash the record is at the
store's height or one behind, never ahead; it is ahead only of a store that was restored or lost.
"""

import errno
import os
from pathlib import Path

import msgspec

from huitong.crypto import PrivateKey, precommit_sign_bytes
from huitong.types import BlockId, Code, HuitongError
from huitong.types.registry import KeyKind


class SignRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was signed last: height (0: nothing yet), hash of the header and of its part set, sign bytes; hex."""

    version: int
    chain_id: str
    height: int
    round: int
    block: str
    parts: str
    sign_bytes: str


class RecordFile:
    """The record on disk, replaced by an atomic rename; durable when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self._path

    def read(self) -> SignRecord | None:
        """Return the record, None when there is none. Raises HT6201, HT6204."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            return msgspec.json.decode(raw, type=SignRecord)
        except msgspec.DecodeError as error:
            reason = f"the signer's record {self._path} cannot be read: {error}"
            raise HuitongError(Code.STORE_DAMAGED, reason=reason) from error

    def write(self, record: SignRecord) -> None:
        """Replace the record. Raises HT6203, HT6201."""
        temporary = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(record) + b"\n")
                file.flush()
                os.fsync(descriptor)
            temporary.replace(self._path)
            self._sync_folder()
        except OSError as error:
            raise self._unreadable(error) from error

    def _sync_folder(self) -> None:
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _unreadable(self, error: OSError) -> HuitongError:
        code = Code.STORE_FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else Code.STORE_UNREADABLE
        return HuitongError(code, path=str(self._path), reason=f"the signer's record: {error.strerror}")


class LocalSigner:
    """Signs precommits of round 0 with an Ed25519 key, each height once."""

    def __init__(self, key: PrivateKey, chain_id: str, file: RecordFile) -> None:
        """Raises HT6001 for a key of another kind, HT6301 when the record belongs to another chain."""
        if key.kind != KeyKind.ED25519:
            raise HuitongError(Code.NODE_CONFIGURATION, reason="a validator key is Ed25519")
        self._key = key
        self._chain_id = chain_id
        self._file = file
        self._record = file.read()
        if self._record and self._record.chain_id != chain_id:
            reason = f"the signer's record {file.path} belongs to chain {self._record.chain_id}"
            raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)

    @property
    def public_key(self) -> bytes:
        """Ed25519 public key."""
        return self._key.public_key

    def check(self, height: int, block_id: BlockId | None) -> None:
        """Compare the record with the newest block of the store; a fresh chain gets an empty record.

        block_id: None when the store holds no block yet. Raises HT6302 when there are blocks but no record, HT6303 when
        the record is ahead of the store, HT6301 when it names another block of that height.
        """
        record = self._record
        if record is None:
            if block_id is not None:
                raise HuitongError(Code.SIGNER_RECORD_MISSING, path=str(self._file.path))
            self._write(SignRecord(1, self._chain_id, 0, 0, "", "", ""))
            return
        if record.height > height or (record.height and block_id is None):
            raise HuitongError(Code.SIGNER_RECORD_AHEAD, signed=record.height, height=height)
        if block_id is not None and record.height == height and not _names(record, block_id):
            raise HuitongError(Code.SIGNER_CONFLICT, height=height)

    def sign(self, chain_id: str, height: int, block_id: BlockId, time_ns: int) -> bytes:
        """Return the signature once its record is durable.

        The same block may be signed again; another of that height, or a lower height, is refused with HT6301.
        """
        record = self._record
        assert record is not None, "check comes first"
        assert chain_id == self._chain_id, "a signer has one chain"
        message = precommit_sign_bytes(chain_id, height, 0, block_id, time_ns)
        fresh = SignRecord(1, chain_id, height, 0, block_id.hash.hex(), block_id.part_hash.hex(), message.hex())
        if height <= record.height and fresh != record:
            raise HuitongError(Code.SIGNER_CONFLICT, height=height)
        if fresh != record:
            self._write(fresh)
        return self._key.sign(message)

    def _write(self, record: SignRecord) -> None:
        self._file.write(record)
        self._record = record


def _names(record: SignRecord, block_id: BlockId) -> bool:
    return record.block == block_id.hash.hex() and record.parts == block_id.part_hash.hex()
