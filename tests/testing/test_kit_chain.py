"""The chain of the kit: calls run plain and compiled on one state, and their outcome reaches the test."""

import bdb
import importlib.util
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from huitong.contract import Error
from huitong.testing import Chain, ContractRefused, DivergenceError, Outcome
from huitong.testing import reverts as refused
from huitong.types import Code, Failed, Rejected

HERE = Path(__file__).parent
LEDGER = "contracts/kit_ledger.py"


@pytest.fixture(params=["plain", "compiled"])
def kit(request):
    return Chain(lead=request.param, folder=HERE)


@pytest.fixture
def ledger(kit):
    return kit.deploy(LEDGER, "first")


def test_a_call_returns_records_and_emits_events_as_instances_of_the_files_classes(kit, ledger):
    line = ledger.add("one", tags=["a", "b"])
    assert line == ledger.Line(text="one", tags=["a", "b"])
    assert kit.events == (ledger.Added(line=line, by=kit.person("alice@hospital-a").address),)
    assert (ledger.count(), ledger.line(0)) == (1, line)


def test_each_call_is_a_block_a_second_later_and_a_view_is_none(kit, ledger):
    height, time_ns = kit.height, kit.time_ns
    ledger.add("one", [])
    ledger.count()
    assert (kit.height, kit.time_ns) == (height + 1, time_ns + 10**9)


def test_a_refusal_is_the_contracts_own_error_and_changes_nothing(kit, ledger):
    for number in range(5):
        ledger.add(str(number), ["x"])
    before, events = dict(kit.snapshot().rows), kit.events
    with refused(ledger.TooMany, count=5) as seen:
        ledger.add("six", ["x"])
    assert seen.error.line == ledger.Line(text="six", tags=["x"])
    changed = {key for key, value in kit.snapshot().rows.items() if before.get(key) != value}
    assert all(key[0] == 1 for key in changed)  # the chain's own bookkeeping
    assert kit.events == events
    assert (kit.last.code, kit.last.writes) == (Code.REFUSED_BY_CONTRACT, 0)


def test_the_traceback_of_a_refusal_ends_in_the_contracts_file(kit, ledger):
    with pytest.raises(Error) as caught:
        kit.deploy(LEDGER, "")
    last = caught.traceback[-1]
    assert last.path == HERE / LEDGER
    assert "NotOpen()" in str(last.statement)


@pytest.mark.parametrize(
    ("method", "args", "code"),
    [
        ("line", (7,), Code.KEY_MISSING),
        ("drop", (7,), Code.KEY_MISSING),
        ("add", (7, []), Code.ARGUMENTS_INVALID),
        ("add", ("one",), Code.ARGUMENTS_INVALID),
        ("put", (0, "no record"), Code.ARGUMENTS_INVALID),
        ("claim", (0,), Code.ASSERTION_FAILED),
        ("sneak", (), Code.READ_ONLY),
        ("add", ("x" * 200_000, []), Code.STORAGE_LIMIT),
        ("numbers", (0, 1000), Code.VALUE_INVALID),
    ],
)
def test_failures_of_the_platform_have_their_codes(kit, ledger, method, args, code):
    with refused(code):
        getattr(ledger, method)(*args)
    assert kit.last.code == code


def test_caught_errors_values_rows_and_members_behave_alike(kit, ledger):
    assert ledger.divide(0) == 0
    ledger.put(3, ledger.Line(text="three", tags=[], size=7))
    ledger.drop(3)
    ledger.add("a", [])
    ledger.reset()
    assert ledger.count() == 0
    assert ledger.about() == {"name": "alice", "open": "True", "org": "hospital-a", "title": "first"}


def test_rows_are_listed_in_order_over_pages(kit, ledger):
    ledger.fill(300)
    assert ledger.numbers(-100, 256) == list(range(-100, 156))
    assert ledger.numbers(150, 256) == list(range(150, 200))
    assert ledger.numbers(-100, 3, True) == [199, 198, 197]
    assert ledger.numbers(start=0, limit=2, reverse=True) == [199, 198]


def test_contracts_call_each_other(kit, ledger):
    other = kit.deploy(LEDGER, "second", name="second")
    assert ledger.add_there(other.address, "hello") == 1
    assert other.line(0) == other.Line(text="hello", tags=["sent"])
    (event,) = kit.events
    assert event.by == ledger.address
    assert [note.depth for note in kit.last.compiled] == [0]
    ledger.add_there(other.address, "again")
    assert [(note.depth, note.method) for note in kit.last.compiled] == [(0, "add_there"), (1, "add"), (1, "count")]


