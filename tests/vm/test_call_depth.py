"""The deepest calls that a chain allows, from deep within a program: the interpreter's own stack is never the limit."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from kernel_world import World

from huitong.kernel import CONTRACTS_ADDRESS
from huitong.testing import Chain
from huitong.types import Code, Failed, decode_scanned
from huitong.types.limits import MAX_CALL_DEPTH
from huitong.vm.python.depth import make_room
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.source import compile_source

DEEP = Path(__file__).parents[1] / "testing" / "contracts" / "kit_deep.py"
BELOW = 1_200
"""Frames of whoever calls, more than an interpreter allows at first."""


def below(frames, act):
    """Do something at a depth of the interpreter's stack."""
    return act() if frames == 0 else below(frames - 1, act)


@pytest.fixture
def world():
    engine = PythonEngine(workers=1)
    yield World(engines=(engine,))
    engine.close()


def run(world, target, method, *args):
    return world.run(world.transaction("alice@hospital-a", (target, method, args), gas_limit=40_000_000))[0].receipt


def test_a_node_reaches_the_depth_of_the_rules_and_refuses_one_more(world):
    code = compile_source(DEEP.read_text())
    receipt = run(world, CONTRACTS_ADDRESS, "deploy", "python", code, world.kernel.suite.hash(b""), b"", "", [])
    contract = decode_scanned(receipt.return_bytes, list)[0]
    deepest = below(BELOW, lambda: run(world, contract, "down", MAX_CALL_DEPTH - 1))
    assert (deepest.code, decode_scanned(deepest.return_bytes, list)) == (0, [MAX_CALL_DEPTH])
    assert below(BELOW, lambda: run(world, contract, "down", MAX_CALL_DEPTH)).code == Code.CALL_DEPTH_EXCEEDED


@pytest.mark.parametrize("lead", ["plain", "compiled"])
def test_the_test_kit_does_too_in_both_runs(lead):
    deep = Chain(lead=lead).deploy(DEEP)
    assert below(BELOW, lambda: deep.down(MAX_CALL_DEPTH - 1)) == MAX_CALL_DEPTH
    with pytest.raises(Failed) as caught:
        below(BELOW, lambda: deep.down(MAX_CALL_DEPTH))
    assert caught.value.code == Code.CALL_DEPTH_EXCEEDED


def test_decoders_in_c_still_refuse_what_is_nested_too_deep_for_their_stack():
    make_room()
    with ThreadPoolExecutor(1) as thread:
        for decode, text in ((msgspec.json.decode, b"[" * 10**6), (msgspec.msgpack.decode, b"\x91" * 10**6)):
            with pytest.raises(RecursionError):
                thread.submit(decode, text).result()
