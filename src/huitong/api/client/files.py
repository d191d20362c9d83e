"""Small files of a client: read when they are there, replaced as a whole."""

import os
from pathlib import Path

from huitong.types import Code, HuitongError
from huitong.types.limits import MAX_BUNDLE_BYTES


def read_if_there(path: Path) -> bytes | None:
    """Return a file's content, None when there is no file. Raises HT9002."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BUNDLE_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error) from None
    return content


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file at once; its folder is made. Not synchronised: it can be fetched again. Raises HT9002."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise _unusable(path, error) from None


def _unusable(path: Path, error: OSError) -> HuitongError:
    return HuitongError(Code.FILE_UNREADABLE, path=str(path), reason=error.strerror or str(error))