def test_an_error_of_an_inner_contract_comes_out_as_its_class(kit, ledger):
    other = kit.deploy(LEDGER, "second")
    for number in range(5):
        other.add(str(number), [])
    with refused(other.TooMany, count=5):
        ledger.add_there(other.address, "six")
    assert ledger.try_there(other.address, "six") == "failed"
    assert ledger.about()["title"] == "failed"


def test_members_call_by_context_and_by_wrapper(kit, ledger):
    with kit.as_member("wang@hospital-b"):
        assert ledger.about()["name"] == "wang"
        with kit.as_member("li@insurer"):
            assert ledger.about()["name"] == "li"
        assert ledger.about()["name"] == "wang"
    assert kit.as_member("li@insurer")(ledger).about()["org"] == "insurer"
    assert ledger.as_member("wang@hospital-b").about()["org"] == "hospital-b"
    assert ledger.about()["name"] == "alice"
    with pytest.raises(LookupError, match=r"no member 'nobody@x'; the chain has alice@hospital-a"):
        kit.as_member("nobody@x")


def test_rights_are_those_of_the_chain(kit):
    with kit.as_member("mallory@hospital-b"), refused(Code.PERMISSION_MISSING):
        kit.deploy(LEDGER, "mine")


def test_a_chain_of_other_members():
    kit = Chain(members={"bo@acme": ("admin",), "cy@bolt": ()}, folder=HERE)
    ledger = kit.deploy(LEDGER, "x")
    assert (kit.sender, ledger.as_member("cy@bolt").about()["org"]) == ("bo@acme", "bolt")
    with pytest.raises(ValueError, match="write name@organisation"):
        Chain(members={"bo": ()})


def test_a_snapshot_brings_back_state_height_time_and_events_any_number_of_times(kit, ledger):
    ledger.add("kept", [])
    mark, height, time_ns, events = kit.snapshot(), kit.height, kit.time_ns, kit.events
    for _ in range(2):
        ledger.add("lost", [])
        kit.travel(days=3)
        assert (ledger.count(), len(kit.events)) == (2, 2)
        kit.revert(mark)
        assert (ledger.count(), kit.height, kit.time_ns, kit.events) == (1, height, time_ns, events)


def test_time_goes_forward(kit):
    before, height = kit.time, kit.height
    kit.travel(days=3, minutes=1)
    assert (kit.time - before, kit.height) == (timedelta(days=3, minutes=1), height + 1)
    kit.mine(2)
    assert (kit.time - before, kit.height) == (timedelta(days=3, minutes=1, seconds=2), height + 3)
    with pytest.raises(ValueError, match="only goes forward"):
        kit.travel(days=-1)


def test_the_end_of_gas_stops_both_runs(kit, ledger):
    kit.gas_limit = 100_000
    with refused("HT4001"):
        ledger.spin(10**12)
    kit.gas_limit = 10**8
    with pytest.raises(Rejected) as caught:
        ledger.spin(1)
    assert caught.value.code == Code.GAS_LIMIT_INVALID
    kit.gas_limit = 10**12
    with pytest.raises(ValueError, match="no block takes this transaction: HT2008"):
        ledger.spin(1)


def test_gas_reads_and_writes_are_those_of_the_compiled_run():
    seen: list[Outcome] = []
    figures = []
    for lead in ("plain", "compiled"):
        kit = Chain(lead=lead, folder=HERE, seen=lambda _, outcome: seen.append(outcome))
        ledger = kit.deploy(LEDGER, "first")
        ledger.add("one", ["a", "b"])
        figures.append((kit.last.gas, kit.last.reads, kit.last.writes))
    assert figures[0] == figures[1]
    gas, reads, writes = figures[0]
    assert gas > 10_000
    assert (reads, writes) == (3, 4)
    assert [outcome.call for outcome in seen[:2]] == [
        "deploy KitLedger(title='first')",
        "KitLedger.add(text='one', tags=['a', 'b'])",
    ]


def test_unknown_methods_and_arguments_are_errors_of_the_test(ledger):
    with pytest.raises(AttributeError, match=r"KitLedger has no method nothing; it has begin, add"):
        ledger.nothing()
    with pytest.raises(TypeError, match=r"add takes no colour"):
        ledger.add("x", [], colour=1)
    with pytest.raises(TypeError, match=r"give its arguments to deploy"):
        ledger.begin("again")
    with pytest.raises(TypeError, match=r"no transaction can carry"):
        ledger.add(1.5, [])


