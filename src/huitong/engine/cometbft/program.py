"""Where the CometBFT program is: on PATH, in the user's cache, or built once by Go."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from huitong.types import Code, HuitongError

VERSION: Final = "v0.38.25"
MODULE: Final = f"github.com/cometbft/cometbft/cmd/cometbft@{VERSION}"
BUILD_SECONDS: Final = 900


def cache_folder() -> Path:
    """Where the program is kept that was built here."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "huitong" / "bin" / f"cometbft-{VERSION}"


def find_program() -> Path | None:
    """Return the program of our version, None when there is none yet."""
    cached = cache_folder() / "cometbft"
    if cached.exists():
        return cached
    found = shutil.which("cometbft")
    return Path(found) if found and _version(found) == VERSION.removeprefix("v") else None


def _version(program: str) -> str:
    try:
        done = subprocess.run([program, "version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603 (found on PATH)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().partition("+")[0].removeprefix("v")


def build_program() -> Path:
    """Build the program with Go under a lock; about a minute and a half. Raises HT9003."""
    folder = cache_folder()
    program = folder / "cometbft"
    go = shutil.which("go")
    if go is None:
        raise HuitongError(Code.PROGRAM_MISSING, name=f"cometbft {VERSION} (on PATH), or Go 1.22 to build it")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if program.exists():
            return program
        environment = os.environ | {"GOBIN": str(folder)}
        built = subprocess.run(  # noqa: S603 (found on PATH, fixed arguments)
            [go, "install", MODULE],
            env=environment,
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
    if built.returncode:
        lines = built.stderr.strip().splitlines()
        reason = lines[-1][:200] if lines else "no reason given"
        raise HuitongError(Code.PROGRAM_MISSING, name=f"cometbft {VERSION}; `go install {MODULE}` said: {reason};")
    return program
