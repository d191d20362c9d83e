"""A project of a contract author in a folder of its own, tested by pytest or the program as its author would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

METERING = Path(__file__).parents[2] / "examples" / "metering" / "metering.py"
PYTEST = (sys.executable, "-m", "pytest", "-p", "huitong", "-p", "no:cacheprovider")
OLD = 1_600_000_000
"""Time stamp of files that a test does not change: seconds since 1970."""


class Project:
    """A folder with `contracts/metering.py` and what a test writes; pytest loads the kit's plug-in alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "contracts").mkdir()
        (folder / "tests").mkdir()
        shutil.copy(METERING, folder / "contracts" / "metering.py")
        self.write("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["tests"]\npythonpath = ["contracts"]\n')

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.folder / name
        path.write_text(text)
        return path

    def run(self, *arguments: str, command: tuple[str, ...] = PYTEST) -> subprocess.CompletedProcess[str]:
        """Run pytest; other plug-ins are loaded when they are named."""
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "120"}
        environment.pop("PYTEST_ADDOPTS", None)
        return subprocess.run(
            [*command, *arguments],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
        )

    def counts(self, done: subprocess.CompletedProcess[str]) -> dict[str, int]:
        """Counts of pytest's last line: passed, failed, errors."""
        found = re.findall(r"(\d+) (passed|failed|errors?)", done.stdout.strip().splitlines()[-1])
        return {word: int(number) for number, word in found}
