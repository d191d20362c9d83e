"""What one run of pytest gathers over all tests: gas by method, lines of contracts, and the jail that they share."""

from pathlib import Path
from typing import Any

from huitong.kernel import ContractEngine

from . import gas
from . import lines as coverage
from .chain import Chain
from .engines import Watch
from .outcome import Outcome


class Reports:
    """Figures of one process; a controller of pytest-xdist adds those of its workers."""

    def __init__(self, config: Any) -> None:
        self._config = config
        self._gas: dict[str, list[int]] = {}
        self._lines = coverage.Lines()
        self._jail: Any = None
        self._differences: list[str] = []
        wanted = config.getoption("--contracts")
        self._counted = "compiled" if wanted == "both" else wanted

    def jail(self) -> ContractEngine | None:
        """Return the jailed engine when it is asked for, one for the whole run."""
        if self._config.getoption("--contract-jail") and self._jail is None:
            from huitong.vm.python.engine import PythonEngine

            self._jail = PythonEngine(workers=1)
        found: ContractEngine | None = self._jail
        return found

    def watch(self) -> Watch | None:
        """Return what notes lines when coverage is asked for."""
        return self._lines.watch if self._config.getoption("--contract-coverage") else None

    def seen(self, chain: Chain, outcome: Outcome) -> None:
        """Count a call: once, though both runs lead in turn. Random calls of @fuzz are not counted."""
        if chain.lead == self._counted and chain.counts and outcome.code == 0:
            self._gas.setdefault(outcome.call.partition("(")[0], []).append(outcome.gas)

    def portable(self) -> dict[str, Any]:
        """Figures for a controller."""
        return {"gas": self._gas, "lines": {path: sorted(ran) for path, ran in self._lines.ran.items()}}

    def add(self, figures: dict[str, Any]) -> None:
        """Take the figures of a worker."""
        for name, used in figures["gas"].items():
            self._gas.setdefault(name, []).extend(used)
        for path, ran in figures["lines"].items():
            self._lines.ran.setdefault(path, set()).update(ran)

    def finish(self) -> bool:
        """Write and compare the files that are asked for. False when gas is not as it should be."""
        report = gas.report_of(self._gas)
        target, kept = (self._config.getoption(name) for name in ("--contract-gas-write", "--contract-gas-check"))
        if target:
            gas.write(Path(target), report)
        if kept:
            self._differences = gas.differences(Path(kept), report)
        return not self._differences

    def sections(self) -> list[tuple[str, list[str]]]:
        """Titles and lines for the end of the run."""
        found = []
        if self._config.getoption("--contract-gas"):
            found.append(("gas by method", gas.table(gas.report_of(self._gas))))
        if self._config.getoption("--contract-coverage"):
            found.append(("lines of contracts", coverage.table(self._lines.ran, Path.cwd())))
        if self._differences:
            title = f"gas is not as in {self._config.getoption('--contract-gas-check')}"
            found.append((title, self._differences))
        return found

    def close(self) -> None:
        """End the jail."""
        if self._jail is not None:
            self._jail.close()
