"""The author's SDK as ordinary Python."""

import subprocess
import sys
from pathlib import Path

import pytest

from huitong.contract import (
    U8,
    CallerIsContract,
    Contract,
    Error,
    Event,
    Frame,
    Map,
    MissingKey,
    Record,
    Sender,
    Value,
    WrongType,
    call,
    ctx,
    frame,
    require,
    view,
)

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "metering" / "metering.py"


class Item(Record):
    name: str
    size: U8 = 0
    tags: list[str] | None = None


class Seen(Event):
    name: str


class Gone(Error):
    name: str
    at: int = 7


class Box(Contract):
    items: Map[str, Item]
    last: Value[int]

    @call
    def put(self, item: Item) -> int:
        self.items[item.name] = item
        Seen(name=item.name).emit()
        return len(self.items.items())

    @call
    def take(self, name: str) -> Item:
        require(name in self.items, Gone(name=name))
        item = self.items[name]
        del self.items[name]
        return item

    @view
    def who(self) -> str:
        return ctx.sender.org

    @view
    def wrong(self) -> int:
        return "a"


@pytest.fixture
def surroundings():
    with frame() as given:
        yield given


def test_fields_are_checked_when_made_and_when_set():
    item = Item("a", size=3)
    assert (item.name, item.size, item.tags) == ("a", 3, None)
    assert item == Item(name="a", size=3)
    assert item != Item(name="b", size=3)
    for make in (Item, lambda: Item("a", 1, None, 4), lambda: Item("a", name="b"), lambda: Item("a", more=1)):
        with pytest.raises(TypeError):
            make()
    with pytest.raises(WrongType) as caught:
        item.size = True
    assert (caught.value.where, caught.value.expected, caught.value.found) == ("size", "U8", "bool")
    with pytest.raises(OverflowError):
        item.size = 256
    with pytest.raises(AttributeError):
        item.more = 1
    with pytest.raises(TypeError):
        hash(item)


def test_events_and_errors_do_not_change():
    with pytest.raises(AttributeError):
        Seen(name="a").name = "b"
    with pytest.raises(AttributeError):
        Gone(name="a").at = 3
    assert repr(Gone(name="a")) == "Gone(name='a', at=7)"


def test_a_contract_runs_in_its_surroundings(surroundings):
    box = Box()
    assert box.put(Item(name="a")) == 1
    assert surroundings.events == [("Seen", {"name": "a"})]
    with pytest.raises(Gone) as caught:
        box.take("b")
    assert caught.value.name == "b"
    assert box.take("a") == Item(name="a")
    with pytest.raises(MissingKey):
        box.items["a"]


def test_arguments_and_results_are_checked(surroundings):
    with pytest.raises(WrongType):
        Box().put("a")
    with pytest.raises(WrongType):
        Box().wrong()


def test_reading_gives_a_fresh_copy(surroundings):
    box = Box()
    item = Item(name="a", tags=["x"])
    box.items["a"] = item
    item.tags.append("y")
    box.items["a"].tags.append("z")
    assert box.items["a"].tags == ["x"]


def test_a_contract_as_sender_has_an_address_alone():
    with frame(Frame(sender=Sender(b"\x01" * 20))):
        assert ctx.sender.address == b"\x01" * 20
        with pytest.raises(CallerIsContract):
            Box().who()
        with pytest.raises(CallerIsContract):
            ctx.sender.roles  # noqa: B018 - reading it is the act


def test_outside_of_surroundings_there_is_no_chain():
    with pytest.raises(RuntimeError):
        ctx.time  # noqa: B018 - reading it is the act


def test_types_that_contracts_cannot_hold_are_refused():
    for hint in (float, set[int], dict[int, str], list[object], int | str):
        with pytest.raises(TypeError):
            type("Bad", (Record,), {"__annotations__": {"field": hint}})
    with pytest.raises(TypeError):
        type("Bad", (Contract,), {"__annotations__": {"field": Map[bool, int]}})()


@pytest.mark.parametrize("checker", [["mypy", "--strict"], ["pyright"]])
def test_the_sample_passes_type_checkers(checker):
    done = subprocess.run(
        [sys.executable, "-m", *checker, str(SAMPLE)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sdk_needs_the_standard_library_alone():
    program = "import sys; import huitong.contract; print([m for m in sys.modules if m.split('.')[0] in %r])"
    heavy = ("msgspec", "asyncio", "socket", "logging", "pathlib", "random")
    done = subprocess.run([sys.executable, "-c", program % (heavy,)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
