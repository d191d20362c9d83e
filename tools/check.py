"""Run tiers of checks and tests, print the time of each, and end with `N passed, N failed`.

Usage: check.py [TIER ...] [arguments for pytest]. Tiers: static, core, native, peers; all by default. The exit code is
0 only when nothing failed and something ran.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
NO_TESTS = 5
APPS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("apps/*/src"))

STATIC = {
    "ruff check": ("ruff", "check", "--quiet", "."),
    "ruff format": ("ruff", "format", "--quiet", "--check", "."),
    "mypy": ("mypy", "--no-error-summary", "src", "tools", "examples", *APPS),
    "pyright": ("pyright", "examples"),
    "import-linter": ("lint-imports", "--no-cache"),
    "codespell": ("codespell",),
    "vulture": ("vulture",),
    "docs": ("sphinx-build", "--quiet", "--no-color", "--fail-on-warning", "--keep-going", "docs", "docs/_build/html"),
}
CRATE = ("--locked", "--manifest-path", "native/Cargo.toml")
PURE = ("tests/native", "tests/state", "tests/crypto", "tests/engine", "tests/determinism")
NATIVE = {
    "rustfmt": ("cargo", "fmt", "--check", "--manifest-path", "native/Cargo.toml"),
    "clippy": ("cargo", "clippy", "--quiet", *CRATE, "--all-targets", "--all-features", "--", "--deny", "warnings"),
    "crates and licences": ("python", "tools/native_deny.py"),
    "crate tests": ("cargo", "test", "--quiet", *CRATE),
    "the same tree without the crate": ("pytest", "-q", "-n", "2", "-p", "without_native", *PURE),
}
"""What holds the crate; the last of them needs nothing but Python."""
NEEDS = {
    "pyright": "node",
    "rustfmt": "cargo",
    "clippy": "cargo",
    "crates and licences": "cargo",
    "crate tests": "cargo",
}
"""Programs of others that a check runs on; without one it is skipped, and says so."""
MARKERS = {"core": "not peers and not browser", "peers": "peers"}
DISTRIBUTION = {"core": "load", "peers": "loadfile"}
PEER_PROGRAMS = {"go": "golang-go", "npm": "npm"}
TIERS = ("static", "core", "native", "peers")


class Counts(NamedTuple):
    """Outcome of a tier; an error while a test is set up or torn down counts as a failure."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Sum of two outcomes."""
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def line(self) -> str:
        """The closing line."""
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def run_checks(checks: Mapping[str, tuple[str, ...]]) -> Counts:
    """Run each check; the output of those that find something is printed."""
    counts = Counts()
    for name, (program, *arguments) in checks.items():
        if name in NEEDS and shutil.which(NEEDS[name]) is None:
            print(f"  - {name} skipped: {NEEDS[name]} is not installed", flush=True)
            counts = counts.plus(Counts(skipped=1))
            continue
        started = time.monotonic()
        command = [program if program == "cargo" else BIN / program, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=surroundings(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        sign = "✗" if done.returncode else "✓"
        print(f"  {sign} {name}  {time.monotonic() - started:.1f} s", flush=True)
        if done.returncode:
            print(done.stdout + done.stderr, flush=True)
        counts = counts.plus(Counts(failed=1) if done.returncode else Counts(passed=1))
    return counts


def surroundings() -> dict[str, str]:
    """Variables of checks: cargo builds beside the cache of wheels, pytest finds its plugins."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    own = {"CARGO_TARGET_DIR": f"{cache}/huitong/target", "PYTHONPATH": str(ROOT / "tests" / "support")}
    return {**os.environ, **own}


def has_crates() -> bool:
    """True when the crates of native/Cargo.lock are here or can be fetched; without them there is nothing to check."""
    if shutil.which("cargo") is None:
        return False
    done = subprocess.run(["cargo", "fetch", "--quiet", *CRATE], cwd=ROOT, capture_output=True, text=True, check=False)
    return not done.returncode or "lock file" in done.stderr


def run_native() -> Counts:
    """Check the crate where it could be built, and the platform without it everywhere."""
    if has_crates():
        return run_checks(NATIVE)
    print("  - the crate skipped: cargo is not installed, or no registry of crates answers", flush=True)
    pure = dict([list(NATIVE.items())[-1]])
    return run_checks(pure).plus(Counts(skipped=len(NATIVE) - len(pure)))


def run_pytest(tier: str, arguments: Sequence[str]) -> Counts:
    """Run the tests of a tier on two processes."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        # tests of one file stay in one process: what they start for the file is started once
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", DISTRIBUTION[tier]]
        command += ["-m", MARKERS[tier], f"--junitxml={report}"]
        done = subprocess.run([*command, *arguments], cwd=ROOT, check=False, stdin=subprocess.DEVNULL)
        counts = read_report(report) if report.exists() else Counts()
    # a tier without tests has lost them, unless the arguments chose none of it
    fine = (0, NO_TESTS) if arguments else (0,)
    if done.returncode not in fine and not counts.failed:
        print(f"pytest ended with {done.returncode} in tier {tier}", flush=True)
        return counts.plus(Counts(failed=1))
    return counts


def read_report(report: Path) -> Counts:
    """Sum the suites of a JUnit report."""
    counts = Counts()
    for suite in ET.parse(report).getroot().iter("testsuite"):
        total, skipped = int(suite.get("tests", "0")), int(suite.get("skipped", "0"))
        failed = int(suite.get("failures", "0")) + int(suite.get("errors", "0"))
        counts = counts.plus(Counts(max(0, total - failed - skipped), failed, skipped))
    return counts


def say_what_is_missing() -> None:
    """Say how to get the programs that the peers' tests use; without one, its tests are skipped with a reason."""
    for program, package in PEER_PROGRAMS.items():
        if shutil.which(program) is None:
            print(f"  ! {program} is missing, its tests are skipped (Debian, Ubuntu: apt-get install {package})")


def run_tier(tier: str, arguments: Sequence[str]) -> Counts:
    """Run one tier and print its time."""
    print(f"== {tier}", flush=True)
    if tier == "peers":
        say_what_is_missing()
    started = time.monotonic()
    if tier == "static":
        counts = run_checks(STATIC)
    else:
        counts = run_native() if tier == "native" else run_pytest(tier, arguments)
    print(f"== {tier}: {counts.line()} in {time.monotonic() - started:.0f} s\n", flush=True)
    return counts


def main(arguments: Sequence[str]) -> int:
    """Run the named tiers, or all."""
    chosen = [tier for tier in TIERS if tier in arguments] or list(TIERS)
    rest = [argument for argument in arguments if argument not in TIERS]
    total = Counts()
    for tier in chosen:
        total = total.plus(run_tier(tier, rest))
    print(total.line(), flush=True)
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
