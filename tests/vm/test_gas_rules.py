"""Gas: charged before the work, never above the limit, the same whatever happens around."""

import pytest

from huitong.types import Answer, Code, Failure, decode_scanned, encode
from huitong.vm.python import gas
from huitong.vm.python.local import LocalContract, MemoryHost

SOURCE = """from huitong.contract import Contract, Event, Map, Protocol, Record, call, ctx, init, view


class Note(Event):
    text: str


class Item(Record):
    name: str
    size: int = 0


class Other(Protocol):
    @call
    def add(self, item: Item, more: int) -> int: ...

    @view
    def total(self) -> int: ...


class Case(Contract):
    items: Map[str, Item]

    @init
    def setup(self, first: str) -> None:
        self.items[first] = Item(name=first)

    @call
    def put(self, key: str, count: int) -> int:
        for number in range(count):
            self.items[f"{key}{number}"] = Item(name=key, size=number)
            Note(text=key).emit()
        return count

    @view
    def writes(self) -> None:
        self.items["a"] = Item(name="a")

    @view
    def emits(self) -> None:
        Note(text="a").emit()

    @call
    def ask(self, address: bytes) -> int:
        self.items["before"] = Item(name="b")
        other = ctx.contract(address, Other)
        return other.add(Item(name="x"), 5) + other.total()

    @call
    def ask_carefully(self, address: bytes) -> str:
        try:
            return str(ctx.contract(address, Other).total())
        except CallFailed as failed:
            return f"{failed.code} {failed.error}"

    @view
    def who(self, address: bytes) -> str:
        member = ctx.member(address)
        return "nobody" if member is None else f"{member.name}@{member.org} {len(member.roles)} {member.active}"
""".replace("Contract, Event", "CallFailed, Contract, Event")


class Recorder(MemoryHost):
    """Answers calls from a list, and notes them with the gas that was given."""

    def __init__(self, answers):
        super().__init__()
        self.answers = list(answers)
        self.calls = []

    def call(self, target, method, args, gas_limit, *, read_only):
        self.calls.append((target, method, args, gas_limit, read_only, dict(self.rows)))
        return self.answers.pop(0)


def test_every_limit_below_what_is_needed_ends_out_of_gas_with_all_of_it_used():
    needed = LocalContract(SOURCE).call("put", "k", 3)
    assert needed.code == 0
    for limit in range(1, needed.gas_used, 97):
        answer = LocalContract(SOURCE).call("put", "k", 3, gas_limit=limit)
        assert (answer.code, answer.gas_used) == (Code.OUT_OF_GAS, limit)
    exact = LocalContract(SOURCE).call("put", "k", 3, gas_limit=needed.gas_used)
    assert (exact.code, exact.gas_used) == (0, needed.gas_used)


def test_gas_does_not_depend_on_the_limit_or_on_calls_before():
    contract = LocalContract(SOURCE)
    first = contract.call("put", "k", 3).gas_used
    contract.call("put", "k", 90, gas_limit=60_000)
    assert contract.call("put", "k", 3, gas_limit=10_000_000).gas_used == first


@pytest.mark.parametrize("method", ["writes", "emits"])
def test_views_cannot_change_anything(method):
    contract = LocalContract(SOURCE)
    assert contract.call(method).code == Code.READ_ONLY
    assert contract.host.rows == {}


def test_calls_in_a_read_only_frame_cannot_change_anything():
    assert LocalContract(SOURCE).call("put", "k", 1, read_only=True).code == Code.READ_ONLY


