"""Upgrade, freeze, unfreeze, retire, rename: who may, what follows what, what stays."""

from typing import Any

import pytest
from kernel_world import World, member
from trivial_engine import TrivialEngine

from huitong.crypto import INTERNATIONAL
from huitong.kernel import CONTRACTS_ADDRESS, ContractRecord, ContractState
from huitong.state import keys
from huitong.types import BlockContext, Caller, Code, decode, decode_scanned, encode

ALICE = "alice@hospital-a"
WANG = "wang@hospital-b"
PEOPLE = (member(ALICE, ("admin",)), member("carol@hospital-a", ("clinician",)), member(WANG, ("admin",)))
FIRST = {"go": [["set", b"k", b"one"]], "look": [["get", b"k"]], "stays": []}
SECOND = {"go": [["set", b"k", b"two"]], "look": [["get", b"k"]], "stays": [], "field-new": []}


@pytest.fixture
def world() -> World:
    return World(engines=(TrivialEngine(),), members=PEOPLE)


def act(world: World, method: str, *args: Any, by: str = ALICE, to: bytes = CONTRACTS_ADDRESS):
    """Run one transaction; return its result."""
    return world.run(world.transaction(by, (to, method, args), gas_limit=20_000_000))[0]


def code_of(methods: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    return encode(methods), INTERNATIONAL.hash(b"source"), b"source"


def deploy(world: World, name: str = "", methods: dict[str, Any] = FIRST) -> bytes:
    code, source_hash, source = code_of(methods)
    result = act(world, "deploy", "trivial", code, source_hash, source, name, [])
    assert result.receipt.code == 0
    return decode(result.receipt.return_bytes, list[bytes])[0]


def record(world: World, contract: bytes) -> ContractRecord:
    return decode_scanned(world.view.data[keys.contract(contract)], ContractRecord)


def ask(world: World, target: bytes, method: str, *args: Any):
    context = BlockContext("huitong-test-1", world.height + 1, world.time_ns, bytes(20), bytes(32))
    return world.kernel.query(world.view, context, Caller(bytes(20), "", ()), target, method, args, 10**7)


def test_an_upgrade_keeps_address_storage_and_ids_of_fields(world):
    contract = deploy(world, "meter")
    assert act(world, "go", to=contract).receipt.code == 0
    before = record(world, contract)
    result = act(world, "upgrade", contract, *code_of(SECOND))
    assert (result.receipt.code, decode(result.receipt.return_bytes, object)) == (0, [2])
    assert [event.name for event in result.events] == ["Upgraded"]
    after = record(world, contract)
    assert (after.fields, after.revision, after.former) == (
        (("only", 1), ("field-new", 2)),
        2,
        (before.code_hash,),
    )
    assert after.tx_id == result.receipt.tx_id
    assert keys.code(before.code_hash) in world.view.data
    assert decode(ask(world, contract, "look").data, object) == [b"one"]
    assert act(world, "go", to=contract).receipt.code == 0
    assert decode(ask(world, contract, "look").data, object) == [b"two"]


def test_code_that_does_not_fit_changes_nothing_and_is_paid_for(world):
    contract = deploy(world)
    before = dict(world.view.data)
    receipt = act(world, "upgrade", contract, *code_of({"go": []})).receipt
    assert receipt.code == Code.UPGRADE_INCOMPATIBLE
    assert receipt.gas_used > 12_000
    assert record(world, contract) == decode_scanned(before[keys.contract(contract)], ContractRecord)


def test_only_the_last_sixteen_revisions_are_named(world):
    contract = deploy(world)
    for number in range(18):
        assert act(world, "upgrade", contract, *code_of(FIRST | {f"m{number}": []})).receipt.code == 0
    found = record(world, contract)
    assert (found.revision, len(found.former)) == (19, 16)


def test_a_frozen_contract_is_read_but_not_called_until_it_is_unfrozen(world):
    contract = deploy(world)
    caller = deploy(world, methods={"over": [["call", contract, "go", [], False]]})
    assert act(world, "go", to=contract).receipt.code == 0
    frozen = act(world, "freeze", contract)
    assert (frozen.receipt.code, [event.name for event in frozen.events]) == (0, ["Frozen"])
    assert act(world, "go", to=contract).receipt.code == Code.CONTRACT_FROZEN
    assert decode(act(world, "over", to=caller).receipt.return_bytes, object)[0][0][0] == Code.CONTRACT_FROZEN
    assert decode(ask(world, contract, "look").data, object) == [b"one"]
    assert act(world, "freeze", contract).receipt.code == Code.CONTRACT_STATE_WRONG
    assert act(world, "upgrade", contract, *code_of(SECOND)).receipt.code == 0
    assert record(world, contract).state == ContractState.FROZEN
    assert act(world, "unfreeze", contract).receipt.code == 0
    assert act(world, "go", to=contract).receipt.code == 0
    assert act(world, "unfreeze", contract).receipt.code == Code.CONTRACT_STATE_WRONG


def test_retiring_is_final_and_frees_the_name(world):
    contract = deploy(world, "meter")
    assert act(world, "go", to=contract).receipt.code == 0
    result = act(world, "retire", contract, b"")
    assert (result.receipt.code, [event.name for event in result.events]) == (0, ["Retired"])
    assert world.view.get(keys.name("meter")) is None
    for method, args in (
        ("freeze", (contract,)),
        ("unfreeze", (contract,)),
        ("retire", (contract, b"")),
        ("rename", (contract, "other")),
        ("upgrade", (contract, *code_of(SECOND))),
    ):
        assert act(world, method, *args).receipt.code == Code.CONTRACT_RETIRED
    assert act(world, "go", to=contract).receipt.code == Code.CONTRACT_RETIRED
    assert decode(ask(world, contract, "look").data, object) == [b"one"]
    assert deploy(world, "meter") != contract


def test_a_successor_takes_over_the_name(world):
    old, new = deploy(world, "meter"), deploy(world)
    result = act(world, "retire", old, new)
    assert [event.name for event in result.events] == ["Renamed", "Retired"]
    assert world.view.get(keys.name("meter")) == new
    assert (record(world, old).name, record(world, new).name) == ("", "meter")
    named = deploy(world, "named")
    assert act(world, "retire", new, named).receipt.code == Code.ARGUMENTS_INVALID
    assert act(world, "retire", new, new).receipt.code == Code.ARGUMENTS_INVALID
    assert world.view.get(keys.name("meter")) == new


def test_a_name_can_change_and_be_given_up(world):
    contract = deploy(world, "meter")
    deploy(world, "taken")
    assert act(world, "rename", contract, "taken").receipt.code == Code.NAME_TAKEN
    assert act(world, "rename", contract, "No Name").receipt.code == Code.ARGUMENTS_INVALID
    assert act(world, "rename", contract, "gauge").receipt.code == 0
    assert (world.view.get(keys.name("meter")), world.view.get(keys.name("gauge"))) == (None, contract)
    assert act(world, "rename", contract, "").receipt.code == 0
    assert world.view.get(keys.name("gauge")) is None


@pytest.mark.parametrize("method", ["upgrade", "freeze", "unfreeze", "retire", "rename"])
def test_only_the_deployers_organisation_and_roles_act(world, method):
    contract = deploy(world, "meter")
    rest = {"upgrade": code_of(SECOND), "retire": (b"",), "rename": ("other",)}.get(method, ())
    before = record(world, contract)
    for who in (WANG, "carol@hospital-a"):
        assert act(world, method, contract, *rest, by=who).receipt.code == Code.PERMISSION_MISSING
    assert act(world, method, bytes(20), *rest).receipt.code == Code.TARGET_UNKNOWN
    assert act(world, method, contract[:19], *rest).receipt.code == Code.ARGUMENTS_INVALID
    assert ask(world, CONTRACTS_ADDRESS, method, contract, *rest).code == Code.READ_ONLY
    proxy = deploy(world, methods={"go": [["call", CONTRACTS_ADDRESS, method, [contract, *rest], False]]})
    answer = decode(act(world, "go", to=proxy).receipt.return_bytes, object)[0][0]
    assert answer[0] == Code.PERMISSION_MISSING, "a contract of the same organisation is no member of it"
    assert record(world, contract) == before


def test_contracts_are_listed_by_pages(world):
    made = sorted(deploy(world, f"c{number}") for number in range(5))
    first = decode(ask(world, CONTRACTS_ADDRESS, "contracts", b"", 3).data, object)
    rest = decode(ask(world, CONTRACTS_ADDRESS, "contracts", first[-1][0], 100).data, object)
    assert [row[0] for row in first + rest] == made
    assert first[0][2:] == ["trivial", "active", 1, "hospital-a"]
    assert ask(world, CONTRACTS_ADDRESS, "contracts", b"", 101).code == Code.ARGUMENTS_INVALID
