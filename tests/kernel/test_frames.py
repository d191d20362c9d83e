"""Calls, nested calls, checkpoints, gas and deployment, proved on an engine that is plainly right."""

from typing import Any

import pytest
from kernel_world import World, address
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL, contract_address, merkle, module_address
from huitong.kernel import CONTRACTS_ADDRESS, ExecutionHaltedError, WorkerDiedError
from huitong.state import keys
from huitong.types import Answer, BlockContext, Caller, Code, Failure, Receipt, decode, decode_scanned, encode
from huitong.types.registry import ModuleId

ALICE = "alice@hospital-a"
IDENTITY = module_address(ModuleId.IDENTITY)
CHAIN = "huitong-test-1"


def deploy_args(methods: dict[str, Any], name: str = "", init_args: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    source = b"source"
    return ("trivial", encode(methods), INTERNATIONAL.hash(source), source, name, list(init_args))


def deploy(world: World, methods: dict[str, Any], name: str = "") -> bytes:
    receipt = world.run(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", deploy_args(methods, name))))[0].receipt
    assert receipt.code == 0, decode(receipt.return_bytes, object)
    return decode(receipt.return_bytes, list[bytes])[0]


def call(world: World, target: bytes, method: str, *args: Any, **changes: Any) -> Receipt:
    return world.run(world.transaction(ALICE, (target, method, args), **changes))[0].receipt


def stored(world: World, contract: bytes, key: bytes) -> bytes | None:
    return world.view.get(keys.storage(contract, b"\0\1" + key))


@pytest.fixture
def world() -> World:
    return World(engines=(TrivialEngine(),))


def test_deploy_gives_the_address_of_the_specification_and_a_name(world):
    raw = world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", deploy_args({"m": []}, "my-contract")))
    tx_id = world.kernel.open_transaction(raw).tx_id
    result = world.run(raw)[0]
    expected = contract_address(INTERNATIONAL, CHAIN, tx_id, 0)
    assert expected == INTERNATIONAL.hash(b"huitong/contract/1\0" + CHAIN.encode() + tx_id + bytes(4))[-20:]
    assert decode(result.receipt.return_bytes, object) == [expected]
    assert world.view.get(keys.name("my-contract")) == expected
    assert [event.name for event in result.events] == ["Deployed"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({0: "evm"}, Code.ENGINE_UNKNOWN),
        ({1: encode({"broken": []})}, Code.CONTRACT_INVALID),
        ({2: bytes(32)}, Code.ARGUMENTS_INVALID),
        ({2: b"short"}, Code.ARGUMENTS_INVALID),
        ({3: bytes(70_000)}, Code.CONTRACT_TOO_LARGE),
        ({4: "Bad Name"}, Code.ARGUMENTS_INVALID),
        ({4: "taken"}, Code.NAME_TAKEN),
        ({5: [1]}, Code.ARGUMENTS_INVALID),
        ({5: 3}, Code.ARGUMENTS_INVALID),
    ],
)
def test_bad_deployments_fail_and_leave_nothing(world, changed, code):
    deploy(world, {"m": []}, "taken")
    before = {key for key in world.view.data if key[0] in (0x10, 0x11, 0x14)}
    args = tuple(changed.get(place, value) for place, value in enumerate(deploy_args({"m": []})))
    receipt = call(world, CONTRACTS_ADDRESS, "deploy", *args, gas_limit=20_000_000)
    assert receipt.code == code
    assert {key for key in world.view.data if key[0] in (0x10, 0x11, 0x14)} == before


def test_only_admins_and_developers_deploy(world):
    raw = world.transaction("carol@hospital-a", (CONTRACTS_ADDRESS, "deploy", deploy_args({"m": []})))
    assert world.run(raw)[0].receipt.code == Code.PERMISSION_MISSING


def test_initialiser_runs_with_its_arguments_and_its_failure_undoes_the_deployment(world):
    good = deploy(world, {"init": [["set", b"k", b"v"]]})
    assert stored(world, good, b"k") == b"v"
    count = len(world.view.data)
    receipt = call(world, CONTRACTS_ADDRESS, "deploy", *deploy_args({"init": [["fail", "No"]]}, "never"))
    assert receipt.code == Code.REFUSED_BY_CONTRACT
    assert world.view.get(keys.name("never")) is None
    assert len(world.view.data) == count + 2, "only the list of remembered ids and a header slot are new"


def test_initialiser_is_no_method_after_the_deploy(world):
    contract = deploy(world, {"init": [["set", b"k", b"v"]], "again": [["call", bytes(20), "init", [], False]]})
    assert call(world, contract, "init").code == Code.METHOD_UNKNOWN
    assert stored(world, contract, b"k") == b"v"


def test_calls_of_a_transaction_are_all_or_nothing(world):
    contract = deploy(world, {"good": [["set", b"k", b"v"], ["emit", "Done"]], "bad": [["fail", "Refused"]]})
    result = world.run(world.transaction(ALICE, (contract, "good", ()), (contract, "bad", ())))[0]
    assert result.receipt.code == Code.REFUSED_BY_CONTRACT
    assert decode_scanned(result.receipt.return_bytes, Failure) == Failure(contract, "Refused", {})
    assert (result.events, stored(world, contract, b"k")) == ((), None)
    assert result.receipt.events_root == INTERNATIONAL.hash(b"")
    good = world.run(world.transaction(ALICE, (contract, "good", ()), (contract, "good", ())))[0]
    assert (good.receipt.code, stored(world, contract, b"k")) == (0, b"v")
    assert good.receipt.events_root == merkle.root([encode(event) for event in good.events], INTERNATIONAL.hash)


def test_a_failed_inner_call_is_undone_and_the_outer_goes_on(world):
    inner = deploy(world, {"go": [["set", b"k", b"inner"], ["emit", "Inner"], ["fail", "Inner"]]})
    outer = deploy(world, {"go": [["set", b"k", b"outer"], ["call", inner, "go", [], False], ["emit", "Outer"]]})
    result = world.run(world.transaction(ALICE, (outer, "go", ())))[0]
    assert result.receipt.code == 0
    assert (stored(world, inner, b"k"), stored(world, outer, b"k")) == (None, b"outer")
    assert [event.name for event in result.events] == ["Outer"]
    assert decode(result.receipt.return_bytes, object)[0][1][0] == Code.REFUSED_BY_CONTRACT


def test_inner_frames_see_uncommitted_writes_of_outer_ones(world):
    reader = deploy(world, {"peek": [["call", b"self", "reentrant_get", [], True]], "reentrant_get": [["get", b"k"]]})
    methods = {
        "go": [["set", b"k", b"new"], ["call", b"self", "reentrant_get", [], True]],
        "reentrant_get": [["get", b"k"], ["scan"]],
    }
    contract = deploy(world, methods)
    value = decode(call(world, contract, "go").return_bytes, object)[0][1]
    assert (value[0], decode(value[1], object)) == (0, [b"new", [b"new"]])
    assert call(world, reader, "peek").code == 0


def test_reentrancy_is_refused_unless_marked(world):
    contract = deploy(world, {"go": [["call", b"self", "plain", [], False]], "plain": [["set", b"k", b"v"]]})
    value = decode(call(world, contract, "go").return_bytes, object)[0][0]
    assert value[0] == Code.REENTRANCY_REFUSED
    assert stored(world, contract, b"k") is None


def test_depth_is_bounded_and_gas_is_passed_on_by_63_of_64(world):
    contract = deploy(world, {"reentrant_deep": [["call", b"self", "reentrant_deep", [], False]]})
    receipt = call(world, contract, "reentrant_deep", gas_limit=40_000_000)
    assert receipt.code == 0
    value, depth = decode(receipt.return_bytes, object)[0], 0
    while value and value[0][0] == 0:
        value, depth = decode(value[0][1], object), depth + 1
    assert (value[0][0], depth) == (Code.CALL_DEPTH_EXCEEDED, 63)


def test_read_only_frames_cannot_write_emit_or_deploy_at_any_depth(world):
    writer = deploy(world, {"w": [["set", b"k", b"v"]], "e": [["emit", "E"]]})
    for method in ("w", "e"):
        outer = deploy(world, {"go": [["call", writer, method, [], True]]})
        answer = decode(call(world, outer, "go").return_bytes, object)[0][0]
        assert answer[0] == Code.READ_ONLY
    context = BlockContext(CHAIN, 1, world.time_ns, bytes(20), bytes(32))
    caller = Caller(address(ALICE), "hospital-a", ("admin",))
    for target, method, args in (
        (writer, "w", ()),
        (CONTRACTS_ADDRESS, "deploy", deploy_args({})),
        (IDENTITY, "set_encryption_key", (b"",)),
    ):
        answer = world.kernel.query(world.view, context, caller, target, method, args, 1_000_000)
        assert answer.code == Code.READ_ONLY


def test_a_contract_as_caller_has_an_address_and_nothing_else(world):
    inner = deploy(world, {"who": [["sender"]]})
    outer = deploy(world, {"go": [["sender"], ["call", inner, "who", [], False]]})
    value = decode(call(world, outer, "go").return_bytes, object)[0]
    assert value[0] == [address(ALICE), "hospital-a", ["admin"]]
    assert decode(value[1][1], object) == [[outer, None, []]]


@pytest.mark.parametrize(
    ("target", "method", "code"),
    [
        (bytes(20), "m", Code.TARGET_UNKNOWN),
        (IDENTITY, "nothing", Code.METHOD_UNKNOWN),
        (CONTRACTS_ADDRESS, "nothing", Code.METHOD_UNKNOWN),
        (IDENTITY, "member", Code.ARGUMENTS_INVALID),
    ],
)
def test_unknown_targets_and_methods_fail(world, target, method, code):
    receipt = call(world, target, method)
    assert receipt.code == code
    assert decode_scanned(receipt.return_bytes, Failure).error == Code(code).name


def test_gas_is_charged_up_to_the_limit_and_never_above(world):
    contract = deploy(world, {"burn": [["burn", 400_000]], "little": [["burn", 1]]})
    full = call(world, contract, "burn", gas_limit=300_000)
    assert (full.code, full.gas_used) == (Code.OUT_OF_GAS, 300_000)
    small = call(world, contract, "little", gas_limit=300_000)
    assert small.code == 0
    assert 3_000 < small.gas_used < 20_000
    none = call(world, contract, "little", gas_limit=100)
    assert (none.code, none.gas_used) == (Code.OUT_OF_GAS, 100)


class DyingEngine(TrivialEngine):
    """Loses its worker on the first `deaths` calls, after it has written."""

    def __init__(self, deaths: int) -> None:
        self.deaths = deaths

    def call(self, invocation, code, host):
        host.write({b"\0\1dead": b"x"})
        if self.deaths:
            self.deaths -= 1
            raise WorkerDiedError
        return Answer(0, b"\xc0", 10)


def test_one_death_of_a_worker_is_repeated_on_the_state_before():
    world = World(engines=(DyingEngine(1),))
    assert call(world, deploy(world, {"m": []}), "m").code == 0


def test_two_deaths_halt_and_name_the_transaction():
    world = World(engines=(DyingEngine(2),))
    contract = deploy(world, {"m": []})
    raw = world.transaction(ALICE, (contract, "m", ()))
    with pytest.raises(ExecutionHaltedError) as caught:
        world.block(world.envelope(raw))
    assert caught.value.tx_id == world.kernel.open_transaction(raw).tx_id
