"""Stores of a node. `open_store` and `memory_store` are the two ways to one."""

from pathlib import Path

from .archive import ArchivedBlock, ArchiveHead, BlockArchive, read_archive
from .archive_check import ArchiveVerdict, archive_files, verify_archive
from .chain import ChainStore, StoreSettings
from .content import CheckedContent, ContentCheck
from .export import ExportFile, write_export
from .folder import FolderStore
from .keyvalue import Change, Family, KeyValue, Reading
from .lock import HomeLock
from .making import SnapshotMaker, header_tail, remembered_lists
from .memory import MemoryKeyValue
from .pruning import HistoryPruner
from .records import Place, Tip
from .rocks import RocksKeyValue
from .snapshots import SnapshotFolder
from .taking import SnapshotTaker
from .views import Snapshot

__all__ = [
    "ArchiveHead",
    "ArchiveVerdict",
    "ArchivedBlock",
    "BlockArchive",
    "ChainStore",
    "Change",
    "CheckedContent",
    "ContentCheck",
    "ExportFile",
    "Family",
    "FolderStore",
    "HistoryPruner",
    "HomeLock",
    "KeyValue",
    "MemoryKeyValue",
    "Place",
    "Reading",
    "RocksKeyValue",
    "Snapshot",
    "SnapshotFolder",
    "SnapshotMaker",
    "SnapshotTaker",
    "StoreSettings",
    "Tip",
    "archive_files",
    "header_tail",
    "memory_store",
    "open_store",
    "read_archive",
    "remembered_lists",
    "verify_archive",
    "write_export",
]


def open_store(path: Path, settings: StoreSettings | None = None) -> FolderStore:
    """Open or make the store in a folder. Raises HT6003, HT6201-HT6204."""
    source = RocksKeyValue(path)
    try:
        return FolderStore(source, settings)
    except BaseException:
        source.close()
        raise


def memory_store(settings: StoreSettings | None = None) -> ChainStore:
    """Make an empty store that ends with the process."""
    return ChainStore(MemoryKeyValue(), settings)
