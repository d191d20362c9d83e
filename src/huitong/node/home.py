"""The folder of one node: genesis, the node's own keys, the signer's record, the store."""

import errno
import os
import secrets
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from huitong.crypto import PrivateKey, private_key
from huitong.types import Code, Genesis, HuitongError
from huitong.types.registry import KeyKind

_KEY_BYTES: Final = 32

T = TypeVar("T")


class NodeKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Secrets of a node, hex: gateway signs envelopes, validator signs blocks. Both Ed25519."""

    version: int
    gateway: str
    validator: str


class Ready(msgspec.Struct, frozen=True):
    """What a running node says in `ready.json`: where it answers, and its process."""

    url: str
    chain_id: str
    pid: int


class Home:
    """Paths and documents of a node's folder, which only its owner may enter (mode 0700).

    | path | holds |
    | --- | --- |
    | genesis.json | the genesis document, as agreed |
    | node.toml | settings, written by the operator; may be missing |
    | node-keys.json | secrets of the node, mode 0600 |
    | signed.json | what the validator key signed last; never copied, never restored from a backup |
    | store/ | RocksDB |
    | admin.sock, audit.jsonl | the administrative door of a running node, and what was done through it |
    | snapshots/ | snapshots of the state, for nodes that join later |
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.genesis_file = path / "genesis.json"
        self.settings_file = path / "node.toml"
        self.keys_file = path / "node-keys.json"
        self.signer_record = path / "signed.json"
        self.store = path / "store"
        self.admin_socket = path / "admin.sock"
        self.audit_file = path / "audit.jsonl"
        self.snapshots = path / "snapshots"
        self.ready_file = path / "ready.json"

    @property
    def exists(self) -> bool:
        """Whether a chain was made here."""
        return self.genesis_file.exists()

    @classmethod
    def existing(cls, path: Path) -> "Home":
        """Return the folder of a chain that was made. Raises HT6001."""
        home = cls(path)
        if not home.exists:
            raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{path} holds no chain: genesis.json is missing")
        return home

    def ready(self) -> Ready | None:
        """Return what a node of this folder said when it was ready; one that was killed does not take it back."""
        try:
            return msgspec.json.decode(self.ready_file.read_bytes(), type=Ready)
        except (OSError, msgspec.DecodeError):
            return None

    def make_keys(self) -> NodeKeys:
        """Make and keep the node's keys, or return those that are here. Raises HT6001, HT6201, HT6203."""
        if self.keys_file.exists():
            return self.keys()
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.path, error) from None
        keys = NodeKeys(1, secrets.token_hex(_KEY_BYTES), secrets.token_hex(_KEY_BYTES))
        write_file(self.keys_file, msgspec.json.format(msgspec.json.encode(keys), indent=2), mode=0o600)
        return keys

    def keys(self) -> NodeKeys:
        """Read the node's keys. Raises HT6001."""
        return self._read(self.keys_file, NodeKeys)

    def write_genesis(self, genesis: Genesis) -> None:
        """Keep the genesis document. Raises HT6201, HT6203."""
        write_file(self.genesis_file, msgspec.json.format(msgspec.json.encode(genesis), indent=2))

    def genesis(self) -> tuple[Genesis, bytes]:
        """Return the genesis document and its bytes. Raises HT6001."""
        document = self._read(self.genesis_file, Genesis)
        return document, self.genesis_file.read_bytes()

    def _read(self, path: Path, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except OSError as error:
            raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{path}: {error.strerror}") from None
        except msgspec.DecodeError as error:
            raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{path}: {error}") from None


def node_key(secret: str) -> PrivateKey:
    """Key object of a node's secret. Raises HT6001."""
    try:
        return private_key(KeyKind.ED25519, bytes.fromhex(secret))
    except (ValueError, HuitongError) as error:
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"node-keys.json: {error}") from None


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace a file atomically and durably; the folder is made if need be. Raises HT6203, HT6201."""
    temporary = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)  # also when the file of an earlier, broken attempt is here
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> HuitongError:
    """Say why a file cannot be written: HT6203 for a full disk, else HT6201."""
    code = Code.STORE_FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else Code.STORE_UNREADABLE
    return HuitongError(code, path=str(path), reason=error.strerror or str(error))
