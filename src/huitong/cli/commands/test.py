"""`huitong test`: pytest with the defaults of contracts, in a process of its own."""

import importlib.util
import signal
import subprocess
import sys
from typing import Final

import click

from huitong.cli.output import Exit, stop
from huitong.types import Code, HuitongError

_EXITS: Final = {0: Exit.DONE, 1: Exit.REFUSED, 2: Exit.REFUSED, 3: Exit.INTERNAL, 4: Exit.USAGE, 5: Exit.USAGE}
"""Exit codes by those of pytest: passed, failed, interrupted, internal, usage, no tests."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.option("--only", type=click.Choice(("plain", "compiled")), help="Let one run lead; both are compared anyway.")
@click.option("--failed", is_flag=True, help="Only the tests that failed last time.")
@click.option("--gas", is_flag=True, help="Print gas by method.")
@click.option("--check-gas", metavar="FILE", help="Fail when gas is not as in the file.")
@click.option("--write-gas", metavar="FILE", help="Write gas by method to the file.")
@click.option("--coverage", is_flag=True, help="Print which lines of contracts ran.")
@click.option("--jail", is_flag=True, help="Run compiled contracts in a jailed worker, as a node does.")
def test(
    arguments: tuple[str, ...],
    only: str | None,
    check_gas: str | None,
    write_gas: str | None,
    **flags: bool,
) -> None:
    """Run tests of contracts, each plain and compiled. ARGUMENTS: files, folders, tests and options of pytest."""
    if importlib.util.find_spec("pytest") is None:
        raise HuitongError(Code.PROGRAM_MISSING, name="pytest")
    command = [sys.executable, "-m", "pytest", "-p", "huitong", "-q", "--tb=short", "--no-header"]
    command += [f"--contracts={only}"] if only else []
    command += [f"--contract-gas-check={check_gas}"] if check_gas else []
    command += [f"--contract-gas-write={write_gas}"] if write_gas else []
    names = {"gas": "--contract-gas", "coverage": "--contract-coverage", "jail": "--contract-jail"}
    command += [option for name, option in (names | {"failed": "--last-failed"}).items() if flags[name]]
    with subprocess.Popen([*command, *arguments]) as child:  # noqa: S603 - pytest, with what the user typed
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest and its debugger
        try:
            status = child.wait()
        finally:
            signal.signal(signal.SIGINT, before)
    stop(_EXITS.get(status, Exit.INTERNAL))
