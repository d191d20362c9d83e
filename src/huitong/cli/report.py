"""Reports of internal faults: kept in a file, so that nothing is lost and no traceback is thrown at a user."""

import tempfile
from pathlib import Path


def keep_report(text: str) -> Path:
    """Write a report next to the chain's files, or to the temporary folder when that cannot be written."""
    for folder in (Path(".huitong"), Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place = folder / "fault-report.txt"
            place.write_text(text)
        except OSError:
            continue
        return place
    return Path("nowhere: no folder could be written")
