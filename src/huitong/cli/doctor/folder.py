"""The node's folder: its disk, and who may read its secrets."""

import os
import shlex
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from huitong.node import Home

from .finding import Finding

GIB: Final = 1 << 30
LEAST_BYTES: Final = GIB // 4
FEW_BYTES: Final = 2 * GIB
SLOW_MS: Final = 20.0
_SYNCS: Final = 9
_SYNC_SECONDS: Final = 0.3
_BLOCK: Final = bytes(4096)
_OTHERS: Final = 0o077


def folder(home: Home) -> Iterator[Finding]:
    """Look at the disk and the modes; nothing is left behind."""
    place = next(path for path in (home.path.absolute(), *home.path.absolute().parents) if path.exists())
    yield judge_space(shutil.disk_usage(place).free, place)
    yield _written(place)
    if not home.exists:
        yield Finding.good("home", f"no chain in {home.path} yet; huitong dev makes one")
        return
    yield _modes(home)


def judge_space(free: int, place: Path) -> Finding:
    """Say whether the disk has room. free: bytes."""
    text, todo = f"{free / GIB:,.1f} GiB free at {place}", f"make room: du -xh {shlex.quote(str(place))} | sort -h"
    if free < LEAST_BYTES:
        return Finding.fault("disk", text, todo)
    return Finding.warning("disk", text, todo) if free < FEW_BYTES else Finding.good("disk", text)


def _written(place: Path) -> Finding:
    """Write a file that has no name, and time how long it takes to be on the disk."""
    taken: list[float] = []
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            begun = time.perf_counter()
            while len(taken) < _SYNCS and time.perf_counter() - begun < _SYNC_SECONDS:
                started = time.perf_counter()
                os.write(file.fileno(), _BLOCK)
                os.fdatasync(file.fileno())
                taken.append((time.perf_counter() - started) * 1e3)
    except OSError as error:
        path = shlex.quote(str(place))
        return Finding.fault("disk writes", f"{place}: {error.strerror}", f"ls -ld {path}; df {path}; id")
    return judge_syncs(statistics.median(taken), place)


def judge_syncs(milliseconds: float, place: Path) -> Finding:
    """Say whether the disk is fast enough; each block waits for it once."""
    text = f"{milliseconds:.2f} ms until 4 KiB are on the disk (p50), writable: {place}"
    if milliseconds > SLOW_MS:
        return Finding.warning("disk writes", text, "each block waits for this: keep the folder on a local SSD")
    return Finding.good("disk writes", text)


def _modes(home: Home) -> Finding:
    try:
        keys, entry = home.keys_file.stat().st_mode & 0o777, home.path.stat().st_mode & 0o777
    except OSError as error:
        todo = "restore node-keys.json from your backup, or start again with another --state"
        return Finding.fault("home", f"{home.keys_file}: {error.strerror}", todo)
    if keys & _OTHERS:
        todo = f"chmod 600 {shlex.quote(str(home.keys_file))}"
        return Finding.fault("home", f"others may read {home.keys_file} (mode {keys:04o})", todo)
    if entry & _OTHERS:
        todo = f"chmod 700 {shlex.quote(str(home.path))}"
        return Finding.warning("home", f"others may enter {home.path} (mode {entry:04o})", todo)
    return Finding.good("home", f"{home.path}: node-keys.json has mode {keys:04o}, the folder {entry:04o}")
