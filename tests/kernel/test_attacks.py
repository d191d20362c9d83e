"""What an attacker tries: bytes that halt the chain, work that is not paid, rights that outlive their end."""

import itertools
from typing import Any

import msgspec
import pytest
from kernel_world import World, address, genesis, key
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL, module_address
from huitong.kernel import CONTRACTS_ADDRESS, Kernel, check_genesis
from huitong.kernel.source import _MAX_KEPT_BYTES, Opener
from huitong.modules.identity import Directory, possession_bytes
from huitong.modules.identity.queries import find_member
from huitong.types import (
    DEFAULT_PARAMETERS,
    Answer,
    Call,
    Code,
    Element,
    EngineVersion,
    Failure,
    Host,
    HuitongError,
    Invocation,
    Rejected,
    decode,
    encode,
    integer_bytes,
)
from huitong.types.limits import MAX_RETURN_BYTES
from huitong.types.registry import ModuleId

ALICE, CAROL = "alice@hospital-a", "carol@hospital-a"
IDENTITY = module_address(ModuleId.IDENTITY)


def failure_of(receipt) -> Failure:
    return decode(receipt.return_bytes, Failure)


def deploy_args(code: bytes, init_args: list[Any] | None = None) -> tuple[Any, ...]:
    return ("trivial", code, INTERNATIONAL.hash(b""), b"", "", init_args or [])


def test_a_map_with_other_keys_beside_a_long_integer_is_rejected_and_stops_no_node():
    """Such a transaction once raised TypeError out of `apply_block`: one envelope would have halted every node."""
    long_integer = msgspec.msgpack.Ext(1, integer_bytes(2**70))
    world = World()
    body = decode(world.body(ALICE, (IDENTITY, "organisations", ())), list)
    body[6] = [[IDENTITY, "organisations", [long_integer, {1: 2}]]]
    raw = encode([1, msgspec.msgpack.encode(body), [bytes(64)]])
    receipt = world.run(raw)[0].receipt
    assert receipt.code == Code.ENCODING_MALFORMED
    with pytest.raises(Rejected) as refused:
        world.kernel.open_transaction(msgspec.msgpack.encode([long_integer, {1: 2}]))
    assert refused.value.code == Code.ENCODING_MALFORMED


def test_text_is_not_taken_for_base64_of_bytes():
    world = World()
    receipt = world.run(world.transaction(ALICE, (IDENTITY, "member", ("AAAA",))))[0].receipt
    assert receipt.code == Code.ARGUMENTS_INVALID


