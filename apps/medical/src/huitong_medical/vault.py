r"""The store of one hospital outside of the chain: ciphertexts, and their keys under the hospital's own master key.

Contents of one record, version and resource type are sealed under a data key of their own, so that a
part can be handed out without the rest. Nonces are random 96 bits; every data key seals exactly once. Associated data
= "huitong-medical/contents/1\0" || lengths and bytes of custodian, record, version and type: a ciphertext moved to
another place does not open. Data key and salt are sealed likewise under the master key ("huitong-medical/keys/1\0").
"""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from secrets import token_bytes
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag

from .commitment import SALT_BYTES, commit
from .errors import KeyRefused, RecordMissing, VersionKept
from .protection import INTERNATIONAL, Protection

__all__ = ["DataKey", "Place", "Sealed", "Vault", "open_contents", "seal_contents"]

NONCE_BYTES: Final = 12
_CONTENTS: Final = b"huitong-medical/contents/1\0"
_KEYS: Final = b"huitong-medical/keys/1\0"
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS contents (
    record TEXT NOT NULL, version INTEGER NOT NULL, resource TEXT NOT NULL,
    ciphertext BLOB NOT NULL, sealed_key BLOB NOT NULL,
    PRIMARY KEY (record, version, resource)
) STRICT, WITHOUT ROWID
"""


class Place(msgspec.Struct, frozen=True):
    """Where contents belong: custodian organisation, record id, its version, resource type."""

    custodian: str
    record: str
    version: int
    resource: str

    def bound(self, tag: bytes) -> bytes:
        """Bytes that bind a ciphertext to this place: tag, then each part with its length as 4 bytes."""
        parts = (self.custodian, self.record, str(self.version), self.resource)
        raw = [part.encode() for part in parts]
        return tag + b"".join(len(part).to_bytes(4, "big") + part for part in raw)


class DataKey(msgspec.Struct, frozen=True):
    """What opens and proves contents: the key of the cipher, and the salt of the commitment (32 bytes)."""

    key: bytes
    salt: bytes

    def __repr__(self) -> str:
        return "DataKey(...)"

    def to_bytes(self) -> bytes:
        """Key, then salt."""
        return self.key + self.salt

    @classmethod
    def from_bytes(cls, raw: bytes, key_bytes: int = INTERNATIONAL.key_bytes) -> "DataKey":
        """Read key and salt. Raises KeyRefused for another length."""
        if len(raw) != key_bytes + SALT_BYTES:
            raise KeyRefused(reason=f"not {key_bytes + SALT_BYTES} bytes")
        return cls(raw[:key_bytes], raw[key_bytes:])


class Sealed(msgspec.Struct, frozen=True):
    """Contents at a place as anybody may carry them: nonce, then ciphertext with its tag."""

    place: Place
    ciphertext: bytes


def _seal(key: bytes, contents: bytes, bound: bytes, protection: Protection) -> bytes:
    nonce = token_bytes(NONCE_BYTES)
    return nonce + protection.seal(key, nonce, contents, bound)


def _open(key: bytes, raw: bytes, bound: bytes, place: Place, protection: Protection) -> bytes:
    try:
        return protection.open(key, raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise KeyRefused(record=place.record, version=place.version, resource=place.resource) from None


def seal_contents(place: Place, contents: bytes, protection: Protection = INTERNATIONAL) -> tuple[Sealed, DataKey]:
    """Seal contents under a fresh data key and choose a fresh salt."""
    data_key = DataKey(token_bytes(protection.key_bytes), token_bytes(SALT_BYTES))
    return Sealed(place, _seal(data_key.key, contents, place.bound(_CONTENTS), protection)), data_key


def open_contents(sealed: Sealed, data_key: DataKey, protection: Protection = INTERNATIONAL) -> bytes:
    """Open contents. Raises KeyRefused when key, place or any byte is not the one they were sealed with."""
    return _open(data_key.key, sealed.ciphertext, sealed.place.bound(_CONTENTS), sealed.place, protection)


class Vault:
    """One SQLite file. Every change is one transaction; deleted pages are overwritten (`secure_delete`)."""

    def __init__(self, path: Path, custodian: str, master_key: bytes, protection: Protection = INTERNATIONAL) -> None:
        if len(master_key) != protection.key_bytes:
            raise ValueError(f"a master key has {protection.key_bytes} bytes")
        self.protection = protection
        self._custodian = custodian
        self._master_key = master_key
        path.touch(mode=0o600, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA secure_delete = ON")
        self._database.execute(_SCHEMA)

    def store(self, record: str, version: int, groups: Mapping[str, bytes]) -> dict[str, bytes]:
        """Seal and keep all resources of a version, or none. Returns the commitments by resource type.

        The same contents again (a retry) give the same commitments. Contents are never replaced by others: raises
        VersionKept.
        """
        kept = self._kept(record, version)
        if kept:
            if {resource: contents for resource, (contents, _) in kept.items()} != dict(groups):
                raise VersionKept(record=record, version=version)
            return {name: commit(salt, contents, self.protection) for name, (contents, salt) in kept.items()}
        rows = []
        commitments = {}
        for resource, contents in groups.items():
            place = Place(self._custodian, record, version, resource)
            sealed, data_key = seal_contents(place, contents, self.protection)
            sealed_key = _seal(self._master_key, data_key.to_bytes(), place.bound(_KEYS), self.protection)
            rows.append((record, version, resource, sealed.ciphertext, sealed_key))
            commitments[resource] = commit(data_key.salt, contents, self.protection)
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany("INSERT INTO contents VALUES (?, ?, ?, ?, ?)", rows)
        return commitments

    def load(self, record: str, version: int, resource: str) -> tuple[Sealed, DataKey]:
        """Return sealed contents and their key. Raises RecordMissing, or KeyRefused for a damaged row."""
        row = self._database.execute(
            "SELECT ciphertext, sealed_key FROM contents WHERE record = ? AND version = ? AND resource = ?",
            (record, version, resource),
        ).fetchone()
        if row is None:
            raise RecordMissing(record=record, version=version, resource=resource)
        place = Place(self._custodian, record, version, resource)
        raw = _open(self._master_key, row[1], place.bound(_KEYS), place, self.protection)
        return Sealed(place, row[0]), DataKey.from_bytes(raw, self.protection.key_bytes)

    def resources(self, record: str, version: int) -> list[str]:
        """Resource types that are kept of a version, sorted."""
        rows = self._database.execute(
            "SELECT resource FROM contents WHERE record = ? AND version = ? ORDER BY resource", (record, version)
        )
        return [resource for (resource,) in rows]

    def _kept(self, record: str, version: int) -> dict[str, tuple[bytes, bytes]]:
        kept = {}
        for resource in self.resources(record, version):
            sealed, data_key = self.load(record, version, resource)
            kept[resource] = (open_contents(sealed, data_key, self.protection), data_key.salt)
        return kept

    def discard(self, record: str, version: int) -> None:
        """Drop the parts of a version that the chain refused."""
        self._database.execute("DELETE FROM contents WHERE record = ? AND version = ?", (record, version))

    def erase(self, record: str) -> int:
        """Destroy keys, salts and contents of all versions of a record. Returns how many parts there were."""
        return self._database.execute("DELETE FROM contents WHERE record = ?", (record,)).rowcount

    def close(self) -> None:
        """Close the file."""
        self._database.close()
