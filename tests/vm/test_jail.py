"""The jail: one test for each forbidden act, as root (who becomes nobody) and as an ordinary user."""

import importlib.util
import json
import os
import platform
import shutil
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from huitong.vm.python import jail

PROGRAMS = Path(__file__).parent / "programs"
USERS = ("root", "nobody")


def _attacks():
    spec = importlib.util.spec_from_file_location("jail_attacks", PROGRAMS / "jail_attacks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ATTACKS = _attacks()

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64",
    reason=f"the filter has a table for x86-64 Linux only; this is {sys.platform} on {platform.machine()}",
)


@pytest.fixture(scope="module", params=USERS)
def battery(request):
    """All attacks, tried by a node of one user. An ordinary user runs them as himself, under 'nobody'."""
    command = [sys.executable, str(PROGRAMS / "jail_battery.py")]
    if request.param == "root" and os.getuid() != 0:
        pytest.skip("not root: what a node of root does cannot be tried")
    if request.param == "nobody" and os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv (util-linux) is missing: cannot become another user")
        # The capability to read lets 'nobody' start an interpreter below root's home folder. The worker drops it.
        read = "+dac_read_search"
        become = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
        command = ["setpriv", *become, "--inh-caps", read, "--ambient-caps", read, *command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["uid"] == 0) == (request.param == "root")
    return found


@pytest.mark.parametrize("name", ATTACKS.ENDED_BY_FILTER)
def test_forbidden_system_call_kills(battery, name):
    status, seen = battery[name]
    assert (status, seen) == (-signal.SIGSYS, "the worker ended")


@pytest.mark.parametrize("name", ATTACKS.EXHAUSTION)
def test_exhaustion_ends_the_worker(battery, name):
    """A worker out of memory or stack ends; it never answers, because another node might have had enough.

    The node may kill it before it has ended by itself: when it has said why.
    """
    status, seen = battery[name]
    assert not seen.startswith("survived")
    if "Error: " in seen:
        assert status in (1, -signal.SIGKILL)
    else:
        assert status in (-signal.SIGSEGV, -signal.SIGSYS, -signal.SIGABRT)


def test_memory_bomb_names_its_cause(battery):
    assert battery["memory bomb"][1].startswith("MemoryError")


def test_worker_is_nobody_without_any_privilege(battery):
    facts = battery["facts"]
    assert facts["sandbox"] == jail.SANDBOX_FULL
    own = [str(jail.NOBODY if battery["uid"] == 0 else battery["uid"])] * 4
    assert facts["Uid"] == own
    assert facts["Seccomp"] == ["2"]
    assert facts["NoNewPrivs"] == ["1"]
    assert facts["Threads"] == ["1"]
    for name in ("CapEff", "CapPrm", "CapAmb"):
        assert int(facts[name][0], 16) == 0, name
    if battery["uid"] == 0:
        assert facts["Groups"] == []
        assert facts["Gid"] == own


def test_worker_has_one_descriptor_and_small_limits(battery):
    facts = battery["facts"]
    if facts["descriptors"] is not None:
        assert len(facts["descriptors"]) == 1
    limits = facts["limits"]
    assert limits["Max address space"] == [str(jail.ADDRESS_SPACE_BYTES)] * 2
    for name in ("Max core file size", "Max file size", "Max processes", "Max open files"):
        assert limits[name] == ["0", "0"], name


def _run_filter(arch, number, third=0):
    """Interpret the filter's instructions over one system call; return the verdict."""
    program = [struct.unpack_from("=HBBI", jail.filter_program(), at) for at in range(0, len(jail.filter_program()), 8)]
    data = struct.pack("<IIQ6Q", number, arch, 0, 0, 0, third, 0, 0, 0)
    position = accumulator = 0
    while True:
        code, true, false, operand = program[position]
        position += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, operand)[0]
        else:
            test = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}
            position += true if test[code] else false


KILL, ALLOW = 0x80000000, 0x7FFF0000


def test_filter_allows_only_its_list():
    """Every number from 0 to 1023, interpreted: what is allowed is exactly the list."""
    allowed = {number for number in range(1024) if _run_filter(0xC000003E, number) == ALLOW}
    assert allowed == {9, 10, 11, 12, 14, 15, 25, 28, 44, 45, 60, 202, 228, 231}


def test_filter_kills_other_architectures_and_x32():
    assert _run_filter(0x40000003, 45) == KILL  # i386, where 45 is brk
    assert _run_filter(0xC00000B7, 45) == KILL  # aarch64
    assert _run_filter(0xC000003E, 0x40000000 + 45) == KILL
    assert _run_filter(0xC000003E, 0xFFFFFFFF) == KILL


@pytest.mark.parametrize("number", [9, 10])
def test_filter_refuses_executable_memory(number):
    assert _run_filter(0xC000003E, number, third=3) == ALLOW
    assert _run_filter(0xC000003E, number, third=4) == KILL
    assert _run_filter(0xC000003E, number, third=7) == KILL


def test_missing_filter_is_said(monkeypatch):
    """On a machine without a table the limits alone hold, and the text for the operator says why."""
    monkeypatch.setattr(jail.platform, "machine", lambda: "riscv64")
    monkeypatch.setattr(jail, "_drop_root", lambda: "")
    monkeypatch.setattr(jail, "_set_limits", lambda: None)
    assert jail.lock_down() == "rlimits only: no table of system calls for riscv64"


def test_root_without_a_filter_does_not_serve(monkeypatch):
    monkeypatch.setattr(jail.platform, "machine", lambda: "riscv64")
    monkeypatch.setattr(jail, "_drop_root", lambda: "Invalid argument")
    monkeypatch.setattr(jail, "_set_limits", lambda: None)
    with pytest.raises(PermissionError, match="still root"):
        jail.lock_down()


def test_only_user_is_root():
    """In a container where no other user exists, the filter alone holds, and the operator is told."""
    program = f"""
from huitong.vm.python.engine import PythonEngine
engine = PythonEngine(program=("standin_program", {str(PROGRAMS)!r}))
print(engine.sandbox)
engine.close()
"""
    enter = ["unshare", "--user", "--map-root-user"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*enter, sys.executable, "-c", ""], capture_output=True, check=False).returncode
    ):
        pytest.skip("unshare (util-linux) cannot make a user namespace here")
    done = subprocess.run([*enter, sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{jail.SANDBOX_FULL}, still root: ")


def test_worker_loads_only_what_it_needs():
    """Neither the kernel nor anything that talks to the world stands behind the filter."""
    program = """
import sys
import huitong.vm.python.worker, huitong.vm.python.program
print(*sorted(name for name in sys.modules if name.count(".") == 1 and name.startswith("huitong.")))
print(*sorted({"asyncio", "threading", "subprocess", "ssl", "nacl", "cryptography", "coincurve"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    packages, others = done.stdout.split("\n")[:2]
    assert packages.split() == ["huitong.contract", "huitong.types", "huitong.vm"]
    assert others == ""
