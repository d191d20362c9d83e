"""One node per home folder."""

import fcntl
import os
from pathlib import Path
from typing import Self

from huitong.types import Code, HuitongError


class HomeLock:
    """An advisory lock on `<home>/lock`, held until `release` or the end of the process, however it ends."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, making the folder if need be. Raises HT6003 when another process holds it, HT6201."""
        try:
            self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HuitongError(Code.STORE_UNREADABLE, path=str(self._home), reason=str(error.strerror)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise HuitongError(Code.HOME_IN_USE, path=str(self._home)) from None
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; calling it twice does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
