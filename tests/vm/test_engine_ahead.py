"""Batches decide nothing: blocks over an engine that is told what comes equal those over one that is not, by bytes."""

import hashlib
import random
from collections import Counter

import pytest
from kernel_world import World
from trivial_engine import TrivialEngine

from huitong.kernel import CONTRACTS_ADDRESS, ExecutionHaltedError, applying
from huitong.types import Code, decode
from huitong.vm.python import engine_ahead, engine_batch, worker_ahead
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.engine_ahead import Pauses
from huitong.vm.python.source import compile_source

SIGNERS = ("alice@hospital-a", "carol@hospital-a", "wang@hospital-b")
ALICE = SIGNERS[0]
SOURCE = """


from huitong.contract import Contract, Error, Event, Map, Protocol, Record, Value, call, ctx, reentrant, require, view


class Row(Record):
    owner: str
    count: int = 0
    tag: str = ""


class Changed(Event):
    name: str
    count: int


class Taken(Error):
    name: str


class Other(Protocol):
    @call
    def add(self, name: str, count: int) -> int: ...

    @view
    def count(self, name: str) -> int: ...


class Ledger(Contract):
    rows: Map[str, Row]
    total: Value[int]
    grid: Map[str, Map[int, str]]

    @call
    def open(self, name: str) -> None:
        require(name not in self.rows, Taken(name=name))
        self.rows[name] = Row(owner=ctx.sender.org)

    @call
    @reentrant
    def add(self, name: str, count: int) -> int:
        row = self.rows[name]
        row.count += count
        self.rows[name] = row
        self.total.set(self.total.get(0) + count)
        Changed(name=name, count=row.count).emit()
        return row.count

    @call
    def sums(self, limit: int) -> list[int]:
        return [row.count for _, row in self.rows.items(limit=limit)]

    @call
    def drop(self, name: str) -> None:
        del self.rows[name]

    @call
    def spin(self, turns: int) -> int:
        found = 0
        for turn in range(turns):
            found += turn
        self.total.set(found)
        return found

    @call
    def other(self, other: bytes, name: str, count: int) -> int:
        found = ctx.contract(other, Other).add(name, count)
        return found + self.total.get(0)

    @call
    def peek(self, other: bytes, name: str) -> int:
        return ctx.contract(other, Other).count(name)

    @call
    def put(self, name: str, place: int, text: str) -> str:
        before = self.grid[name].get(place, "")
        self.grid[name][place] = text
        assert len(text) < 40, "a short text"
        return before + text

    @view
    def count(self, name: str) -> int:
        return self.rows[name].count
"""
CODE = compile_source(SOURCE, "ledger.py")
DIE = b"""
def run(call, host):
    host.write({b"\\0\\1n": (host.read(b"\\0\\1n") or b"") + b"."})
    if call.method == "die":
        C.getpid()
    return 1
"""


class Alone:
    """The engine without the door through which it is told what comes."""

    def __init__(self, engine):
        self.name, self.version = engine.name, engine.version
        self.deploy, self.call, self.close = engine.deploy, engine.call, engine.close


@pytest.fixture(params=[2, 1], ids=["two workers", "one worker"])
def engines(request):
    """One worker: what runs ahead must give way to a call that cannot wait."""
    made = [PythonEngine(workers=request.param), PythonEngine()]
    yield made
    for one in made:
        one.close()


def _deploy(signer=ALICE, code=CODE, engine="python", name=""):
    args = (engine, code, hashlib.sha256(b"").digest(), b"", name, [])
    return signer, (CONTRACTS_ADDRESS, "deploy", args), 8_000_000


def _raw(world, signer, call, gas_limit, **more):
    return world.transaction(signer, call, gas_limit=gas_limit, **more)


def _contracts(world, count):
    raws = [_raw(world, *_deploy(code=CODE)) for _ in range(count)]
    return [decode(one.receipt.return_bytes, list)[0] for one in world.run(*raws)]


