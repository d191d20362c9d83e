"""tools/native.sh: what stops a build is said in one line; one that should have been and was not fails the tests."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path):
    """A checkout with an environment of its own, and a cargo of which the test says what it does."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "native.sh", tmp_path / "tools")
    shutil.copytree(ROOT / "native", tmp_path / "native", ignore=shutil.ignore_patterns("target"))
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    return tmp_path


def build(checkout, cargo, mode="run", **environment):
    program = checkout / "bin" / "cargo"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{cargo}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    variables = {**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(checkout / "c")}
    variables.pop("HUITONG_NATIVE", None)
    return subprocess.run(
        [checkout / "tools" / "native.sh", mode],
        env=variables | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("cargo", "environment", "reason"),
    [
        ("echo cargo 1.95.0", {"HUITONG_NATIVE": "off"}, "HUITONG_NATIVE=off"),
        ("echo cargo 1.60.0", {}, "cargo 1.60.0 is older than 1.95"),
        ('[ "$1" = --version ] && echo cargo 1.99.0 || exit 101', {}, "no registry of crates answers"),
    ],
)
def test_what_is_missing_is_said_in_one_line(checkout, cargo, environment, reason):
    done = build(checkout, cargo, "test", **environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Native: none, Python does its work ({reason})\n"


@pytest.mark.parametrize(("mode", "code"), [("run", 0), ("test", 1)])
def test_a_lock_that_does_not_fit_is_a_failure(checkout, mode, code):
    cargo = (
        '[ "$1" = --version ] && echo cargo 1.99.0 && exit; echo "error: the lock file needs to be updated" >&2; exit 1'
    )
    done = build(checkout, cargo, mode)
    assert done.returncode == code
    assert "the lock file needs to be updated" in done.stderr
    assert not (checkout / ".venv" / "huitong-native.stamp").exists()


def test_a_build_that_is_installed_is_not_built_again(checkout):
    cargo = '[ "$1" = --version ] && echo cargo 1.99.0 && exit; echo called; exit 1'
    stamp = checkout / ".venv" / "huitong-native.stamp"
    script = (checkout / "tools" / "native.sh").read_text()
    hashed = script[script.index("hash=$(") : script.index('[ "$(cat "$stamp"')]
    made = subprocess.run(
        ["bash", "-c", f"python=.venv/bin/python version=1.99.0\n{hashed}\necho $hash"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    stamp.write_text(made.stdout)
    assert build(checkout, cargo).stdout == ""
    (checkout / "native" / "src" / "lib.rs").write_text("changed")
    assert "no registry of crates answers" in build(checkout, cargo).stdout
