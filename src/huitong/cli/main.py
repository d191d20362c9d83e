"""The program's entry: global options, and the one place where errors become exit codes."""

import os
import sys
import traceback

import click

from huitong import __version__
from huitong.types import Code, HuitongError

from .group import LazyGroup
from .output import Exit, Printer

COMMANDS = {
    "dev": ("commands.dev", "dev", "Start a development chain with named organisations."),
    "net": ("commands.net", "net", "Run several organisations on this machine, ordered by CometBFT."),
    "node": ("commands.node", "node", "Run one node: start, status, stop."),
    "config": ("commands.config", "config", "Settings of a node: check, show, diff."),
    "backup": ("commands.backup", "backup", "Copy a node's chain while it runs; check and restore copies."),
    "archive": ("commands.archive", "archive", "Blocks as files: export, verify, show."),
    "export": ("commands.export", "export", "Write the state of a stopped chain, to go on elsewhere."),
    "import": ("commands.export", "import_", "Go on from an export: put its state below a new chain."),
    "new": ("commands.new", "new", "Begin a project: a contract with tests."),
    "test": ("commands.test", "test", "Run tests of contracts, each plain and compiled."),
    "demo": ("commands.demo", "demo", "Run an application's demonstration on a running development chain."),
    "status": ("commands.status", "status", "Where a node stands."),
    "top": ("commands.top", "top", "Watch nodes: height, rate, latency, pool, memory."),
    "doctor": ("commands.doctor", "doctor", "Look for what is wrong here, and say what to type."),
    "contract": ("commands.contract", "contract", "Check, deploy, call and view contracts."),
    "client": ("commands.client", "client", "Write a typed client of a contract in Python or TypeScript."),
    "tx": ("commands.tx", "tx", "Look at transactions and their proofs."),
    "block": ("commands.block", "block", "Look at blocks."),
    "state": ("commands.state", "state", "Read state, with proofs."),
    "member": ("commands.member", "member", "Look at members."),
    "trust": ("commands.trust", "trust", "Write a trust file, from which light clients and verification start."),
    "verify": ("commands.verify", "verify", "Check a proof bundle offline."),
    "key": ("commands.key", "key", "Make and list keys."),
    "explain": ("commands.explain", "explain", "What a code means and what to do."),
    "bench": ("commands.bench", "bench", "Measure: kernel, contract, gas, http, lonely, net, hotpath, tree."),
    "qa": ("commands.qa", "qa", "Long campaigns: crash, network, fuzz, native."),
}


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="huitong")
@click.option(
    "--tls", envvar="HUITONG_TLS", metavar="DIR", help="Certificates for gateways with TLS: ca.pem, client.pem."
)
def program(tls: str | None) -> None:
    """Huitong: verifiable records between organisations, with rules in Python.

    Exit codes: 0 done, 1 refused by the chain, 2 usage, 3 unreachable or timeout, 4 verification failed, 5 internal,
    130 interrupted by Ctrl-C.
    """
    if tls:
        os.environ["HUITONG_TLS"] = tls  # for every command below, and the programs that they start


def main() -> None:
    """Run the program; no traceback reaches a user."""
    printer = Printer(as_json="--json" in sys.argv)
    try:
        program.main(standalone_mode=False)
        status = Exit.DONE
    except HuitongError as error:
        status = printer.error(error)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        if printer.as_json:
            status = printer.error(HuitongError(Code.USAGE, reason=error.format_message().rstrip(".")))
        else:
            error.show()
        status = Exit.USAGE
    except (KeyboardInterrupt, click.Abort):
        status = Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last door: a fault is reported as one, not as a traceback
        status = printer.error(HuitongError(Code.INTERNAL, reason=f"{type(error).__name__}: {error}"))
        _keep_report(traceback.format_exc())
    sys.exit(int(status))


def _keep_report(text: str) -> None:
    """Keep the traceback of a fault in a file, for a report."""
    from .report import keep_report

    click.echo(f"  report kept in {keep_report(text)}", err=True)
