"""The jailed engine under the real kernel: frames of two engines on one stack, reverts, re-entrancy, dead workers."""

import hashlib

import pytest
from kernel_world import World
from trivial_engine import TrivialEngine

from huitong.kernel import CONTRACTS_ADDRESS, ExecutionHaltedError
from huitong.state import keys
from huitong.types import Code, Failure, decode, decode_scanned, encode

ALICE = "alice@hospital-a"
GAS = 20_000_000

PYTHON = b"""
def run(call, host):
    name, args = call.method, call.args
    if name == "descend":
        host.write({b"\\0\\1seen": (host.read(b"\\0\\1seen") or b"") + b"."})
        answer = host.call(args[0], args[1], (), call.gas_limit // 2, read_only=False)
        host.emit("Back", encode({"code": answer.code}))
        return Answer(0, encode([answer.code, host.read(b"\\0\\1seen")]), 500 + answer.gas_used)
    if name in ("again", "touch"):
        host.write({b"\\0\\1seen": (host.read(b"\\0\\1seen") or b"") + name.encode()})
        host.emit("Touched", encode({}))
        return call.caller.organisation
    if name == "refuse":
        host.write({b"\\0\\1seen": b"never"})
        return Answer(5000, encode(Failure(call.contract, "Refused", {})), 700)
    if name == "write":
        host.write({b"\\0\\1seen": b"written"})
        return None
    if name == "die":
        host.write({b"\\0\\1seen": b"never"})
        C.getpid()
    raise Failed(Code.METHOD_UNKNOWN, method=name)
"""


@pytest.fixture
def world(engine):
    return World(engines=(TrivialEngine(), engine))


def _deploy(world, engine, code):
    args = (engine, code, hashlib.sha256(b"").digest(), b"", "", [])
    receipt = world.run(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", args), gas_limit=GAS))[0].receipt
    assert receipt.code == 0, receipt.return_bytes
    return decode(receipt.return_bytes, list)[0]


def _call(world, target, method, *args):
    return world.run(world.transaction(ALICE, (target, method, args), gas_limit=GAS))[0]


def _seen(world, contract):
    return world.view.get(keys.storage(contract, b"\0\1seen"))


def test_python_calls_trivial_calls_python(world):
    """Three frames; the outermost is entered again by a method marked re-entrant, and sees what that wrote."""
    python = _deploy(world, "python", PYTHON)
    trivial = _deploy(world, "trivial", encode({"relay": [["call", python, "again", [], False]]}))
    result = _call(world, python, "descend", trivial, "relay")
    assert result.receipt.code == 0
    assert decode(result.receipt.return_bytes, object) == [[0, b".again"]]
    assert [(event.name, event.emitter) for event in result.events] == [("Touched", python), ("Back", python)]
    assert _seen(world, python) == b".again"


def test_method_without_the_mark_is_not_entered_again(world):
    python = _deploy(world, "python", PYTHON)
    trivial = _deploy(world, "trivial", encode({"relay": [["call", python, "touch", [], False]]}))
    result = _call(world, python, "descend", trivial, "relay")
    assert decode(result.receipt.return_bytes, object) == [[0, b"."]]
    assert _seen(world, python) == b"."


def test_failed_inner_frame_leaves_nothing(world):
    outer, inner = _deploy(world, "python", PYTHON), _deploy(world, "python", PYTHON + b"#")
    result = _call(world, outer, "descend", inner, "refuse")
    assert decode(result.receipt.return_bytes, object) == [[Code.REFUSED_BY_CONTRACT, b"."]]
    assert _seen(world, inner) is None
    assert [event.name for event in result.events] == ["Back"]


def test_failed_transaction_names_the_contract(world):
    python = _deploy(world, "python", PYTHON)
    receipt = _call(world, python, "refuse").receipt
    assert receipt.code == Code.REFUSED_BY_CONTRACT
    assert decode_scanned(receipt.return_bytes, Failure) == Failure(python, "Refused", {})
    assert _seen(world, python) is None


def test_view_cannot_write_through_the_jail(world):
    python = _deploy(world, "python", PYTHON)
    trivial = _deploy(world, "trivial", encode({"view": [["call", python, "write", [], True]]}))
    value = decode(_call(world, trivial, "view").receipt.return_bytes, list)[0][0]
    assert value[0] == Code.READ_ONLY
    assert _seen(world, python) is None


def test_contract_that_kills_workers_halts_the_node(world):
    """A decided block with such a transaction is never answered with a made-up failure; the next one works."""
    python = _deploy(world, "python", PYTHON)
    raw = world.transaction(ALICE, (python, "die", ()), gas_limit=GAS)
    with pytest.raises(ExecutionHaltedError) as halted:
        world.run(raw)
    assert halted.value.tx_id == world.kernel.open_transaction(raw).tx_id
    assert _call(world, python, "touch").receipt.code == 0
    assert _seen(world, python) == b"touch"


def test_two_chains_with_workers_of_their_own_are_equal(new_engine):
    """The same blocks over two engines: equal receipts, gas and writes."""
    outcomes = []
    for _ in range(2):
        world = World(engines=(TrivialEngine(), new_engine()))
        python = _deploy(world, "python", PYTHON)
        trivial = _deploy(world, "trivial", encode({"relay": [["call", python, "again", [], False]]}))
        receipts = [_call(world, python, "descend", trivial, "relay").receipt for _ in range(3)]
        outcomes.append(([encode(receipt) for receipt in receipts], sorted(world.view.data.items())))
    assert outcomes[0] == outcomes[1]
