"""Files beside the database: written whole or not at all, with errors of the system as codes."""

import errno
import os
from pathlib import Path

from huitong.types import Code, HuitongError


def file_error(path: Path, error: OSError) -> HuitongError:
    """Make HT6203 when the disk is full, else HT6201."""
    code = Code.STORE_FULL if error.errno in {errno.ENOSPC, errno.EDQUOT} else Code.STORE_UNREADABLE
    return HuitongError(code, path=str(path), reason=error.strerror or str(error))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_new(path: Path, content: bytes) -> None:
    """Write a file durably; its name is durable after `sync_folder`. Raises OSError."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
