"""A network of our own for measuring and for campaigns: made in a folder, started, prepared, stopped."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from huitong.api.client import AsyncClient, Wallet
from huitong.cli import logs
from huitong.cli.net import processes
from huitong.cli.net.plan import ORGANISATIONS, Participant, Plan, client_tls, home_of, make_network
from huitong.cli.net.usage import Usage, usage
from huitong.cli.net.watching import wait_until_ready
from huitong.crypto import INTERNATIONAL
from huitong.engine.cometbft.program import build_program, find_program
from huitong.node import Identity, identities
from huitong.types.registry import KeyKind
from huitong.vm.python.source import compile_source

from .net_load import METERS, Outcome, Source, Task

FIRST_PORT: Final = 16_000
PATIENCE_S: Final = 400
_DEPLOYER: Final = "alice@hospital-a"


class BenchNetwork:
    """A running network whose organisations each have a member that sends."""

    def __init__(self, folder: Path, plan: Plan, people: tuple[Identity, ...]) -> None:
        """people: one sender for each organisation, in the order of the gateways."""
        self.folder = folder
        self.plan = plan
        self.people = people

    def sources(self) -> tuple[Source, ...]:
        """Each gateway with its sender."""
        return tuple(
            Source(one.url, person.key_kind, person.secret.hex(), str(tls) if (tls := self.tls(one)) else None)
            for one, person in zip(self.plan.participants, self.people, strict=True)
        )

    def tls(self, participant: Participant) -> Path | None:
        """Certificates for clients of a gateway, None without TLS."""
        return client_tls(self.folder, participant)

    def usage(self) -> Usage:
        """CPU time of all nodes together."""
        found = [usage(home_of(self.folder, one)) for one in self.plan.participants]
        return Usage(
            sum(one.node for one in found), sum(one.cometbft for one in found), sum(one.contracts for one in found)
        )

    async def deploy(self, source: Path, name: str, register: str = "") -> bytes:
        """Deploy a contract; with `register`, call that method once for every meter of every sender."""
        deployer = next(person for person in identities(INTERNATIONAL) if person.id == _DEPLOYER)
        text = await asyncio.to_thread(source.read_text, encoding="utf-8")
        wallet = Wallet.of(deployer.key_kind, deployer.secret)
        first = self.plan.participants[0]
        async with AsyncClient(first.url, wallet, tls=self.tls(first)) as client:
            address = await client.deploy(compile_source(text, source.name), name=name, source=text.encode())
        if register:
            await asyncio.gather(*(self._register(address, register, place) for place in range(len(self.people))))
        return address

    async def _register(self, address: bytes, method: str, place: int) -> None:
        person, participant = self.people[place], self.plan.participants[place]
        wallet = Wallet.of(person.key_kind, person.secret)
        async with AsyncClient(participant.url, wallet, tls=self.tls(participant)) as client:
            signed = [await client.sign([(address, method, [f"m-{place}-{one}"])]) for one in range(METERS)]
            wrong = [one for one in await client.submit_many(signed) if one.answer != "committed"]
            assert not wrong, wrong[0]


@contextmanager
def bench_network(
    count: int,
    *,
    profile: str = "near",
    folder: Path | None = None,
    port: int = FIRST_PORT,
    senders: KeyKind = KeyKind.ED25519,
    tls: bool = False,
) -> Iterator[BenchNetwork]:
    """Yield a fresh network that is ready; its nodes end with the block, its folder too unless it was given."""
    logs.configure()
    program = find_program() or build_program()
    with TemporaryDirectory(prefix="huitong-net-") as temporary:
        place = folder or Path(temporary)
        people = member_senders(count, senders)
        plan = make_network(place, count, INTERNATIONAL, profile, port, more=people, tls=tls)
        try:
            start_all(place, plan.participants, program)
            asyncio.run(wait_until_ready(place, plan, plan.participants))
            yield BenchNetwork(place, plan, people)
        finally:
            processes.stop(place, plan.participants)


def member_senders(count: int, kind: KeyKind) -> tuple[Identity, ...]:
    """One further member for each organisation."""

    def sender(known: Identity) -> Identity:
        secret = INTERNATIONAL.hash(f"huitong sender key/{known.organisation}".encode())
        return msgspec.structs.replace(known, name="sender", key_kind=kind, secret=secret)

    return tuple(map(sender, identities(INTERNATIONAL, ORGANISATIONS[:count])[::2]))


def start_all(folder: Path, participants: Sequence[Participant], program: Path) -> None:
    """Start nodes beside each other."""
    for participant in participants:
        processes.start(folder, participant, program)


class Load:
    """A load process: it prepares at once, and sends when `run` is called."""

    def __init__(self, task: Task) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "huitong.cli.bench.net_load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None, "it is a pipe"
        assert self._process.stdout is not None, "it is a pipe"
        self._input, self._output = self._process.stdin, self._process.stdout
        self._tell(msgspec.json.encode(task).decode())
        self.ready = self._output.readline() == "ready\n"

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def _tell(self, line: str) -> None:
        self._input.write(line + "\n")
        self._input.flush()

    def run(self) -> Outcome:
        """Send everything and return what became of it."""
        assert self.ready, "the load could not sign"
        self._tell("go")
        line = self._output.readline()
        self._process.wait(PATIENCE_S)
        self._input.close()
        self._output.close()
        return msgspec.json.decode(line, type=Outcome)
