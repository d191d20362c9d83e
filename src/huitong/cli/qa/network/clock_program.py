"""A CometBFT whose clock is off: built once from the module's source with one function changed."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from huitong.engine.cometbft.program import VERSION, cache_folder
from huitong.types import Code, HuitongError

VARIABLE: Final = "HUITONG_QA_CLOCK_S"
"""Seconds that the clock of a node under test is ahead; negative: behind."""
_MODULE: Final = f"github.com/cometbft/cometbft@{VERSION}"
_BUILD_SECONDS: Final = 900
_FILE: Final = Path("types/time/time.go")
_BEFORE: Final = "return Canonical(time.Now())"
_AFTER: Final = "return Canonical(time.Now().Add(offset))"
_OFFSET: Final = f"""
var offset = readOffset()

func readOffset() time.Duration {{
	seconds, err := strconv.Atoi(os.Getenv("{VARIABLE}"))
	if err != nil {{
		return 0
	}}
	return time.Duration(seconds) * time.Second
}}
"""


def lacks_go() -> str:
    """Return why the program cannot be had, "" when it can."""
    if clock_program_file().exists() or shutil.which("go"):
        return ""
    return "Go is not installed, and a CometBFT with another clock must be built"


def clock_program_file() -> Path:
    """Where it is kept."""
    return cache_folder().with_name(f"cometbft-{VERSION}-clock") / "cometbft"


def build_clock_program() -> Path:
    """Build it under a lock, or return the one that is here. Raises HT9003."""
    program = clock_program_file()
    program.parent.mkdir(parents=True, exist_ok=True)
    with (program.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            source = program.parent / "source"
            shutil.rmtree(source, ignore_errors=True)
            _copy_source(source)
            _change(source / _FILE)
            _go("build", "-o", str(program), "./cmd/cometbft", folder=source)
            shutil.rmtree(source)
    return program


def _copy_source(target: Path) -> None:
    described = _go("mod", "download", "-json", _MODULE, folder=target.parent)
    folder = next(line.split('"')[3] for line in described.splitlines() if line.strip().startswith('"Dir"'))
    shutil.copytree(folder, target)
    for path in (target, *target.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)  # the module cache is read-only


def _change(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert _BEFORE in text, "the version is pinned"
    text = text.replace(_BEFORE, _AFTER).replace('import (\n\t"sort"', 'import (\n\t"os"\n\t"sort"\n\t"strconv"')
    path.write_text(text + _OFFSET, encoding="utf-8")


def _go(*arguments: str, folder: Path) -> str:
    go = shutil.which("go")
    if go is None:
        raise HuitongError(Code.PROGRAM_MISSING, name="go, to build a CometBFT with another clock")
    done = subprocess.run(  # noqa: S603 (found on PATH, fixed arguments)
        [go, *arguments],
        cwd=folder,
        env={**os.environ, "GOFLAGS": "-buildvcs=false"},
        capture_output=True,
        text=True,
        timeout=_BUILD_SECONDS,
        check=False,
    )
    if done.returncode:
        raise HuitongError(Code.PROGRAM_MISSING, name=f"CometBFT with another clock; go said: {done.stderr[-200:]}")
    return done.stdout