def _act(chance, contracts):
    """One random call: most are right, some fail in every way that a call can."""
    target, name = chance.choice(contracts), f"row-{chance.randrange(4)}"
    act = chance.choice(
        [
            ("open", (name,)),
            ("open", (name,)),
            ("add", (name, chance.randrange(5))),
            ("add", (name, chance.randrange(5))),
            ("add", (name, 1 << chance.randrange(200))),
            ("add", (name, True)),
            ("add", (name,)),
            ("sums", (chance.randrange(1, 5),)),
            ("drop", (name,)),
            ("spin", (chance.choice([3, 50, 100_000]),)),
            ("other", (chance.choice(contracts), name, 1)),
            ("peek", (chance.choice(contracts), name)),
            ("put", (name, chance.randrange(3), "x" * chance.randrange(45))),
            ("count", (name,)),
            ("nothing", ()),
        ]
    )
    gas_limit = chance.choice([200_000, 200_000, 200_000, 12_000, 9_000, 4_000, 100])
    return chance.choice(SIGNERS), (target, *act), gas_limit


def _block(world, chance, contracts):
    raws = []
    for _ in range(chance.randrange(1, 40)):
        kind = chance.randrange(12)
        if kind == 0:
            raws.append(_raw(world, *_deploy(chance.choice(SIGNERS))))
        elif kind == 1 and raws:
            raws.append(chance.choice(raws))  # a replay
        elif kind == 2:
            signer, call, gas_limit = _act(chance, contracts)
            raws.append(_raw(world, signer, call, gas_limit, valid_until=1))
        else:
            raws.append(_raw(world, *_act(chance, contracts)))
    return world.envelope(*raws, gas_limit=chance.choice([90_000_000, 90_000_000, 3_000_000]))


@pytest.mark.parametrize("seed", range(12))
def test_random_blocks_are_equal_by_bytes(engines, seed, monkeypatch):
    """Failing calls, calls of each other, no gas, deploys between, replays, bad ones: batches change nothing."""
    chance = random.Random(seed)
    monkeypatch.setattr(engine_ahead, "PAUSE", chance.choice([0, 1, 32]))
    monkeypatch.setattr(engine_ahead, "MAX_SEEN_BYTES", chance.choice([100, 1 << 20]))
    monkeypatch.setattr(applying, "STRIDE", chance.choice([2, 5, 128]))
    told, alone = World(engines=(engines[0],)), World(engines=(Alone(engines[1]),))
    contracts = _contracts(told, 3)
    assert _contracts(alone, 3) == contracts
    codes = Counter()
    for _ in range(6):
        envelope = _block(told, chance, contracts)
        results = [world.block(envelope) for world in (told, alone)]
        assert results[0] == results[1]
        codes.update(one.receipt.code for one in results[0].envelopes[0].transactions)
    assert told.view.data == alone.view.data
    assert engines[0]._thread.line.used > 5
    assert codes[0] > 5
    assert len(codes) > 4


def test_the_mixes_meet_every_way_to_fail(engines):
    """Or the test above would show little."""
    chance, codes = random.Random(5), Counter()
    world = World(engines=(engines[0],))
    contracts = _contracts(world, 3)
    for _ in range(30):
        codes.update(
            one.receipt.code for one in world.block(_block(world, chance, contracts)).envelopes[0].transactions
        )
    wanted = {
        0, Code.OUT_OF_GAS, Code.REFUSED_BY_CONTRACT, Code.KEY_MISSING, Code.ARGUMENTS_INVALID, Code.METHOD_UNKNOWN,
        Code.REENTRANCY_REFUSED, Code.ASSERTION_FAILED, Code.REPLAYED, Code.EXPIRED, Code.ENVELOPE_GAS_EXCEEDED,
    }  # fmt: skip
    assert wanted <= set(codes), wanted - set(codes)


def _counting(world, target, count):
    return [_raw(world, ALICE, (target, "add", ("a", 1)), 200_000) for _ in range(count)]