def test_a_file_that_no_chain_takes_is_refused_with_every_line(kit, tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text(
        "from huitong.contract import Contract, call\n\n\nclass Bad(Contract):\n    @call\n"
        "    def one(self) -> int:\n        return len({1, 2})\n\n    @call\n"
        "    def two(self) -> float:\n        return 1.5\n"
    )
    with pytest.raises(ContractRefused) as caught:
        kit.deploy(bad)
    assert [line.split(":")[1] for line in caught.value.findings] == ["7", "10", "11"]
    assert "HT3" in str(caught.value)


def test_a_missing_file_and_a_file_without_a_contract_are_named(kit, tmp_path):
    with pytest.raises(FileNotFoundError, match="no contract file"):
        kit.deploy("contracts/absent.py")
    (tmp_path / "empty.py").write_text("X = 1\n")
    with pytest.raises(ContractRefused, match="has one contract class, this has 0"):
        kit.deploy(tmp_path / "empty.py")


def test_what_runs_differently_plain_and_compiled_fails_and_is_named(kit, ledger, monkeypatch):
    """The module's constant is changed under plain Python alone; the compiled tree keeps the file's."""
    monkeypatch.setattr(ledger.module, "LIMIT", 0)
    with pytest.raises(DivergenceError) as caught:
        ledger.add("one", [])
    assert caught.value.what == "error"
    assert "TooMany(count=0" in caught.value.plain
    assert caught.value.compiled == "Line(text='one', tags=[], size=1)"
    assert str(caught.value).startswith(
        "plain and compiled differ in KitLedger.add(text='one', tags=[]) as alice@hospital-a"
    )


@pytest.mark.parametrize("what", ["result", "events", "writes"])
def test_each_kind_of_difference_is_found(kit, ledger, monkeypatch, what):
    plain = ledger.loaded.plain

    def add(self, text, tags):
        del tags
        line = ledger.Line(text=text, tags=[])
        self.total.set(1)
        self.lines[0] = ledger.Line(text="other", tags=[]) if what == "writes" else line
        if what != "events":
            ledger.Added(line=line, by=kit.person("alice@hospital-a").address).emit()
        return ledger.Line(text="other", tags=[]) if what == "result" else line

    monkeypatch.setattr(plain, "add", add)
    with pytest.raises(DivergenceError) as caught:
        ledger.add("one", [])
    assert caught.value.what == what


def test_an_error_of_python_that_no_chain_knows_is_a_difference(kit, ledger, monkeypatch):
    def count(self):
        raise RuntimeError("out of the ordinary")

    monkeypatch.setattr(ledger.loaded.plain, "count", count)
    with pytest.raises(DivergenceError) as caught:
        ledger.count()
    assert (caught.value.what, caught.value.compiled) == ("error", "went through")
    assert "out of the ordinary" in caught.value.plain


def test_expecting_an_error_never_hides_a_difference(kit, ledger, monkeypatch):
    monkeypatch.setattr(ledger.module, "LIMIT", 0)
    with pytest.raises(DivergenceError), refused(Exception):
        ledger.add("one", [])


def test_expecting_says_what_came_instead(ledger):
    """Contexts are nested, not combined: the outer one looks at what the inner one says."""
    with pytest.raises(AssertionError, match=r"nothing was refused; expected TooMany with count=5"):  # noqa: SIM117
        with refused(ledger.TooMany, count=5):
            ledger.count()
    with pytest.raises(AssertionError, match=r"refused otherwise: HT5001 .*; expected HT5008") as one:  # noqa: SIM117
        with refused(5008):
            ledger.line(1)
    assert isinstance(one.value.__cause__, Failed)
    for _ in range(5):
        ledger.add("", [])
    with pytest.raises(AssertionError, match=r"refused otherwise: TooMany\(count=5.*expected TooMany with count=6"):  # noqa: SIM117
        with refused(ledger.TooMany, count=6):
            ledger.add("", [])
    with refused(ledger.TooMany(count=5, line=ledger.Line(text="", tags=[]))):
        ledger.add("", [])


def test_a_class_that_is_imported_already_is_the_one_of_its_file(kit):
    spec = importlib.util.spec_from_file_location("kit_ledger_twice", HERE / LEDGER)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    try:
        assert kit.deploy(module.KitLedger, "x").TooMany is module.TooMany
    finally:
        del sys.modules[spec.name]


class Debugger(bdb.Bdb):
    """Stops at breakpoints and notes what it sees there."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def user_line(self, frame):
        if self.break_here(frame):
            self.seen.append((frame.f_code.co_name, frame.f_lineno, frame.f_locals["text"]))
        self.set_continue()


def test_a_debugger_stops_inside_of_a_contract(ledger):
    path = HERE / LEDGER
    number = next(n for n, line in enumerate(path.read_text().splitlines(), 1) if "line = Line(text=text" in line)
    debugger = Debugger()
    assert debugger.set_break(str(path), number) is None
    before = sys.gettrace()
    try:
        debugger.runcall(ledger.add, "looked at", [])
    finally:
        sys.settrace(before)
    assert debugger.seen == [("add", number, "looked at")]
