"""Make `.venv` with the pinned packages of a lock and the programs of this checkout. Standard library only.

`./run` and `./test` call this with the name of a lock in `requirements/`. A stamp in `.venv` holds the hash of all that
the set-up depends on; while it matches there is nothing to do, and nothing is printed.
"""

import hashlib
import importlib.util
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "setup.log"
LOCKS = ("run", "test")


def projects() -> list[Path]:
    """Folders with a pyproject.toml: the platform first, then the apps by name."""
    return [ROOT, *sorted(path.parent for path in ROOT.glob("apps/*/pyproject.toml"))]


def fingerprint(lock: str) -> str:
    """Hash of what a set-up is made from: place, interpreter, lock, project files and this program."""
    digest = hashlib.sha256(f"{ROOT}\n{sys.version}\n".encode())
    files = [ROOT / "requirements" / f"{lock}.txt", Path(__file__), *(path / "pyproject.toml" for path in projects())]
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def stamp(lock: str) -> Path:
    """File that says which set-up of a lock stands."""
    return VENV / f"huitong-{lock}.stamp"


def is_ready(lock: str) -> bool:
    """True when the environment was set up for this lock, or for a wider one behind it in LOCKS."""
    wider = LOCKS[LOCKS.index(lock) :]
    marks = [(stamp(name), name) for name in wider]
    return PYTHON.exists() and any(mark.exists() and mark.read_text() == fingerprint(name) for mark, name in marks)


def say(text: str) -> None:
    """Print a part of the line of progress."""
    print(text, end="", flush=True)


def fail(text: str) -> None:
    """End with one line that says what to do."""
    sys.exit(f"\n{text}")


def act(command: Sequence[str | Path], advice: str) -> None:
    """Run a command, its output in the log; when it fails show the end of the log and what to do."""
    with LOG.open("ab") as log:
        done = subprocess.run(list(command), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if done.returncode:
        tail = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-12:]
        print("\n" + "\n".join(tail), file=sys.stderr)
        fail(f"{advice} The whole log: {LOG.relative_to(ROOT)}")


def make_environment() -> None:
    """Make `.venv`; one that no longer starts (its Python was moved or removed) is made anew."""
    if importlib.util.find_spec("ensurepip") is None:
        fail("Huitong needs Python's venv module: install it (Debian, Ubuntu: apt-get install python3-venv).")
    command = [sys.executable, "-m", "venv", *(["--clear"] if VENV.exists() and not works() else []), str(VENV)]
    VENV.mkdir(exist_ok=True)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        fail(f"{done.stdout}{done.stderr}\nThe environment .venv could not be made; remove the folder and try again.")


def works() -> bool:
    """True when the environment's Python starts and is this one's version."""
    probe = [str(PYTHON), "-c", "import pip, sys; print(sys.version)"]
    try:
        done = subprocess.run(probe, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == sys.version


def install(lock: str) -> None:
    """Install the pinned wheels, then the projects of this checkout as they stand (editable)."""
    pip: list[str | Path] = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-deps"]
    locked = ["--require-hashes", "--only-binary=:all:", "-r", f"requirements/{lock}.txt"]
    act([*pip, *locked], "The packages could not be installed: is a package index reachable?")
    say("  ✓ packages")
    editable = [part for path in projects() for part in ("-e", str(path))]
    act([*pip, "--no-build-isolation", *editable], "The programs of this checkout could not be installed.")
    names = ", ".join(["huitong", *(path.name for path in projects()[1:])])
    say(f"  ✓ {names}")


def main(lock: str) -> None:
    """Set up for one lock unless it stands."""
    if is_ready(lock):
        return
    started = time.monotonic()
    major, minor = sys.version_info[:2]
    say(f"Huitong · set-up for {lock}, once: up to a few minutes  ✓ python {major}.{minor}")
    if not works():
        make_environment()
    LOG.write_bytes(b"")
    install(lock)
    stamp(lock).write_text(fingerprint(lock))
    print(f"  {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1])
