"""Clients in Python and interfaces for contracts: written from schemas, checked by type checkers, used on a chain."""

import asyncio
import contextlib
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from program import DevChain, run

from huitong.api.client import AsyncClient, Client, TransactionFailed, TransactionRejected, Wallet
from huitong.api.client.typed import ContractEvent
from huitong.contract import Fixed
from huitong.crypto import INTERNATIONAL
from huitong.node import identities
from huitong.types import Code, HuitongError

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "contracts"
METERING = ROOT / "examples" / "metering" / "metering.py"
KINDS = HERE / "kinds.py"
CALLER = '''
"""Calls the contract kinds through the interface that `huitong client --lang contract` writes."""

IMPORTS

# INTERFACE


class Caller(Contract):
    """Stands between."""

    seen: Map[str, int]

    @call
    def through(self, key: str) -> int:
        kinds = ctx.contract("kinds", Kinds)
        kinds.store(key, Committed(points=[Point(x=5)], by_name={}), 9)
        found = kinds.address(key)
        self.seen[key] = 0 if found is None else found.points[0].x
        return self.seen[key]

    @call
    def refused(self) -> str:
        try:
            ctx.contract("kinds", Kinds).delete(b"", 1, [])
        except CallFailed as failure:
            return failure.error
        return ""
'''


def written(folder, file, lang):
    done = run(folder, "client", str(file), "--lang", lang, "--out", ".", "--json")
    assert done.status == 0, done.err
    return folder / done.document["file"]


def loaded(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("clients")


@pytest.fixture(scope="module")
def chain(folder):
    started = DevChain(folder).start()
    for file, name in ((METERING, "metering"), (KINDS, "kinds")):
        done = started.huitong("contract", "deploy", str(file), "--name", name)
        assert done.status == 0, done.err
    yield started
    started.stop()


@pytest.fixture(scope="module")
def metering(folder):
    return loaded(written(folder, METERING, "python"))


@pytest.fixture(scope="module")
def kinds(folder):
    return loaded(written(folder, KINDS, "python"))


def wallet(name):
    person = next(person for person in identities(INTERNATIONAL) if person.id == name)
    return Wallet.of(person.key_kind, person.secret)


@pytest.fixture
async def node(chain):
    async with AsyncClient(chain.url, wallet("alice@hospital-a")) as client:
        yield client


def test_what_is_written_passes_the_type_checkers(folder):
    files = [
        written(folder, file, lang) for file in (METERING, KINDS) for lang in ("python", "python-sync", "contract")
    ]
    use = folder / "use.py"
    use.write_text(
        "from huitong.api.client import AsyncClient\n"
        "from metering_client import MeteringClient, MeterRead, NotYourMeter\n\n"
        "async def main(node: AsyncClient) -> int:\n"
        '    metering = MeteringClient(node, "metering")\n'
        "    try:\n"
        '        done = await metering.read("m-1", 5)\n'
        "    except NotYourMeter as error:\n"
        "        return len(error.meter)\n"
        "    events: list[MeterRead] = done.events(MeterRead)\n"
        '    return done.value + events[0].kwh + await metering.total("m-1")\n'
    )
    waiting = folder / "use_waiting.py"
    waiting.write_text(
        use.read_text()
        .replace("await ", "")
        .replace("async def", "def")
        .replace("AsyncClient", "Client")
        .replace("metering_client", "metering_sync")
    )
    names = [str(path) for path in (*files, use, waiting)]
    mypy = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *names], cwd=folder, capture_output=True, text=True, check=False
    )
    assert mypy.returncode == 0, mypy.stdout
    use.write_text(use.read_text().replace('read("m-1", 5)', 'read("m-1", "5")'))
    wrong = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *names], cwd=folder, capture_output=True, text=True, check=False
    )
    assert "arg-type" in wrong.stdout


def test_the_same_text_comes_from_the_file_and_from_the_chain(chain, folder):
    for lang in ("python", "python-sync", "typescript", "contract"):
        assert (
            chain.huitong("client", "kinds", "--lang", lang).out
            == run(folder, "client", str(KINDS), "--lang", lang).out
        )


