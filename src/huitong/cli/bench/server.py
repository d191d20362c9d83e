"""A development node in a process of its own, for measuring from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from huitong.crypto import Suite
from huitong.types import Code, HuitongError

_START_SECONDS = 60


@contextmanager
def development_node(suite: Suite) -> Iterator[str]:
    """Yield the address of a fresh node; it ends with the block."""
    with TemporaryDirectory(prefix="huitong-bench-") as folder:
        ready = Path(folder) / "ready.json"
        command = [
            sys.executable,
            "-m",
            "huitong.cli",
            "dev",
            "--state",
            f"{folder}/home",
            "--port",
            "0",
            "--suite",
            suite.name,
        ]
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
            [*command, "--ready-file", str(ready)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "NO_COLOR": "1"},
        )
        try:
            yield _url(process, ready)
        finally:
            process.terminate()
            process.wait(30)
            if process.stderr is not None:
                process.stderr.close()


def _url(process: subprocess.Popen[bytes], ready: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if ready.exists():
            return str(msgspec.json.decode(ready.read_bytes())["url"])
        if process.poll() is not None:
            complaint = process.stderr.read().decode() if process.stderr else ""
            raise HuitongError(Code.NODE_UNREACHABLE, url="the node of the benchmark", reason=complaint[-300:])
        time.sleep(0.02)  # the file appears when the node is ready; nothing else tells
    raise HuitongError(Code.NODE_UNREACHABLE, url="the node of the benchmark", reason="it was not ready in a minute")
