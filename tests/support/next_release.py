"""A node of the release after this one, which also knows version 2 of the rules.

`next_release.py node --state HOME` is the node; `next_release.py start NETWORK ORGANISATION` starts it for a network of
this machine.
"""

from functools import partial
from pathlib import Path
from unittest import mock

import click

from huitong.cli.net import processes
from huitong.cli.net.plan import known_plan
from huitong.cli.output import Printer
from huitong.cli.serving import serve
from huitong.engine.cometbft.program import find_program
from huitong.kernel import VERSIONS, Rules
from huitong.node import Home, wiring

NEXT = {**VERSIONS, 2: Rules(2, {})}
PATH = click.Path(path_type=Path, exists=True)


@click.group()
def main() -> None:
    pass


@main.command()
@click.option("--state", type=PATH, required=True)
def node(state: Path) -> None:
    with mock.patch.object(wiring, "make_kernel", partial(wiring.make_kernel, rules=NEXT)):
        serve(Home(state), Printer(as_json=False))


@main.command()
@click.argument("folder", type=PATH)
@click.argument("organisation")
def start(folder: Path, organisation: str) -> None:
    program = find_program()
    assert program is not None
    participant = known_plan(folder).participant(organisation)
    surroundings = {"PYTHONPATH": str(Path(__file__).parent)}
    processes.start(folder, participant, program, command=("next_release", "node"), surroundings=surroundings)


if __name__ == "__main__":
    main()