def test_what_cannot_be_read_is_named(folder, chain):
    missing = run(folder, "client", "missing.py")
    assert (missing.status, "HT9002" in missing.err) == (2, True)
    unknown = chain.huitong("client", "nowhere")
    assert (unknown.status, "HT8005" in unknown.err) == (1, True)


async def test_calls_views_events_and_errors_are_typed(node, metering):
    client = metering.MeteringClient(node, "metering")
    assert (await client.register("m-1")).value is None
    big = 2**200 + 1
    done = await client.read("m-1", big)
    assert done.value == big
    assert done.answer.answer == "committed"
    assert done.events(metering.MeterRead) == [metering.MeterRead("m-1", big)]
    assert await client.total("m-1") == big
    with pytest.raises(metering.MeterExists) as caught:
        await client.register("m-1")
    assert (caught.value.meter, caught.value.answer.answer) == ("m-1", "failed")
    assert (caught.value.code, caught.value.data["error"]) == (Code.REFUSED_BY_CONTRACT, "MeterExists")
    with pytest.raises(metering.NotYourMeter) as other:
        await client.using(wallet=wallet("wang@hospital-b")).read("m-1", 1)
    assert "NotYourMeter" in str(other.value)


async def test_what_the_platform_refuses_stays_its_own_error(node, metering):
    client = metering.MeteringClient(node, "metering")
    with pytest.raises(TransactionFailed) as failed:
        await client.using(gas_limit=2000).read("m-1", 1)
    assert failed.value.code == Code.OUT_OF_GAS
    with pytest.raises(TransactionRejected) as rejected:
        await client.using(wallet=Wallet.of(1, b"\x09" * 32)).register("m-9")
    assert rejected.value.code == Code.SIGNER_UNKNOWN
    with pytest.raises(HuitongError) as missing:
        await client.total("never")
    assert missing.value.code == Code.KEY_MISSING


async def test_every_kind_of_value_goes_there_and_back(node, kinds):
    client = kinds.KindsClient(node, "kinds")
    point = kinds.Point(x=-(2**300), y=-7)
    value = kinds.Committed_(points=[point], by_name={"b": kinds.Point(1), "a": point}, mark=b"\xfe")
    done = await client.store("k", value)
    assert done.value == value
    (event,) = done.events(kinds.Stored)
    assert (event.code, event.data, event.who) == (5, value, wallet("alice@hospital-a").address)
    assert await client.address_("k") == value
    assert await client.address_("nothing") is None
    assert await client.echo(2**90, 255, flag=True, text="t", raw=b"abc") == {"t": [2**90, 255, 3, -1]}
    assert await client.me() == wallet("alice@hospital-a").address
    assert await client.using(wallet=wallet("wang@hospital-b")).me() == wallet("wang@hospital-b").address


async def test_errors_of_calls_and_views_hold_exact_data(node, kinds):
    client = kinds.KindsClient(node, "kinds")
    with pytest.raises(kinds.Refused) as called:
        await client.delete(b"\x00\x01", 2**255, [1, 2**80])
    assert (called.value.data_, called.value.code_, called.value.answer_) == (b"\x00\x01", 2**255, [1, 2**80])
    assert called.value.fields_of_error() == {"data": b"\x00\x01", "code": 2**255, "answer": [1, 2**80]}
    with pytest.raises(kinds.Refused) as viewed:
        await client.refuse([2**60, 3])
    assert (viewed.value.code_, viewed.value.data_, viewed.value.answer_) == (2**255, b"\x01", [2**60, 3])
    assert viewed.value.answer is None
    with pytest.raises(kinds.Empty):
        await client.echo(1, 1, flag=False, text="", raw=b"")


async def test_fixed_point_numbers_and_tuples_are_exact(node, kinds):
    client = kinds.KindsClient(node, "kinds")
    amount = Fixed("12345678901234567890.01")
    done = await client.share(amount, [("a", 1), ("b", 2)])
    shares = [("a", Fixed("4115226300411522630.00")), ("b", Fixed("8230452600823045260.00"))]
    assert done.value == shares
    assert done.events(kinds.Shared) == [kinds.Shared(amount, shares)]
    with pytest.raises(kinds.Uneven) as called:
        await client.share(amount, [("a", 2**70)])
    assert (called.value.amount, called.value.first) == (amount, ("a", 2**70))
    with pytest.raises(kinds.Uneven) as viewed:
        await client.uneven(Fixed("-0.50"))
    assert (viewed.value.amount, viewed.value.first) == (Fixed("-0.50"), ("x", 2**70))


