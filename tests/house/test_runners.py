"""The programs behind ./run and ./test: counts, closing line, when a set-up is done again."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
REPORT = """<?xml version="1.0"?><testsuites>
<testsuite name="a" tests="10" failures="2" errors="1" skipped="3"/>
<testsuite name="b" tests="1" failures="0" errors="0" skipped="0"/>
</testsuites>"""


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"house_{name}", ROOT / "tools" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_a_report_is_summed(tmp_path: Path):
    check = load("check")
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert check.read_report(report) == (5, 3, 3)


def test_the_closing_line_names_skipped_tests_only_when_there_are_some():
    check = load("check")
    assert check.Counts(5, 0).line() == "5 passed, 0 failed"
    assert check.Counts(5, 1, 2).line() == "5 passed, 1 failed, 2 skipped"


def outcome(monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...]) -> int:
    check = load("check")
    monkeypatch.setattr(check, "run_tier", lambda _tier, _arguments: check.Counts(*counts))
    status: int = check.main(["core"])
    return status


@pytest.mark.parametrize(("counts", "status"), [((3, 0, 1), 0), ((3, 1), 1), ((0, 0), 1)])
def test_the_exit_code_says_whether_all_is_well(
    monkeypatch: pytest.MonkeyPatch, counts: tuple[int, ...], status: int, capsys: pytest.CaptureFixture[str]
):
    assert outcome(monkeypatch, counts) == status
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"{counts[0]} passed, {counts[1]} failed")


@pytest.fixture
def setup(tmp_path: Path) -> ModuleType:
    """The set-up program on a checkout of its own, with an environment that exists."""
    module = load("setup")
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.PYTHON = module.VENV / "bin" / "python"
    module.PYTHON.parent.mkdir(parents=True)
    module.PYTHON.touch()
    (tmp_path / "requirements").mkdir()
    (tmp_path / "pyproject.toml").write_text("[project]")
    for lock in module.LOCKS:
        (tmp_path / "requirements" / f"{lock}.txt").write_text(f"{lock}==1")
    return module


def test_a_set_up_is_done_once(setup: ModuleType):
    assert not setup.is_ready("run")
    setup.stamp("run").write_text(setup.fingerprint("run"))
    assert setup.is_ready("run")
    assert not setup.is_ready("test")


def test_the_tests_set_up_serves_run_too(setup: ModuleType):
    setup.stamp("test").write_text(setup.fingerprint("test"))
    assert setup.is_ready("run")


@pytest.mark.parametrize("name", ["requirements/run.txt", "pyproject.toml", "apps/new/pyproject.toml"])
def test_a_change_of_what_it_is_made_from_sets_up_again(setup: ModuleType, name: str):
    setup.stamp("run").write_text(setup.fingerprint("run"))
    (setup.ROOT / name).parent.mkdir(parents=True, exist_ok=True)
    (setup.ROOT / name).write_text("changed")
    assert not setup.is_ready("run")
