"""What loading code costs: nothing in ordinary blocks, each byte beyond the sum, the same after a worker's death."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from kernel_world import World
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL
from huitong.kernel import CONTRACTS_ADDRESS, WorkerDiedError
from huitong.kernel.codebudget import FREE_BYTES, OVERHEAD_BYTES, WARM_BYTES, WARM_PIECES, CodeBudget
from huitong.types import Answer, Code, Host, Invocation, Receipt, decode, encode
from huitong.vm.python.pool import MAX_PROGRAM_BYTES, MAX_PROGRAMS

ALICE = "alice@hospital-a"
SIZE = 150_000
GAS = 40_000_000


class Dying(TrivialEngine):
    """Dies once at a call of `die`."""

    deaths = 0

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        if invocation.method == "die" and self.deaths:
            self.deaths -= 1
            raise WorkerDiedError("once")
        return super().call(invocation, code, host)


def deploy(world: World, number: int) -> bytes:
    methods: dict[str, Any] = {"go": [], "die": [], "x" * SIZE: [["set", b"k", number]]}
    args = ("trivial", encode(methods), INTERNATIONAL.hash(b"s"), b"s", "", [])
    receipt = world.run(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", args), gas_limit=GAS))[0].receipt
    assert receipt.code == 0
    return decode(receipt.return_bytes, list[bytes])[0]


def call(world: World, target: bytes, method: str = "go", gas_limit: int = GAS) -> bytes:
    return world.transaction(ALICE, (target, method, ()), gas_limit=gas_limit)


def run(world: World, *raws: bytes) -> list[Receipt]:
    """Receipts of one block of transactions with much gas."""
    results = world.block(world.envelope(*raws, gas_limit=10**9)).envelopes[0]
    assert results.code == 0, results.reason
    return [one.receipt for one in results.transactions]


@pytest.fixture(scope="module")
def engine() -> Dying:
    return Dying()


@pytest.fixture
def world(engine) -> World:
    return World(engines=(engine,))


def test_a_block_pays_for_each_byte_beyond_the_free_sum_once(world):
    targets = [deploy(world, number) for number in range(5)]
    plain = world.run(call(world, targets[0]))[0].receipt.gas_used
    used = [one.gas_used - plain for one in run(world, *(call(world, one) for one in (*targets, *targets)))]
    counted = len(encode({"go": [], "die": [], "x" * SIZE: [["set", b"k", 0]]})) + OVERHEAD_BYTES
    assert used[:3] == [0, 0, 0]
    assert used[3] == 200 * (4 * counted - FREE_BYTES)
    assert used[4] == 200 * counted
    assert used[5:] == [0] * 5


def test_code_that_was_not_paid_for_is_not_free_for_the_next(world):
    targets = [deploy(world, number) for number in range(5)]
    raws = [*(call(world, one) for one in targets[:4]), call(world, targets[4], gas_limit=100_000)]
    codes = run(world, *raws, call(world, targets[4]))
    assert codes[4].code == Code.OUT_OF_GAS
    assert codes[5].gas_used > 200 * SIZE


def test_the_death_of_a_worker_changes_no_gas(engine):
    def gas_used(deaths: int) -> list[int]:
        world = World(engines=(engine,))
        targets = [deploy(world, number) for number in range(4)]
        engine.deaths = deaths
        return [one.gas_used for one in run(world, *(call(world, one, "die") for one in reversed(targets)))]

    assert gas_used(0) == gas_used(1)


def test_an_engine_keeps_what_counts_as_used():
    assert WARM_BYTES < MAX_PROGRAM_BYTES
    assert WARM_PIECES < MAX_PROGRAMS


@given(some.lists(some.tuples(some.integers(0, 400), some.integers(1, 190_000)), max_size=600))
def test_compiling_of_a_block_is_paid_or_bounded(uses):
    """Whatever is used: code that an engine with the warm set's room would compile is free at most up to the sum."""
    budget, compiled, paid = CodeBudget(), 0, 0
    sizes: dict[int, int] = {}
    for number, size in uses:
        kept = sizes.setdefault(number, size)
        cold = number.to_bytes(2, "big") not in budget._warm
        paid += budget.units(number.to_bytes(2, "big"), kept, 10**12)
        compiled += (kept + OVERHEAD_BYTES) * cold
    assert paid == 200 * max(0, compiled - FREE_BYTES)
