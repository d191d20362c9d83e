"""One node per home folder."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final, Self

from huitong.types import Code, HuitongError

_TRIES: Final = 10
_PAUSE_S: Final = 0.01


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
        for _ in range(_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(_PAUSE_S)  # a program that only asks whether a node runs holds it for a moment
            else:
                self._descriptor = descriptor
                return
        os.close(descriptor)
        raise HuitongError(Code.HOME_IN_USE, path=str(self._home))

    @property
    def held(self) -> bool:
        """Whether some process holds the lock now. Raises HT6201."""
        try:
            descriptor = os.open(self._home / "lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise HuitongError(Code.STORE_UNREADABLE, path=str(self._home), reason=str(error.strerror)) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

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
