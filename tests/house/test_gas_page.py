"""The page of gas says what the schedules say."""

import sys
from pathlib import Path

from huitong.vm.python import gas

ROOT = Path(__file__).parents[2]


def test_tables_are_those_of_the_schedules():
    """`python tools/gas_page.py` mends a difference."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import gas_page
    finally:
        sys.path.remove(str(ROOT / "tools"))
    text = (ROOT / "docs" / "spec" / "gas.md").read_text()
    assert text.endswith(gas_page.BEGIN + "\n" + gas_page.tables())
    named = {name for name, _ in gas_page.ENGINE}
    numbers = {name for name, value in vars(gas).items() if name.isupper() and isinstance(value, int)}
    assert numbers - named == {name for name in numbers if name.startswith("MAX_")} | {"SCHEDULE_VERSION"}