async def test_events_are_heard_by_kind(node, metering):
    client = metering.MeteringClient(node, "metering")
    await client.register("m-heard")
    first = await client.read("m-heard", 1)
    heard = []

    async def listen():
        async for occurred in client.listen(metering.MeterRead, first.answer.events[0].id):
            heard.append(occurred)
            return

    task = asyncio.create_task(listen())
    await client.read("m-heard", 2)
    await asyncio.wait_for(task, 30)
    assert heard[0].event == metering.MeterRead("m-heard", 2)
    assert heard[0].record.height > first.answer.height
    async for occurred in client.listen(ContractEvent, first.answer.events[0].id):
        assert isinstance(occurred.event, metering.MeterRead)
        break


def test_a_program_without_an_event_loop_has_the_same_client(chain, folder):
    metering = loaded(written(folder, METERING, "python-sync"))
    with Client(chain.url, wallet("alice@hospital-a")) as node:
        client = metering.MeteringClient(node, "metering")
        assert client.register("m-waiting").value is None
        done = client.read("m-waiting", 2**70)
        assert (done.value, client.total("m-waiting")) == (2**70, 2**70)
        assert len(client.address()) == 20
        with pytest.raises(metering.MeterExists) as caught:
            client.register("m-waiting")
        assert (caught.value.meter, caught.value.answer.answer) == ("m-waiting", "failed")
        with pytest.raises(metering.NotYourMeter):
            client.using(wallet=wallet("wang@hospital-b")).read("m-waiting", 1)
        client.read("m-waiting", 1)
        heard = next(iter(client.listen(metering.MeterRead, done.answer.events[0].id)))
        assert heard.event == metering.MeterRead("m-waiting", 1)
        with pytest.raises(HuitongError) as other:
            metering.MeteringClient(node, "kinds").total("m-waiting")
        assert other.value.code == Code.INTERFACE_DIFFERS


@pytest.mark.parametrize("page", ["docs/clients.md", "docs/zh/clients.md"])
def test_the_example_of_the_page_runs(chain, page, capsys):
    (example,) = [
        part for part in (ROOT / page).read_text().split("```") if part.startswith("python") and "import Client" in part
    ]
    names = {}
    exec(example.removeprefix("python"), names)
    with Client(chain.url, wallet("alice@hospital-a")) as node, contextlib.suppress(TransactionFailed):
        node.call("metering", "register", "m-1")
    names["main"](chain.url, wallet("alice@hospital-a"))
    values, height, event = capsys.readouterr().out.splitlines()
    total = values.split()[1]
    assert (values, event) == (f"[{total}] {total}", f"MeterRead {height}")


async def test_another_interface_is_refused_at_the_first_use(node, metering):
    client = metering.MeteringClient(node, "kinds")
    with pytest.raises(HuitongError) as caught:
        await client.total("m-1")
    assert caught.value.code == Code.INTERFACE_DIFFERS
    assert caught.value.data["expected"] == "0x" + metering.INTERFACE_HASH.hex()


def test_another_contract_calls_through_the_written_interface(chain, folder):
    text = written(folder, KINDS, "contract").read_text()
    imports, body = text[text.index("from ") : text.index("\n\n\nclass")], text[text.index("class Point") :]
    imports += "\nfrom huitong.contract import CallFailed, Contract, Map, ctx"
    (folder / "caller.py").write_text(CALLER.replace("IMPORTS", imports).replace("# INTERFACE", body))
    deployed = chain.huitong("contract", "deploy", "caller.py", "--name", "caller")
    assert deployed.status == 0, deployed.err
    through = chain.huitong("contract", "call", "caller", "through", "deep", "--json")
    assert through.status == 0, through.out
    assert through.document["result"] == ["5"]
    assert chain.huitong("contract", "call", "caller", "refused", "--json").document["result"] == ["Refused"]
