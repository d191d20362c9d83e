"""Interpreter, jail of contract workers, and the programs that build or order."""

import platform
import shutil
import subprocess
from collections.abc import Iterator
from typing import Final

from huitong.engine.cometbft.program import VERSION, find_program
from huitong.types import HuitongError
from huitong.types.native import native
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.jail import SANDBOX_FULL, TABLES

from .finding import Finding

_PROGRAM_SECONDS: Final = 10


def machine() -> Iterator[Finding]:
    """Look at Python and at what holds contracts, by starting one worker."""
    kind = platform.python_implementation()
    text = f"{kind} {platform.python_version()}"
    if kind == "CPython":
        yield Finding.good("Python", text)
    else:
        yield Finding.warning("Python", f"{text} is not tested", "use CPython 3.11 or newer")
    yield _sandbox()


def _sandbox() -> Finding:
    system, processor = platform.system(), platform.machine()
    try:
        engine = PythonEngine(workers=1)
    except HuitongError as error:
        return Finding.fault("contract sandbox", f"no worker starts: {error}", f"huitong explain HT{int(error.code)}")
    held = engine.sandbox
    engine.close()
    return judge_sandbox(held, system, processor)


def judge_sandbox(held: str, system: str, processor: str) -> Finding:
    """Say what holds contract workers, by what a worker said of itself."""
    text = f"{held}, {system} {processor}"
    if held == SANDBOX_FULL:
        return Finding.good("contract sandbox", text)
    if held.startswith(SANDBOX_FULL):
        return Finding.warning("contract sandbox", text, "start the node as a user that is not root")
    if system != "Linux" or processor not in TABLES:
        return Finding.warning("contract sandbox", text, f"run the node on Linux: {' or '.join(sorted(TABLES))}")
    return Finding.warning("contract sandbox", text, "allow seccomp filters in the container or kernel")


def programs() -> Iterator[Finding]:
    """Look for CometBFT, and for what builds it and the native crate."""
    comet, go, cargo = find_program(), _version("go", "version"), _version("cargo", "--version")
    yield judge_comet(None if comet is None else str(comet), shutil.which("cometbft"), go)
    if go or comet:
        yield Finding.good("Go", go or "not here, and not needed: CometBFT is built")
    else:
        yield Finding.warning("Go", "not here", "install Go 1.22 or newer to build CometBFT")
    if cargo or native():
        yield Finding.good("cargo", cargo or "not here, and not needed: the native crate is installed")
    else:
        yield Finding.warning("cargo", "not here", "install Rust 1.95 or newer to build the native crate")


def judge_comet(program: str | None, on_path: str | None, go: str) -> Finding:
    """Say which CometBFT orders here. program: of our version; on_path: of any version; go: "" when there is none."""
    if program is not None:
        return Finding.good("CometBFT", f"{VERSION}, {program}")
    found = f"{on_path} is not {VERSION}" if on_path else "not here"
    how = "huitong net up builds it, once" if go else f"install Go 1.22 or newer, or put cometbft {VERSION} on PATH"
    return Finding.warning("CometBFT", f"{found}; only networks need it", how)


def _version(name: str, argument: str) -> str:
    """Return what a program says of its version, "" when there is none that answers."""
    path = shutil.which(name)
    if path is None:
        return ""
    try:
        done = subprocess.run([path, argument], capture_output=True, text=True, timeout=_PROGRAM_SECONDS, check=False)  # noqa: S603 (found on PATH)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip().splitlines()[0] if done.returncode == 0 and done.stdout.strip() else ""