def test_a_run_of_calls_takes_one_message(engines, monkeypatch):
    """Each call sees what the one before it wrote, and the worker is asked once."""
    world = World(engines=(engines[0],))
    target = _contracts(world, 1)[0]
    world.run(_raw(world, ALICE, (target, "open", ("a",)), 200_000))
    monkeypatch.setattr(engines[0], "_call_fresh", lambda *_: pytest.fail("a call went alone"))
    results = world.run(*_counting(world, target, 50))
    assert [decode(one.receipt.return_bytes, list)[0] for one in results] == list(range(1, 51))


def test_batch_that_is_cut_goes_on_alone(engines, monkeypatch):
    """The reply holds the first outcomes only; the others are run at their turn."""
    told, alone = World(engines=(engines[0],)), World(engines=(Alone(engines[1]),))
    for world in (told, alone):
        _contracts(world, 1)
    target = _contracts(told, 1)[0]
    assert _contracts(alone, 1)[0] == target
    raws = [_raw(told, ALICE, (target, "put", (f"n{number}" + "k" * 300, 1, "x")), 3_000_000) for number in range(40)]
    monkeypatch.setattr(engine_batch, "MAX_AHEAD", 7)
    envelope = told.envelope(*raws, gas_limit=10**9)
    assert told.block(envelope) == alone.block(envelope)
    assert engines[0]._thread.line.used == 7


def test_equal_arguments_of_other_types_are_not_mixed_up(engines):
    """True equals 1 in Python; the second call is refused for its type."""
    world = World(engines=(engines[0],))
    target = _contracts(world, 1)[0]
    world.run(_raw(world, ALICE, (target, "open", ("a",)), 200_000))
    calls = [(target, "add", ("a", value)) for value in (1, True, 1)]
    codes = [one.receipt.code for one in world.run(*[_raw(world, ALICE, call, 200_000) for call in calls])]
    assert codes == [0, Code.ARGUMENTS_INVALID, 0]


@pytest.mark.parametrize("stride", [128, 2])
@pytest.mark.parametrize("place", [0, 3, 6])
def test_worker_that_dies_within_a_batch_names_the_transaction(new_engine, place, stride, monkeypatch):
    monkeypatch.setattr(applying, "STRIDE", stride)
    engine = new_engine()
    world = World(engines=(TrivialEngine(), engine))
    target = decode(world.run(_raw(world, *_deploy(code=DIE)))[0].receipt.return_bytes, list)[0]
    raws = [_raw(world, ALICE, (target, "die" if number == place else "count", ()), 200_000) for number in range(7)]
    with pytest.raises(ExecutionHaltedError) as halted:
        world.run(*raws)
    assert halted.value.tx_id == world.kernel.open_transaction(raws[place]).tx_id
    assert [one.receipt.code for one in world.run(*raws[:place], *raws[place + 1 :])] == [0] * 6


def test_call_in_vain_pauses_its_method(invocation):
    pauses = Pauses()
    call, other = invocation(b"code", method="scan"), invocation(b"code", method="read")
    pauses.note(call)
    assert [pauses.paused(call) for _ in range(engine_ahead.PAUSE + 1)] == [True] * engine_ahead.PAUSE + [False]
    assert not pauses.paused(other)


def test_an_outcome_fits_into_a_message():
    """The longest of one call beside what a batch may have gathered before it."""
    from huitong.types.limits import MAX_KEY_BYTES, MAX_RETURN_BYTES, MAX_VALUE_BYTES
    from huitong.vm.python.wire_messages import MAX_UP_BYTES
    from huitong.vm.python.worker_frame import FLUSH_BYTES, MAX_READS_AHEAD

    longest = FLUSH_BYTES + MAX_VALUE_BYTES + MAX_RETURN_BYTES + MAX_READS_AHEAD * (MAX_KEY_BYTES + 8)
    assert worker_ahead.MAX_OUTCOME_BYTES + longest < MAX_UP_BYTES
