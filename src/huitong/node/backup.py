"""Backups: a consistent copy of a node's store with a list of its files, made while the node runs.

| file | holds |
| --- | --- |
| backup.json | what this is: chain, height, app hash, and length and SHA-256 of every file |
| genesis.json, node.toml | as in the node's folder |
| store/ | the store as it was at that height |

The node's keys and the signer's record are never in a backup: keys are kept apart, and a record that is older than what
was signed would let the key sign twice.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from huitong import __version__
from huitong.crypto import suite
from huitong.engine import StateTrees
from huitong.store import FolderStore, StoreSettings, open_store
from huitong.types import Code, Genesis, HuitongError

from .home import Home, unwritable, write_file

FORMAT: Final = "huitong-backup/1"
MANIFEST: Final = "backup.json"
STORE: Final = "store"
MAX_MANIFEST_BYTES: Final = 16 * 1024 * 1024


class BackupFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a backup, by its path within it. sha256: hex."""

    path: str
    size: int
    sha256: str


class Backup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `backup.json` says. app_hash, header_hash: hex, of the newest block; header_hash "" before the first."""

    format: str
    huitong: str
    chain_id: str
    suite: int
    height: int
    app_hash: str
    header_hash: str
    files: tuple[BackupFile, ...]


def create(home: Home, store: FolderStore, to: Path) -> Backup:
    """Copy a store that is open into a folder that is not there yet. For any thread. Raises HT6201, HT6203, HT9002.

    RocksDB makes its checkpoint by hard links where `to` is on the same file system, so this takes no second room.
    """
    if to.exists():
        raise HuitongError(Code.FILE_UNREADABLE, path=str(to), reason="it is there already; name a new folder")
    partial = to.with_name(to.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True, mode=0o700)
        store.checkpoint(partial / STORE)
        for source in (home.genesis_file, home.settings_file):
            if source.exists():
                shutil.copyfile(source, partial / source.name)
        genesis, _ = home.genesis()
        found = _describe(partial, genesis)
        write_file(partial / MANIFEST, msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        partial.rename(to)
    except OSError as error:
        raise unwritable(to, error) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return found


def check(folder: Path) -> Backup:
    """Check every file of a backup, and that its state gives the app hash that it names. Changes nothing.

    Raises HT9002 when there is no backup, HT6204 for what differs.
    """
    found = read(folder)
    _check_files(folder, found)
    beside = folder.absolute().parent
    place = beside if os.access(beside, os.W_OK) else None
    try:
        copy = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=place))
    except OSError as error:
        raise unwritable(beside, error) from None
    try:
        _copy(folder / STORE, copy, _link)
        if _standing(copy, found.suite) != (found.height, found.app_hash, found.header_hash):
            raise HuitongError(
                Code.STORE_DAMAGED, reason=f"the store of {folder} is not the one that backup.json names"
            )
    except OSError as error:
        raise unwritable(copy, error) from None
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    return found


def restore(folder: Path, home: Home) -> Backup:
    """Check a backup and make a node's folder of it, which must not hold a chain. Raises HT6001, HT6204, HT9002."""
    if home.exists or home.store.exists():
        raise HuitongError(Code.NODE_CONFIGURATION, reason=f"{home.path} holds a chain already; name another folder")
    found = check(folder)
    home.path.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        _copy(folder / STORE, home.store, shutil.copyfile)
        for target in (home.settings_file, home.genesis_file):
            if (folder / target.name).exists():
                write_file(target, (folder / target.name).read_bytes())
    except OSError as error:
        raise unwritable(home.path, error) from None
    return found


def read(folder: Path) -> Backup:
    """Return what a backup says of itself. Raises HT9002, HT6202 for another format."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            found = msgspec.json.decode(file.read(MAX_MANIFEST_BYTES), type=Backup)
    except OSError as error:
        raise HuitongError(Code.FILE_UNREADABLE, path=str(path), reason=str(error.strerror)) from None
    except msgspec.MsgspecError as error:
        raise HuitongError(Code.FILE_UNREADABLE, path=str(path), reason=str(error)[:200]) from None
    if found.format != FORMAT:
        raise HuitongError(Code.STORE_FORMAT_UNKNOWN, found=found.format[:40], known=FORMAT)
    return found


def _describe(folder: Path, genesis: Genesis) -> Backup:
    height, app_hash, header_hash = _standing(folder / STORE, genesis.suite)
    files = tuple(
        BackupFile(str(path.relative_to(folder)), path.stat().st_size, _digest(path))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    return Backup(FORMAT, __version__, genesis.chain_id, genesis.suite, height, app_hash, header_hash, files)


def _standing(path: Path, suite_id: int) -> tuple[int, str, str]:
    """Open a store and rebuild its trees; return height, app hash and header hash. Raises HT6204."""
    store = open_store(path, StoreSettings(suite=suite_id))
    try:
        tip = store.tip
        if tip is None:
            raise HuitongError(Code.STORE_DAMAGED, reason="the store holds no chain")
        StateTrees(suite(suite_id), store).load(tip.app_hash)
        header = store.header(tip.height)
        return tip.height, tip.app_hash.hex(), header[1].hash.hex() if header else ""
    finally:
        store.close()


def _check_files(folder: Path, found: Backup) -> None:
    here = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    named = {item.path for item in found.files}
    if here != named:
        first = min(here ^ named)
        raise HuitongError(Code.STORE_DAMAGED, reason=f"{first} is {'missing' if first in named else 'not listed'}")
    for item in found.files:
        path = folder / item.path
        if path.stat().st_size != item.size or _digest(path) != item.sha256:
            raise HuitongError(Code.STORE_DAMAGED, reason=f"{item.path} differs from what backup.json says")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: Path, target: Path, copy: Callable[[Path, Path], object]) -> None:
    """Copy the files of a store, which has no folders. The first that cannot be copied ends it, with its own reason."""
    target.mkdir(exist_ok=True)
    for path in sorted(source.iterdir()):
        copy(path, target / path.name)


def _link(source: Path, target: Path) -> None:
    """Tables never change, so links to them do; all else may be written to when the store is opened."""
    if source.suffix in (".sst", ".blob"):
        with contextlib.suppress(OSError):  # on another file system they are copied
            target.hardlink_to(source)
            return
    shutil.copyfile(source, target)
