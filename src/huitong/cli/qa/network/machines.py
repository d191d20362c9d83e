"""Machines that are not right: a clock that is off, a disk that is full, a network that loses packets."""

import errno
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .clock_program import VARIABLE, build_clock_program, lacks_go
from .field import Field, GaveUpError
from .trial import Facts, Scenario, Trial

DAY_S: Final = 86_400
VICTIM: Final = 3
DISK: Final = "96m"
LOSS_PERCENT: Final = 5
_TABLE: Final = "huitong_qa"
_FILLER: Final = "filler"
_CHUNK: Final = bytes(64 * 1024)


def clock_off(seconds: int) -> Callable[[Field], None]:
    """Give one node, and its CometBFT, another clock."""

    def make(field: Field) -> None:
        field.programs[VICTIM] = build_clock_program()
        field.commands[VICTIM] = ("huitong.cli.qa.network.faulty_node", "clock")
        field.surroundings[VICTIM] = {VARIABLE: str(seconds)}

    return make


def others_go_on(trial: Trial) -> Facts:
    """Block times stay those of the many, whatever one clock says."""
    worked = trial.work(60)
    times = [int(trial.field.status(number)["time_ns"]) for number in (0, VICTIM)]
    return {"sixty_s": worked, "apart_s": round(abs(times[0] - times[1]) / 1e9, 1)}


def cannot_mount() -> str:
    """Return why a small disk cannot be had, "" when it can."""
    with tempfile.TemporaryDirectory(prefix="huitong-probe-") as folder:
        if _system("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder):
            _system("umount", folder)
            return ""
    return "this user may not mount a small file system"


def small_disk(field: Field) -> None:
    """Put one node's home on a small disk of its own."""
    home = field.home(VICTIM).path
    kept = home.with_name(home.name + "-moved")
    home.rename(kept)
    home.mkdir(mode=0o700)
    _system("mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(home))
    shutil.copytree(kept, home, dirs_exist_ok=True)
    shutil.rmtree(kept)


def keep_disk(field: Field) -> None:
    """Move the home back, for whoever looks at it later."""
    home = field.home(VICTIM).path
    if not home.is_mount():
        return
    kept = home.with_name(home.name + "-kept")
    (home / _FILLER).unlink(missing_ok=True)
    shutil.copytree(home, kept, ignore=shutil.ignore_patterns("*.sock"))
    _system("umount", str(home))
    home.rmdir()
    kept.rename(home)


def disk_full(trial: Trial) -> Facts:
    """One disk is full: its node stops, the others go on; with room again it starts and catches up."""
    filler = trial.field.home(VICTIM).path / _FILLER
    _fill(filler)
    trial.field.until_behind(VICTIM, 0)
    without = trial.work()
    filler.unlink()
    trial.field.kill([VICTIM])
    trial.field.start([VICTIM])
    return {"went_on_s": without, "caught_up_s": round(trial.field.until_height(VICTIM, trial.field.height(0)), 2)}


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(_CHUNK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise


def cannot_lose() -> str:
    """Return why packets cannot be lost, "" when they can."""
    if shutil.which("nft") is None:
        return "nft is not installed (Debian: nftables)"
    if os.geteuid():
        return "nft needs root"
    if not _system("nft", "add", "table", "inet", _TABLE):
        return "nft may not add a table here"
    _system("nft", "delete", "table", "inet", _TABLE)
    return ""


def packets_lost(trial: Trial) -> Facts:
    """Five of a hundred packets between the nodes are lost."""
    first = min(one.p2p_port for one in trial.field.plan.participants)
    last = max(one.gateway_port for one in trial.field.plan.participants) + 9
    ports = [str(port) for port in range(first, last + 1) if port % 10 == first % 10 or port % 10 > 2]
    rules = (
        ("add", "table", "inet", _TABLE),
        ("add", "chain", "inet", _TABLE, "input", "{ type filter hook input priority 0 ; }"),
        (
            *("add", "rule", "inet", _TABLE, "input", "tcp", "dport", "{ " + ", ".join(ports) + " }"),
            *("numgen", "random", "mod", "100", "<", str(LOSS_PERCENT), "counter", "drop"),
        ),
    )
    try:
        for rule in rules:
            assert _system("nft", *rule), rule
        worked = trial.work(60, 120)
        lost = _lost()
        if not lost:
            raise GaveUpError("no packet was lost")
        return {"sixty_s": worked, "packets_lost": lost}
    finally:
        _system("nft", "delete", "table", "inet", _TABLE)


def _lost() -> int:
    """Packets that the rule has dropped."""
    listed = subprocess.run(  # noqa: S603 (fixed program and arguments)
        ["nft", "list", "table", "inet", _TABLE],  # noqa: S607 (found on PATH)
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    found = re.search(r"counter packets (\d+)", listed.stdout)
    return int(found.group(1)) if found else 0


def _system(*command: str) -> bool:
    """Run a program of the system; True when it did as asked."""
    try:
        return not subprocess.run(command, capture_output=True, check=False, timeout=30).returncode  # noqa: S603 (fixed programs)
    except OSError:
        return False


SCENARIOS = (
    Scenario("clock-ahead", others_go_on, lacks_go, clock_off(DAY_S), load=(0, 1, 2), honest=(0, 1, 2, VICTIM)),
    Scenario(
        *("clock-behind", others_go_on, lacks_go, clock_off(-DAY_S)),
        age_s=2 * DAY_S,  # CometBFT sleeps until genesis
        load=(0, 1, 2),
        honest=(0, 1, 2, VICTIM),
    ),
    Scenario("disk-full", disk_full, cannot_mount, small_disk, keep_disk, load=(0, 1, 2), honest=(0, 1, 2, VICTIM)),
    Scenario("packets-lost", packets_lost, cannot_lose),
)
