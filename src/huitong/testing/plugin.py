"""The plug-in that pytest loads: fixtures, options, and what failing tests show. Imports the kit when a test uses it.

Names of fixtures without `huitong_` are short forms: a project's own fixture of that name takes its place, and
nothing here depends on it.
"""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

MODES = ("plain", "compiled")
REPORTS = pytest.StashKey[Any]()
CHAIN = pytest.StashKey[Any]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `huitong test`, under names of their own."""
    group = parser.getgroup("huitong", "contracts of Huitong")
    group.addoption(
        "--contracts", choices=("both", *MODES), default="both", help="which run leads in tests of contracts"
    )
    group.addoption("--contract-jail", action="store_true", help="compiled runs go through a jailed worker")
    group.addoption("--contract-gas", action="store_true", help="print gas by method")
    group.addoption("--contract-gas-check", metavar="FILE", help="fail when gas is not as in the file")
    group.addoption("--contract-gas-write", metavar="FILE", help="write gas by method to the file")
    group.addoption("--contract-coverage", action="store_true", help="print which lines of contracts ran")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test of a contract twice: led by the plain run, and by the compiled one."""
    if "huitong_mode" not in metafunc.fixturenames:
        return
    marks = metafunc.definition.iter_markers("parametrize")
    if any("huitong_mode" in str(mark.args[0]).replace(" ", "").split(",") for mark in marks if mark.args):
        return
    wanted = metafunc.config.getoption("--contracts")
    metafunc.parametrize("huitong_mode", MODES if wanted == "both" else (wanted,), indirect=True)


@pytest.fixture
def huitong_mode(request: pytest.FixtureRequest) -> str:
    """Which run leads: plain or compiled."""
    return str(getattr(request, "param", MODES[0]))


@pytest.fixture
def huitong_members() -> Any:
    """Members of the chain, name@organisation -> roles; None for the development identities. Made to be overridden."""
    return None


@pytest.fixture
def huitong_suite() -> str:
    """Suite of the chain by its name: international or guomi. Made to be overridden."""
    return "international"


@pytest.fixture
def huitong_chain(request: pytest.FixtureRequest, huitong_mode: str, huitong_members: Any, huitong_suite: str) -> Any:
    """A chain in memory, new for each test."""
    from .chain import Chain

    reports = _reports(request.config)
    chain = Chain(
        lead=huitong_mode,
        members=huitong_members,
        folder=request.config.rootpath,
        jail=reports.jail(),
        watch=reports.watch(),
        seen=reports.seen,
        suite=huitong_suite,
    )
    request.node.stash[CHAIN] = chain
    return chain


@pytest.fixture
def huitong_deploy(huitong_chain: Any) -> Any:
    """Deploy a contract class or file: `deploy(Metering, *init_args, name="")`."""
    return huitong_chain.deploy


@pytest.fixture
def huitong_as_member(huitong_chain: Any) -> Any:
    """Call as another member: `with as_member("wang@hospital-b"): ...`."""
    return huitong_chain.as_member


@pytest.fixture
def huitong_reverts() -> Any:
    """Expect an error: `with reverts(NotYourMeter, meter="m-1"): ...`."""
    from .expecting import reverts as expecting

    return expecting


@pytest.fixture
def chain(huitong_chain: Any) -> Any:
    """Short for huitong_chain: a chain in memory, new for each test."""
    return huitong_chain


@pytest.fixture
def deploy(huitong_deploy: Any) -> Any:
    """Short for huitong_deploy: deploy a contract class or file."""
    return huitong_deploy


@pytest.fixture
def as_member(huitong_as_member: Any) -> Any:
    """Short for huitong_as_member: call as another member."""
    return huitong_as_member


@pytest.fixture
def reverts(huitong_reverts: Any) -> Any:
    """Short for huitong_reverts: expect an error."""
    return huitong_reverts


def _reports(config: pytest.Config) -> Any:
    if REPORTS not in config.stash:
        from .reports import Reports

        config.stash[REPORTS] = Reports(config)
    return config.stash[REPORTS]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Show the last call of a failed test."""
    report = yield
    if report.when == "call" and report.failed and CHAIN in item.stash:
        from .display import last_call

        text = last_call(item.stash[CHAIN], item.nodeid, Path.cwd())
        if text:
            report.sections.insert(0, ("last call of a contract", text))
    return report


def _wants_reports(config: pytest.Config) -> bool:
    names = ("--contract-gas", "--contract-gas-check", "--contract-gas-write", "--contract-coverage")
    return REPORTS in config.stash or any(config.getoption(name) for name in names)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand a worker's figures to the controller; there, compare gas with the file."""
    if not _wants_reports(session.config):
        return
    reports = _reports(session.config)
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["huitong"] = reports.portable()
    elif not reports.finish() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    reports.close()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker of pytest-xdist has seen."""
    figures = getattr(node, "workeroutput", {}).get("huitong")
    if figures:
        _reports(node.config).add(figures)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Print gas and coverage."""
    if _wants_reports(config) and not hasattr(config, "workeroutput"):
        terminalreporter.ensure_newline()
        for title, lines in _reports(config).sections():
            terminalreporter.section(title)
            for line in lines:
                terminalreporter.write_line(line)