def test_calls_of_others_get_at_most_63_of_64_parts_and_see_what_was_written():
    host = Recorder([Answer(0, encode(7), 1000), Answer(0, encode(3), 500)])
    contract = LocalContract(SOURCE, host)
    answer = contract.call("ask", b"\x09" * 20, gas_limit=1_000_000)
    assert (answer.code, decode_scanned(answer.data, int)) == (0, 10)
    (target, method, args, given, read_only, rows), second = host.calls
    assert (target, method, args, read_only) == (b"\x09" * 20, "add", ({"name": "x", "size": 0}, 5), False)
    assert len(rows) == 1
    assert given <= 1_000_000 - 1_000_000 // 64
    assert second[1:3] == ("total", ())
    assert second[4] is True
    assert second[3] < given - 1000
    assert answer.gas_used > 1500 + 2 * gas.CALL


def failed_answer(code, error="NoSuchThing", contract=b"\x09" * 20):
    return Answer(code, encode(Failure(contract, error, {"x": 1})), 300)


def test_a_failed_call_ends_the_caller_with_the_same_failure():
    contract = LocalContract(SOURCE, Recorder([failed_answer(5000)]))
    answer = contract.call("ask", b"\x09" * 20)
    assert (answer.code, answer.data) == (5000, failed_answer(5000).data)


def test_a_failed_call_can_be_caught_and_looked_at():
    contract = LocalContract(SOURCE, Recorder([failed_answer(4001, "OUT_OF_GAS")]))
    assert contract.value("ask_carefully", b"\x09" * 20) == "4001 OUT_OF_GAS"


def test_an_answer_of_another_type_is_a_type_error():
    contract = LocalContract(SOURCE, Recorder([Answer(0, encode("seven"), 0)]))
    assert contract.call("ask", b"\x09" * 20).code == Code.TYPE_MISMATCH


def test_members_are_looked_up_in_the_identity_module():
    fields = {"name": "li", "organisation": "alpha", "roles": ["doctor"], "active": True}
    host = Recorder([Answer(0, encode(fields), 0), Answer(0, encode(None), 0)])
    contract = LocalContract(SOURCE, host)
    assert contract.value("who", b"\x05" * 20) == "li@alpha 1 True"
    assert contract.value("who", b"\x05" * 20) == "nobody"
    assert host.calls[0][:3] == (b"\xff" * 16 + b"HT\x00\x02", "member", (b"\x05" * 20,))


def test_frames_of_one_program_nest():
    """A contract that calls itself through the host: meters and caches are apart."""
    contract = LocalContract(SOURCE, Recorder([]))

    def call(target, method, args, gas_limit, *, read_only):
        del target
        if method == "total":
            return Answer(0, encode(1), 10)
        inner = contract.call("put", "n", 2, gas_limit=gas_limit, read_only=read_only)
        assert inner.code == 0
        return Answer(0, encode(5), inner.gas_used)

    contract.host.call = call
    inner_alone = LocalContract(SOURCE).call("put", "n", 2).gas_used
    answer = contract.call("ask", b"\x09" * 20)
    assert (answer.code, decode_scanned(answer.data, int)) == (0, 6)
    assert answer.gas_used > inner_alone
    assert len(contract.host.rows) == 3


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("put", ()),
        ("put", ("k",)),
        ("put", ("k", 1, 2)),
        ("put", ("k", "1")),
        ("put", ("k", True)),
        ("put", (b"k", 1)),
        ("put", (None, 1)),
        ("ask", ("0x00",)),
    ],
)
def test_arguments_are_checked_before_the_body(method, args):
    contract = LocalContract(SOURCE)
    answer = contract.call(method, *args)
    assert answer.code == Code.ARGUMENTS_INVALID
    assert contract.host.rows == {}


def test_helpers_and_unknown_methods_are_no_door():
    contract = LocalContract(SOURCE)
    for name in ("nothing", "", "__init__", "m_put", "items"):
        assert contract.call(name).code == Code.METHOD_UNKNOWN


def test_errors_of_a_broken_host_go_up():
    """They are no outcome of the contract, so no receipt may tell of them."""

    class Broken(MemoryHost):
        def write(self, writes):
            raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        LocalContract(SOURCE, Broken()).call("setup", "a")
