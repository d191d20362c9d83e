"""A real contract through the jail: the same answers, writes, events and gas as in this process."""

import pytest

from huitong.types import Answer, Code, Failure, decode_scanned, encode
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.program import load_program, run
from huitong.vm.python.source import compile_source

SOURCE = '''
from huitong.contract import Contract, Error, Event, Map, Record, call, ctx, require, view


class Meter(Record):
    owner: str
    kwh: int = 0


class MeterRead(Event):
    meter: str
    kwh: int


class MeterExists(Error):
    meter: str


class Metering(Contract):
    """Meter readings."""

    meters: Map[str, Meter]

    @call
    def register(self, meter: str) -> None:
        require(meter not in self.meters, MeterExists(meter=meter))
        self.meters[meter] = Meter(owner=ctx.sender.org)

    @call
    def read(self, meter: str, kwh: int) -> int:
        record = self.meters[meter]
        record.kwh += kwh
        self.meters[meter] = record
        MeterRead(meter=meter, kwh=kwh).emit()
        return record.kwh

    @call
    def spin(self, turns: int) -> int:
        total = 0
        for turn in range(turns):
            total += turn
        return total

    @call
    def grow(self, turns: int) -> None:
        for turn in range(turns):
            self.meters[f"meter-{turn}"] = Meter(owner="x" * 1000)

    @view
    def all(self) -> list[str]:
        return [name for name, meter in self.meters.items()]
'''

CALLS = (
    ("register", ("north",)),
    ("register", ("north",)),
    ("read", ("north", 5)),
    ("read", ("north", 2**100)),
    ("read", ("south", 5)),
    ("read", ("north", "five")),
    ("read", ()),
    ("missing", ()),
    ("spin", (100,)),
    ("spin", (10**9,)),
    ("grow", (10,)),
    ("all", ()),
    ("register", ("é" * 400,)),
    ("register", ("x" * 2000,)),
)


@pytest.fixture(scope="module")
def code():
    return compile_source(SOURCE, "metering.py")


@pytest.fixture(scope="module")
def real_engine():
    engine = PythonEngine()
    yield engine
    engine.close()


@pytest.fixture
def invocation(invocation):
    """The fixture of the folder, with the field ids of this contract."""
    return lambda code, *args, **options: invocation(code, *args, fields=(("meters", 3),), **options)


def test_jailed_and_in_process_are_equal(real_engine, code, new_host, invocation):
    program = load_program(code)
    jailed, plain = new_host(), new_host()
    codes = []
    for method, args in CALLS * 2:
        call = invocation(code, *args, method=method)
        # The kernel's work: a failed frame's writes are undone. Here no failing method has handed any over.
        expected = run(program, call, plain)
        assert real_engine.call(call, code, jailed) == expected, method
        codes.append(expected.code)
    assert jailed.state == plain.state
    assert jailed.events == plain.events
    assert set(codes) >= {0, Code.REFUSED_BY_CONTRACT, Code.KEY_MISSING, Code.OUT_OF_GAS, Code.METHOD_UNKNOWN}


def test_refusal_of_the_contract_names_it(real_engine, code, host, invocation):
    real_engine.call(invocation(code, "north", method="register"), code, host)
    answer = real_engine.call(invocation(code, "north", method="register"), code, host)
    assert answer.code == Code.REFUSED_BY_CONTRACT
    assert decode_scanned(answer.data, Failure) == Failure(b"c" * 20, "MeterExists", {"meter": "north"})


def test_deploy_is_described_as_in_process(real_engine, code):
    program, deployed = load_program(code), real_engine.deploy(code, 10**9)
    assert (deployed.fields, deployed.schema, deployed.initialiser, deployed.reentrant) == (
        program.fields,
        program.schema,
        program.initialiser,
        program.reentrant,
    )


def test_malformed_tree_is_refused_in_the_jail(real_engine, code):
    from huitong.types import Failed

    for wrong in (b"", b"\xc0", code[:-1], code + b"\0", encode([]), b"\x91" * 1000):
        with pytest.raises(Failed) as refused:
            real_engine.deploy(wrong, 10**9)
        assert 3000 <= refused.value.code < 4000


def test_read_only_frame_refuses_writes(real_engine, code, host, invocation):
    answer = real_engine.call(invocation(code, "north", method="register", read_only=True), code, host)
    assert isinstance(answer, Answer)
    assert answer.code == Code.READ_ONLY
    assert host.state == {}
