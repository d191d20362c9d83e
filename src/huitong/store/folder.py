"""The chain's store in a folder of its own."""

from pathlib import Path

from .chain import ChainStore, StoreSettings
from .rocks import RocksKeyValue


class FolderStore(ChainStore):
    """A chain on RocksDB."""

    def __init__(self, source: RocksKeyValue, settings: StoreSettings | None = None) -> None:
        super().__init__(source, settings)
        self._rocks = source

    def checkpoint(self, to: Path) -> None:
        """Copy the store, as it stands after some block, into a folder that is not there yet. For any thread.

        By hard links where the file system is the same. Raises HT6201, HT6203.
        """
        self._rocks.checkpoint(to)
