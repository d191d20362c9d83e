"""One fault on one fresh network: start, load, the fault, quiet, stop, audit."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from huitong.api.client import AsyncClient, Wallet
from huitong.cli.bench.contract import SOURCE
from huitong.crypto import INTERNATIONAL
from huitong.node import identities
from huitong.types import HuitongError
from huitong.vm.python.source import compile_source

from .audit import audit
from .field import Field, GaveUpError
from .recorder import Recorder

Facts = Mapping[str, float | int | str]
PATIENCE_S: Final = 60.0


class Trial:
    """A running network with a contract and load on it."""

    def __init__(self, field: Field, contract: bytes, load: tuple[int, ...]) -> None:
        self.field = field
        self.contract = contract
        self.load = load
        self.recorder = Recorder([field.url(one) for one in load], [field.people[one] for one in load], contract)

    def work(self, count: int = 30, seconds: float = PATIENCE_S) -> float:
        """Wait until so many more transactions are acknowledged; return how long that took. Raises GaveUpError."""
        wanted, begun = len(self.recorder.told) + count, time.monotonic()
        while len(self.recorder.told) < wanted:
            if time.monotonic() - begun > seconds:
                last = self.recorder.failures[-1:] or [""]
                raise GaveUpError(f"{count} acknowledgements: not within {seconds:.0f} s; {last[0]}")
            time.sleep(0.02)
        return round(time.monotonic() - begun, 2)

    def stands_still(self, seconds: float) -> None:
        """Look on while nothing may be committed. Raises GaveUpError when something is."""
        time.sleep(2)  # what was decided before the fault is told
        before = len(self.recorder.told)
        time.sleep(seconds)
        if len(self.recorder.told) != before:
            raise GaveUpError("transactions were committed without a quorum")


class Scenario(msgspec.Struct, frozen=True):
    """A fault. run: does it on a running network under load and returns what it measured.

    probe: "" or why this system cannot do it. make: changes the homes before the start. load: gateways that clients
    use. age_s: of the genesis. honest: nodes that must agree at the end; those of `load` unless they are named.
    """

    name: str
    run: Callable[[Trial], Facts]
    probe: Callable[[], str] = lambda: ""
    make: Callable[[Field], None] = lambda _: None
    clean: Callable[[Field], None] = lambda _: None
    count: int = 4
    age_s: int = 0
    load: tuple[int, ...] = (0, 1, 2, 3)
    honest: tuple[int, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """What came of a scenario. answer: "held", "fault" or "skipped"; reason: why not held."""

    scenario: str
    answer: str
    reason: str = ""
    facts: Facts = {}
    acknowledged: int = 0
    in_doubt: int = 0
    executed: int = 0
    blocks: int = 0
    refused_envelopes: int = 0
    seconds: float = 0.0
    kept: str = ""


def perform(scenario: Scenario, port: int) -> Result:
    """Perform a scenario on a network of its own; its folder is kept when something was found."""
    reason = scenario.probe()
    if reason:
        return Result(scenario.name, "skipped", reason)
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix=f"huitong-{scenario.name}-"))
    try:
        result = _performed(scenario, folder, port)
    except (GaveUpError, HuitongError) as error:
        result = Result(scenario.name, "fault", str(error))
    if result.answer == "held":
        shutil.rmtree(folder)
    else:
        result = msgspec.structs.replace(result, kept=str(folder))
    return msgspec.structs.replace(result, seconds=round(time.monotonic() - begun, 1))


def _performed(scenario: Scenario, folder: Path, port: int) -> Result:
    field = Field(folder, scenario.count, port=port, age_s=scenario.age_s)
    try:
        scenario.make(field)
        field.start()
        trial = Trial(field, asyncio.run(_deploy(field, scenario.load)), scenario.load)
        trial.recorder.start()
        try:
            trial.work()
            facts = scenario.run(trial)
            trial.work()
        finally:
            trial.recorder.stop()
        honest = scenario.honest or scenario.load
        field.until_equal(honest)
        faults = _miscounted(trial, honest[0])
        field.stop()
        found = audit([field.home(number) for number in honest], trial.recorder.told, trial.recorder.sent)
    finally:
        field.close()
        scenario.clean(field)
    faults += found.faults
    acknowledged = len(trial.recorder.told)
    return Result(
        scenario.name,
        "fault" if faults else "held",
        "; ".join(faults[:5]),
        facts,
        acknowledged,
        len(trial.recorder.sent) - acknowledged,
        found.executed,
        found.blocks,
        found.refused_envelopes,
    )


async def _deploy(field: Field, load: tuple[int, ...]) -> bytes:
    """Deploy the metering contract and give each sender its meter."""
    deployer = identities(INTERNATIONAL)[0]
    text = await asyncio.to_thread(SOURCE.read_text, encoding="utf-8")
    async with AsyncClient(field.url(0), Wallet.of(deployer.key_kind, deployer.secret)) as client:
        address = await client.deploy(compile_source(text, SOURCE.name), name="metering", source=text.encode())
    for number in load:
        person = field.people[number]
        async with AsyncClient(field.url(0), Wallet.of(person.key_kind, person.secret)) as client:
            await client.call(address, "register", f"m-{person.organisation}")
    return address


def _miscounted(trial: Trial, number: int) -> list[str]:
    """Each reading adds one: the meters must show as many as were executed, none twice."""
    return asyncio.run(_compare(trial, number))


async def _compare(trial: Trial, number: int) -> list[str]:
    shown = 0
    async with AsyncClient(trial.field.url(number)) as client:
        for one in trial.load:
            handle = await client.contract(trial.contract)
            shown += int(await handle.view("total", f"m-{trial.field.people[one].organisation}"))
    told, sent = len(trial.recorder.told), len(trial.recorder.sent)
    return [] if told <= shown <= sent else [f"meters show {shown}, acknowledged are {told} of {sent}"]
