"""The `huitong` program as its users run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Done:
    """What a run of the program left."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def run(folder: Path, *arguments: str, node: str = "", signer: str = "", text: str = "", tls: str = "") -> Done:
    """Run the program in a folder and wait for its end."""
    environment = {**os.environ, "HUITONG_LANGUAGE": "en"}
    environment |= {"HUITONG_NODE": node} if node else {}
    environment |= {"HUITONG_AS": signer} if signer else {}
    environment |= {"HUITONG_TLS": tls} if tls else {}
    done = subprocess.run(
        [sys.executable, "-m", "huitong.cli", *arguments],
        cwd=folder,
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass
class DevChain:
    """A development chain in a process of its own."""

    folder: Path
    arguments: tuple[str, ...] = ()
    process: subprocess.Popen[str] | None = None
    ready: dict[str, Any] = field(default_factory=dict)

    def start(self) -> DevChain:
        ready_file = self.folder / "ready-for-test.json"
        ready_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "huitong.cli", "dev", "--port", "0", "--ready-file", str(ready_file)]
        self.process = subprocess.Popen(
            [*command, *self.arguments], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        deadline = time.monotonic() + 60
        while not ready_file.exists():
            if self.process.poll() is not None:
                raise AssertionError(self.process.communicate())
            assert time.monotonic() < deadline, "the chain was not ready in a minute"
            time.sleep(0.01)
        self.ready = json.loads(ready_file.read_text())
        return self

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    def stop(self, how: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """End it and return exit code, output and errors."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(how)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err

    def huitong(self, *arguments: str, signer: str = "alice@hospital-a") -> Done:
        """Run a command against the chain."""
        return run(self.folder, *arguments, node=self.url, signer=signer)
