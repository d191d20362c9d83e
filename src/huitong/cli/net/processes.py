"""The node processes of a network: started apart from this one, found again by their process id."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from huitong.node import Home
from huitong.node.configuration import text_of
from huitong.node.home import write_file

from .certificates import GATEWAY_CERTIFICATE, GATEWAY_CLIENTS, GATEWAY_KEY
from .plan import Participant, home_of, read_plan

STOP_SECONDS: Final = 25.0
_TICK_S: Final = 0.05
NODE_COMMAND: Final = ("huitong.cli", "node", "start")


class Running(msgspec.Struct, frozen=True):
    """A process that was started. begun: the system's start time of it, so that a reused id is not taken for it."""

    pid: int
    begun: str


def log_file(home: Home) -> Path:
    """Log of the node."""
    return home.path / "node.log"


def comet_log_file(home: Home) -> Path:
    """Log of its CometBFT."""
    return home.path / "cometbft.log"


def _process_file(home: Home) -> Path:
    return home.path / "process.json"


def _begun(pid: int) -> str:
    """Start time of a process in clock ticks since the machine started; "" when there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    fields = text.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def running(home: Home) -> int:
    """Return the id of the node's process, 0 when it does not run."""
    try:
        found = msgspec.json.decode(_process_file(home).read_bytes(), type=Running)
    except (OSError, msgspec.DecodeError):
        return 0
    return found.pid if found.begun and _begun(found.pid) == found.begun else 0


def start(
    folder: Path,
    participant: Participant,
    program: Path,
    *,
    command: Sequence[str] = NODE_COMMAND,
    surroundings: Mapping[str, str] | None = None,
) -> None:
    """Start a node that does not run. program: CometBFT. command: the module that is the node, with its arguments."""
    home = home_of(folder, participant)
    if running(home):
        return
    home.ready_file.unlink(missing_ok=True)
    if not home.settings_file.exists():
        write_file(home.settings_file, node_settings(participant.gateway_port, program, tls=participant.tls))
    with log_file(home).open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (this interpreter, our own module)
            [sys.executable, "-m", *command, "--state", str(home.path)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={"GOMAXPROCS": _cores_each(folder), **os.environ, **(surroundings or {})},
        )
    _process_file(home).write_bytes(msgspec.json.encode(Running(process.pid, _begun(process.pid))))


def _cores_each(folder: Path) -> str:
    """Cores that each CometBFT of a network on this machine may use: idle ones wake each other less, 1.4 % not 2.3."""
    plan = read_plan(folder)
    return str(max(1, (os.cpu_count() or 1) // len(plan.participants if plan else (None,))))


def node_settings(port: int, program: Path, *, tls: bool = False) -> bytes:
    """Return the settings of an organisation's node. tls: its gateway takes only clients with a certificate."""
    return f"""\
# Settings of this node; `huitong config show` explains them all.
[gateway]
port = {port}
{_tls() if tls else ""}
[contracts]
workers = 1

[consensus]
engine = "cometbft"
program = {text_of(str(program))}
""".encode()


def _tls() -> str:
    """Return the keys of a gateway that takes only clients with a certificate."""
    return f"""\
tls_certificate = "{GATEWAY_CERTIFICATE}"
tls_key = "{GATEWAY_KEY}"
tls_clients = "{GATEWAY_CLIENTS}"
"""


def stop(folder: Path, participants: tuple[Participant, ...]) -> list[str]:
    """End nodes and wait for it, by force after a while; return the organisations whose node ran."""
    homes = {one.organisation: home_of(folder, one) for one in participants}
    ended = {name: pid for name, home in homes.items() if (pid := running(home))}
    for pid in ended.values():
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(running(homes[name]) for name in ended):
        if time.monotonic() > deadline:
            for name, pid in ended.items():
                if running(homes[name]):
                    _signal(pid, signal.SIGKILL)
        time.sleep(_TICK_S)
    for name in ended:
        _process_file(homes[name]).unlink(missing_ok=True)
    return list(ended)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
