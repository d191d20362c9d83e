"""Reports of internal faults: kept in a file, so that nothing is lost and no traceback is thrown at a user."""

import os
import tempfile
from pathlib import Path


def keep_report(text: str) -> Path:
    """Write a report next to the chain's files, or to a new temporary file when that cannot be written.

    Only the owner may read it: a traceback may quote what was worked on.
    """
    try:
        Path(".huitong").mkdir(exist_ok=True)
        place = Path(".huitong") / "fault-report.txt"
        place.unlink(missing_ok=True)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError:
        try:
            descriptor, name = tempfile.mkstemp(prefix="huitong-fault-", suffix=".txt")
        except OSError:
            return Path("nowhere: no folder could be written")
        place = Path(name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return place