def test_no_words_of_a_library_are_hashed_with_a_receipt():
    """Two versions of msgspec may word one mistake differently; the receipts must still be equal."""
    world = World()
    wrong = (1, (1, 2), ("x", 3), ({},))
    for args in wrong:
        receipt = world.run(
            world.transaction(ALICE, (IDENTITY, "member", args if isinstance(args, tuple) else (args,)))
        )
        data = failure_of(receipt[0].receipt).data
        assert data == {"reason": "the arguments do not have the form [address]"}
    args = ("trivial", b"c", bytes(32), b"", "", 7)
    receipt = world.run(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", args)))[0].receipt
    assert failure_of(receipt).data["reason"].startswith("the arguments do not have the form [engine, code")


def test_a_refusal_by_a_module_costs_what_its_success_costs():
    world = World()
    stranger = key("stranger")
    args = ("nina", [], 1, stranger.public_key, b"", bytes(64))
    raw = world.transaction(ALICE, (IDENTITY, "add_member", args))
    receipt = world.run(raw)[0].receipt
    assert receipt.code == Code.POSSESSION_NOT_PROVED
    assert receipt.gas_used == 20_000 + 3_000 + 4 * len(raw)


def test_a_deployment_that_fails_after_validation_pays_for_it():
    world = World(engines=(TrivialEngine(),))
    code = encode({"m": [["emit", "x" * 5_000]]})
    raw = world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", deploy_args(code, [1])))
    receipt = world.run(raw)[0].receipt
    assert receipt.code == Code.ARGUMENTS_INVALID
    assert receipt.gas_used == 3_000 + 4 * len(raw) + 700 + 50 * len(code) + 100


def test_a_failure_names_what_it_was_given_but_does_not_carry_it_back_whole():
    world = World()
    for method, args in (("organisation", ("x" * 60_000,)), ("member_by_name", ("hospital-a", "x" * 60_000))):
        receipt = world.run(world.transaction(ALICE, (IDENTITY, method, args)))[0].receipt
        assert receipt.code in (Code.ORGANISATION_UNKNOWN, Code.MEMBER_UNKNOWN)
        assert len(receipt.return_bytes) < 400


class Loud(TrivialEngine):
    """Fails with more data than an answer may have."""

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        return Answer(Code.REFUSED_BY_CONTRACT, bytes(MAX_RETURN_BYTES + 1), 50)


def test_data_of_a_failure_is_bounded_like_a_return_value():
    world = World(engines=(Loud(),))
    deployed = world.run(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", deploy_args(encode({"m": []})))))
    target = decode(deployed[0].receipt.return_bytes, list[bytes])[0]
    receipt = world.run(world.transaction(ALICE, (target, "m", ())))[0].receipt
    assert receipt.code == Code.RESULT_TOO_LARGE
    assert len(receipt.return_bytes) < 200


class Careless(TrivialEngine):
    """Takes anything for code."""

    def deploy(self, code: bytes, gas_limit: int, previous: bytes = b""):
        return super().deploy(encode({"m": []}), gas_limit)


def test_code_is_never_empty_whatever_an_engine_takes():
    world = World(engines=(Careless(),))
    receipt = world.run(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", deploy_args(b""))))[0].receipt
    assert receipt.code == Code.CONTRACT_INVALID


class Shouting(TrivialEngine):
    """Emits an event with a name of any length."""

    def call(self, invocation: Invocation, code: bytes, host: Host) -> Answer:
        host.emit(invocation.args[0], b"\x80")
        return Answer(0, b"\xc0", 1)


@pytest.mark.parametrize(("length", "code"), [(128, 0), (129, Code.EVENTS_LIMIT)])
def test_names_of_events_are_bounded(length, code):
    world = World(engines=(Shouting(),))
    deployed = world.run(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", deploy_args(encode({"m": []})))))
    target = decode(deployed[0].receipt.return_bytes, list[bytes])[0]
    assert world.run(world.transaction(ALICE, (target, "m", ("n" * length,))))[0].receipt.code == code


def test_a_member_that_ended_its_membership_does_nothing_more_in_the_same_transaction():
    world = World()
    act = (IDENTITY, "set_roles", (address(CAROL), ["admin"]))
    assert world.run(world.transaction(ALICE, act))[0].receipt.code == 0
    new = key("alice-next")
    signed = possession_bytes(INTERNATIONAL, world.kernel.chain_id, address(ALICE), new.public_key)
    end = (IDENTITY, "deactivate_member", (address(ALICE),))
    for late in (("rotate_key", (1, new.public_key, new.sign(signed))), ("set_encryption_key", (bytes(32),))):
        receipt = world.run(world.transaction(ALICE, end, (IDENTITY, *late)))[0].receipt
        assert receipt.code == Code.PERMISSION_MISSING
        member = find_member(world.view, address(ALICE))
        assert member is not None
        assert member.active, "all or nothing"


def test_what_the_pool_has_opened_is_bounded_in_bytes():
    opener = Opener(INTERNATIONAL)
    world = World()
    filler = bytes(250_000)
    for _ in range(2 * _MAX_KEPT_BYTES // len(filler)):
        raw = world.transaction(ALICE, (IDENTITY, "organisations", (filler,)))
        assert opener.transaction(raw) is opener.element(Element(0, raw))
        assert opener.transaction(raw) == opener.element(Element(0, raw))
        assert sum(map(len, opener._kept)) == opener._kept_bytes <= _MAX_KEPT_BYTES
    assert len(opener._kept) == _MAX_KEPT_BYTES // len(raw)


def test_an_engine_that_genesis_does_not_name_runs_on_no_node():
    """A node with one engine more than another would commit what the other fails: a fork."""
    world = World(engines=(TrivialEngine(),))
    more = Kernel(
        chain_id=world.kernel.chain_id,
        suite=INTERNATIONAL,
        directory=Directory(),
        modules=world.kernel.machine.modules.values(),
        engines=(TrivialEngine(), named("second")),
        verifier=world.kernel.verifier,
    )
    args = ("second", encode({"m": []}), INTERNATIONAL.hash(b""), b"", "", [])
    block = world.decide(world.envelope(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", args))))
    results = [kernel.apply_block(world.view, world, block) for kernel in (world.kernel, more)]
    assert results[0] == results[1]
    assert results[0].envelopes[0].transactions[0].receipt.code == Code.ENGINE_UNKNOWN


def named(text: str) -> TrivialEngine:
    engine = TrivialEngine()
    engine.name = text
    return engine


def test_each_call_of_a_transaction_is_bounded_even_when_all_are_the_same():
    world = World()
    calls = tuple(itertools.repeat(Call(IDENTITY, "organisations", ()), 32))
    raw = world.transaction(ALICE, gas_limit=700_000, calls=calls)
    receipt = world.run(raw)[0].receipt
    assert receipt.code == 0
    assert receipt.gas_used == 32 * 20_000 + 3_000 + 4 * len(raw)


def test_a_node_that_lacks_an_enabled_engine_stops_instead_of_failing_what_others_commit():
    world = World(engines=(TrivialEngine(),))
    args = ("trivial", encode({"m": []}), INTERNATIONAL.hash(b""), b"", "", [])
    envelope = world.envelope(world.transaction(ALICE, (CONTRACTS_ADDRESS, "deploy", args)))
    lacking = Kernel(
        chain_id=world.kernel.chain_id,
        suite=INTERNATIONAL,
        directory=Directory(),
        modules=world.kernel.machine.modules.values(),
        engines=(),
        verifier=world.kernel.verifier,
    )
    with pytest.raises(HuitongError) as stopped:
        lacking.apply_block(world.view, world, world.decide(envelope))
    assert stopped.value.code == Code.ENGINE_MISSING


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": msgspec.structs.replace(DEFAULT_PARAMETERS, replay_window_ns=0)},
        {"parameters": msgspec.structs.replace(DEFAULT_PARAMETERS, max_gas=-1)},
        {"gateways": genesis().gateways * 2},
        {"gateways": (msgspec.structs.replace(genesis().gateways[0], organisation="nobody"),)},
        {"validators": genesis().validators * 2},
        {"engines": (EngineVersion("trivial", 1),) * 2},
    ],
)
def test_a_genesis_that_no_chain_could_live_on_is_refused(changes):
    with pytest.raises(HuitongError) as refused:
        check_genesis(genesis(**changes), World(engines=(TrivialEngine(),)).kernel.machine)
    assert refused.value.code == Code.GENESIS_INVALID
