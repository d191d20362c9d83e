"""The network module: the policy, nodes, gateways, validators and their quorum, limits, rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_world import World, address, first_admin, key, member

from huitong.crypto import INTERNATIONAL, key_address, module_address
from huitong.kernel import Kernel, Rules, network_changes, parameters_of, rules_version, validator_sets
from huitong.modules.identity import Directory, Identity
from huitong.modules.network import Network, registered_node, registered_nodes
from huitong.modules.network.consensus import BOUNDS, check_quorum
from huitong.modules.network.queries import find_gateway
from huitong.state import keys
from huitong.types import (
    DEFAULT_PARAMETERS,
    Code,
    Failed,
    GenesisValidator,
    HuitongError,
    NetworkNode,
    Validator,
    decode,
)
from huitong.types.registry import ModuleId

NETWORK = module_address(ModuleId.NETWORK)
IDENTITY = module_address(ModuleId.IDENTITY)
ALICE, WANG, CAROL = "alice@hospital-a", "wang@hospital-b", "carol@hospital-a"
FOUR = tuple(
    GenesisValidator(key(f"validator {number}").public_key, 10, "hospital-a" if number else "hospital-b")
    for number in range(4)
)
FIFTH = key("validator 5").public_key
NODE = bytes(range(20))
LIMITS = {name: getattr(DEFAULT_PARAMETERS, name) for name in BOUNDS}


def world(**changes) -> World:
    fields = {"validators": FOUR, **changes}
    return World(modules=(Network(INTERNATIONAL, Directory()),), **fields)


def act(chain: World, sender: str, method: str, *args, **changes):
    return chain.run(chain.transaction(sender, (NETWORK, method, args), **changes))[0]


def code(chain: World, sender: str, method: str, *args) -> int:
    return act(chain, sender, method, *args).receipt.code


def ask(chain: World, question: str):
    answer = decode(act(chain, ALICE, question).receipt.return_bytes, object)
    return answer[0]


def pass_blocks(chain: World, count: int = 1) -> None:
    for _ in range(count):
        chain.block()


def test_a_node_is_registered_and_removed():
    chain = world()
    done = act(chain, ALICE, "register_node", "hospital-b", NODE, "node.example:26656")
    assert (done.receipt.code, done.events[0].name) == (0, "NodeRegistered")
    assert registered_node(chain.view, NODE) == NetworkNode(1, "hospital-b", NODE, "node.example:26656")
    assert code(chain, ALICE, "register_node", "hospital-a", NODE, "") == Code.NETWORK_ENTRY_EXISTS
    assert ask(chain, "nodes") == [{"organisation": "hospital-b", "node": NODE, "address": "node.example:26656"}]
    assert code(chain, WANG, "remove_node", NODE) == 0, "an organisation may leave by itself"
    assert registered_nodes(chain.view) == []
    assert code(chain, WANG, "remove_node", NODE) == Code.NETWORK_ENTRY_UNKNOWN


@pytest.mark.parametrize(
    ("sender", "args", "expected"),
    [
        (WANG, ("hospital-b", NODE, ""), Code.PERMISSION_MISSING),
        (CAROL, ("hospital-a", NODE, ""), Code.PERMISSION_MISSING),
        (ALICE, ("nobody", NODE, ""), Code.ORGANISATION_UNKNOWN),
        (ALICE, ("hospital-a", NODE[:19], ""), Code.ARGUMENTS_INVALID),
        (ALICE, ("hospital-a", NODE, "node.example"), Code.ARGUMENTS_INVALID),
        (ALICE, ("hospital-a", NODE, "node.example:70000"), Code.ARGUMENTS_INVALID),
        (ALICE, ("hospital-a", NODE, "a b:1"), Code.ARGUMENTS_INVALID),
        (ALICE, ("hospital-a", NODE, "id@host:1"), Code.ARGUMENTS_INVALID),
    ],
)
def test_nodes_that_cannot_be_registered(sender, args, expected):
    assert code(world(), sender, "register_node", *args) == expected


def test_a_registered_gateway_signs_from_the_next_block_on():
    chain = world()
    new = key("second gateway")
    place = key_address(INTERNATIONAL, 1, new.public_key)

    def envelope():
        raw = chain.transaction(ALICE, (NETWORK, "rules", ()))
        head = chain.envelope(raw, gateway=place, signature=b"")
        from huitong.types import decode_envelope

        opened = decode_envelope(head)
        return chain.envelope(raw, gateway=place, seq=opened.seq, signature=new.sign(opened.signed_part()))

    assert chain.block(envelope()).envelopes[0].reason.startswith("HT2004")
    added = act(chain, ALICE, "register_gateway", "hospital-b", 1, new.public_key, 10**9, 1 << 20)
    assert decode(added.receipt.return_bytes, object) == [place]
    assert chain.block(envelope()).envelopes[0].code == 0
    assert code(chain, ALICE, "set_gateway_quota", place, 1, 1) == 0
    assert chain.block(envelope()).envelopes[0].reason.startswith("HT2008")
    assert code(chain, WANG, "remove_gateway", place) == 0
    assert chain.block(envelope()).envelopes[0].reason.startswith("HT2005")
    args = ("hospital-b", 1, new.public_key, 10**9, 1 << 20)
    assert code(chain, ALICE, "register_gateway", *args) == Code.NETWORK_ENTRY_EXISTS, "a key is never used again"
    assert code(chain, ALICE, "remove_gateway", place) == Code.NETWORK_ENTRY_UNKNOWN
    assert code(chain, ALICE, "remove_gateway", address("gateway")) == Code.LAST_OF_NETWORK


def test_a_gateway_keeps_its_quota_with_its_next_key():
    chain = world()
    new = key("next gateway").public_key
    former = address("gateway")
    assert code(chain, WANG, "replace_gateway", former, 1, new) == Code.PERMISSION_MISSING
    assert code(chain, ALICE, "replace_gateway", former, 1, key("gateway").public_key) == Code.NETWORK_ENTRY_EXISTS
    assert code(chain, ALICE, "replace_gateway", former, 1, b"short") == Code.KEY_INVALID
    assert code(chain, ALICE, "replace_gateway", former, 1, new) == 0
    assert not find_gateway(chain.view, former).active
    found = find_gateway(chain.view, key_address(INTERNATIONAL, 1, new))
    assert (found.active, found.organisation, found.max_gas_per_block) == (True, "hospital-a", 10**10)


def test_a_fifth_validator_acts_two_blocks_later():
    chain = world()
    before = validator_sets(chain.view)
    result = chain.block(
        chain.envelope(chain.transaction(ALICE, (NETWORK, "set_validator", ("hospital-b", FIFTH, 10))))
    )
    sets = validator_sets(chain.view)
    assert sets.from_height == chain.height + 2
    assert sets.at(chain.height + 1) == before.validators
    assert Validator(FIFTH, 10) in sets.at(chain.height + 2)
    assert keys.VALIDATORS in result.writes["main"]
    late = code(chain, ALICE, "remove_validator", FOUR[0].public_key)
    assert late == Code.VALIDATOR_CHANGE_PENDING
    assert code(chain, WANG, "remove_validator", FOUR[0].public_key) == 0, "its own organisation may"
    shown = ask(chain, "validators")
    assert {one["organisation"] for one in shown["validators"]} == {"hospital-a", "hospital-b"}
    assert len(shown["validators"]) == 4


def test_two_changes_in_one_block_are_refused():
    chain = world()
    first = chain.transaction(ALICE, (NETWORK, "set_validator", ("hospital-b", FIFTH, 10)))
    second = chain.transaction(ALICE, (NETWORK, "remove_validator", (FOUR[0].public_key,)))
    assert [one.receipt.code for one in chain.run(first, second)] == [0, Code.VALIDATOR_CHANGE_PENDING]


@pytest.mark.parametrize(
    ("method", "args", "expected"),
    [
        ("set_validator", ("hospital-a", FIFTH, 20), Code.QUORUM_WOULD_BREAK),
        ("set_validator", ("hospital-a", FOUR[0].public_key, 10), Code.ARGUMENTS_INVALID),
        ("set_validator", ("hospital-b", FOUR[0].public_key, 10), Code.ARGUMENTS_INVALID),
        ("set_validator", ("hospital-b", FOUR[0].public_key, 40), Code.QUORUM_WOULD_BREAK),
        ("set_validator", ("nobody", FIFTH, 1), Code.ORGANISATION_UNKNOWN),
        ("set_validator", ("hospital-a", FIFTH, 0), Code.PARAMETER_OUT_OF_BOUNDS),
        ("set_validator", ("hospital-a", FIFTH, -1), Code.PARAMETER_OUT_OF_BOUNDS),
        ("set_validator", ("hospital-a", FIFTH, 10**12 + 1), Code.PARAMETER_OUT_OF_BOUNDS),
        ("set_validator", ("hospital-a", b"short", 1), Code.KEY_INVALID),
        ("remove_validator", (FIFTH,), Code.NETWORK_ENTRY_UNKNOWN),
    ],
)
def test_changes_of_validators_that_are_refused(method, args, expected):
    assert code(world(), ALICE, method, *args) == expected


def test_the_last_validator_stays_and_one_grows_to_two_in_steps():
    chain = world(validators=FOUR[:1])
    only = FOUR[0].public_key
    assert code(chain, ALICE, "remove_validator", only) == Code.LAST_OF_NETWORK
    refused = act(chain, ALICE, "set_validator", "hospital-a", FIFTH, 10)
    assert refused.receipt.code == Code.QUORUM_WOULD_BREAK
    assert code(chain, ALICE, "set_validator", "hospital-a", FIFTH, 4) == 0
    pass_blocks(chain)
    assert code(chain, ALICE, "set_validator", "hospital-a", FIFTH, 10) == 0
    assert {item.power for item in validator_sets(chain.view).validators} == {10}


@given(
    before=st.dictionaries(st.integers(0, 5), st.integers(1, 30), min_size=1, max_size=6),
    after=st.dictionaries(st.integers(0, 8), st.integers(1, 30), min_size=1, max_size=8),
)
def test_whatever_passes_is_decided_by_those_who_stay(before, after):
    """Naively: each unit of power is a vote; votes that were there before and stay are more than two thirds of all."""

    def listed(powers):
        return [Validator(bytes([number]) * 32, power) for number, power in powers.items()]

    votes = {(number, vote) for number, power in after.items() for vote in range(power)}
    staying = {(number, vote) for number, power in before.items() for vote in range(power)} & votes
    if len(staying) * 3 > len(votes) * 2:
        check_quorum(listed(before), listed(after))
    else:
        with pytest.raises(Failed) as refused:
            check_quorum(listed(before), listed(after))
        assert refused.value.data == {"kept": len(staying), "total": len(votes)}


def test_limits_are_in_force_from_the_next_block_on():
    chain = world()
    limits = {**LIMITS, "max_bytes": 1 << 20, "max_gas": 10**8}
    before = dict(chain.view.data)
    result = chain.block(chain.envelope(chain.transaction(ALICE, (NETWORK, "set_parameters", tuple(limits.values())))))
    assert result.envelopes[0].transactions[0].receipt.code == 0
    assert (parameters_of(chain.view).max_bytes, parameters_of(chain.view).max_gas) == (1 << 20, 10**8)

    class Before:
        get = staticmethod(before.get)

    changes = network_changes(Before(), result.writes["main"])
    assert (changes.parameters, changes.validators) == (parameters_of(chain.view), ())
    big = chain.envelope(chain.transaction(ALICE, (NETWORK, "rules", ())), gas_limit=10**8 + 1)
    assert chain.block(big).envelopes[0].reason.startswith("HT2009")


@pytest.mark.parametrize(("name", "bounds"), BOUNDS.items())
def test_limits_out_of_bounds_are_refused(name, bounds):
    low, high = bounds
    for value in (low - 1, high + 1):
        args = tuple({**LIMITS, name: value}.values())
        assert code(world(), ALICE, "set_parameters", *args) == Code.PARAMETER_OUT_OF_BOUNDS
    assert code(world(), WANG, "set_parameters", *LIMITS.values()) == Code.PERMISSION_MISSING


def test_all_switch_their_rules_after_one_block_and_who_does_not_know_them_stops():
    chain = world()
    network = (Identity(INTERNATIONAL), Network(INTERNATIONAL, Directory()))
    knowing = Kernel(
        chain_id=chain.document.chain_id,
        suite=INTERNATIONAL,
        directory=Directory(),
        modules=network,
        engines=(),
        verifier=chain.kernel.verifier,
        rules={1: Rules(1, {}), 2: Rules(2, {})},
    )
    assert code(chain, ALICE, "schedule_rules", 1, 50) == Code.RULES_NOT_LATER
    assert code(chain, ALICE, "schedule_rules", 2, 1) == Code.ARGUMENTS_INVALID
    assert code(chain, ALICE, "cancel_rules") == Code.NETWORK_ENTRY_UNKNOWN
    assert code(chain, ALICE, "schedule_rules", 2, chain.height + 4) == 0
    planned = chain.height + 3
    assert ask(chain, "rules") == {"version": 1, "next_version": 2, "next_height": planned}
    pass_blocks(chain, 2)
    assert (chain.height, rules_version(chain.view)) == (planned, 1), "an empty block changes nothing"
    assert code(chain, ALICE, "rules") == 0
    assert rules_version(chain.view) == 2
    assert chain.view.get(keys.SCHEDULED_RULES) is None
    with pytest.raises(HuitongError) as stopped:
        chain.block()
    assert (stopped.value.code, stopped.value.data) == (Code.RULES_UNKNOWN, {"version": 2, "newest": 1})
    chain.kernel = knowing
    assert code(chain, ALICE, "schedule_rules", 2, 500) == Code.RULES_NOT_LATER
    assert code(chain, ALICE, "schedule_rules", 3, 500) == 0
    assert code(chain, ALICE, "cancel_rules") == 0
    assert ask(chain, "rules") == {"version": 2, "next_version": 0, "next_height": 0}


def test_a_rule_of_a_later_version_skips_a_transaction():
    """The way out of a transaction on which workers die: the next version names it and a fixed failure."""
    chain = world()
    raw = chain.transaction(ALICE, (NETWORK, "rules", ()))
    tx_id = chain.kernel.open_transaction(raw).tx_id
    skipping = {1: Rules(1, {(chain.height + 1, tx_id): int(Code.SKIPPED_BY_RULES)})}
    chain.kernel.machine.rules = skipping
    assert chain.run(raw)[0].receipt.code == Code.SKIPPED_BY_RULES


def test_the_policy_names_whose_admins_act():
    chain = world(members=(member(ALICE, ("admin",)), member(WANG, ("network-admin",)), member(CAROL)))
    assert ask(chain, "admins") == ["hospital-a"]
    assert code(chain, WANG, "set_admins", ["hospital-b"]) == Code.PERMISSION_MISSING
    assert code(chain, ALICE, "set_admins", []) == Code.ARGUMENTS_INVALID
    assert code(chain, ALICE, "set_admins", ["hospital-b", "hospital-b"]) == Code.ARGUMENTS_INVALID
    assert code(chain, ALICE, "set_admins", ["nobody"]) == Code.ORGANISATION_UNKNOWN
    assert code(chain, ALICE, "set_admins", ["hospital-b"]) == 0
    assert code(chain, ALICE, "register_node", "hospital-a", NODE, "") == Code.PERMISSION_MISSING
    assert code(chain, WANG, "register_node", "hospital-a", NODE, "") == 0


def test_an_organisation_comes_with_its_node_gateway_and_admin_in_one_transaction():
    chain = world()
    gateway = key("gateway of the insurer").public_key
    calls = (
        (IDENTITY, "add_organisation", ("insurer", "Insurer", first_admin("zoe@insurer"))),
        (NETWORK, "register_node", ("insurer", NODE, "")),
        (NETWORK, "register_gateway", ("insurer", 1, gateway, 10**9, 1 << 20)),
    )
    assert chain.run(chain.transaction(ALICE, *calls))[0].receipt.code == 0
    assert {one["organisation"] for one in ask(chain, "gateways")} == {"hospital-a", "insurer"}


@pytest.mark.parametrize(
    "changes",
    [
        {"nodes": (NetworkNode(1, "hospital-a", b"short", ""),)},
        {"nodes": (NetworkNode(1, "hospital-a", NODE, "no port"),)},
        {"nodes": (NetworkNode(1, "nobody", NODE, ""),)},
        {"nodes": (NetworkNode(1, "hospital-a", NODE, ""),) * 2},
        {"network_admins": ()},
        {"network_admins": ("nobody",)},
        {"validators": (GenesisValidator(FIFTH, 1, "nobody"),)},
    ],
)
def test_a_genesis_with_a_broken_network_is_refused(changes):
    with pytest.raises(HuitongError) as refused:
        world(**changes)
    assert refused.value.code == Code.GENESIS_INVALID
