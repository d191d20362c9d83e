"""`admit`: what an envelope must be to stand in a block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_world import GENESIS_TIME, World, key

from huitong.crypto import module_address
from huitong.kernel import use_sequence
from huitong.types import DEFAULT_PARAMETERS, Code, Element, Gateway, GatewayWindow, encode
from huitong.types.limits import GATEWAY_WINDOW, MAX_BLOCK_ENVELOPES
from huitong.types.registry import KeyKind, ModuleId

IDENTITY = module_address(ModuleId.IDENTITY)
CALL = (IDENTITY, "organisations", ())
ALICE = "alice@hospital-a"
EMPTY = GatewayWindow(0, bytes(GATEWAY_WINDOW // 8))


def verdicts(world: World, *envelopes: bytes) -> list[Code | None]:
    """Codes of `admit` for a block of these envelopes; None = admitted."""
    opened = [world.kernel.open_envelope(raw) for raw in envelopes]
    admission = world.kernel.admit(opened, world.view, world.time_ns)
    return [None if verdict is None else verdict.code for verdict in admission.verdicts]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"chain_id": "other-1"}, Code.ENVELOPE_CHAIN_WRONG),
        ({"expiry": GENESIS_TIME - 1}, Code.ENVELOPE_EXPIRED),
        ({"expiry": GENESIS_TIME}, None),
        ({"txs_root": bytes(32)}, Code.ENVELOPE_ROOT_WRONG),
        ({"signature": bytes(64)}, Code.ENVELOPE_SIGNATURE_INVALID),
        ({"signature": b""}, Code.ENVELOPE_SIGNATURE_INVALID),
        ({"gateway": bytes(20)}, Code.GATEWAY_UNKNOWN),
        ({"gateway": bytes(21)}, Code.ENVELOPE_MALFORMED),
        ({"version": 2}, Code.ENVELOPE_MALFORMED),
        ({"seq": 0}, Code.ENVELOPE_MALFORMED),
        ({"gas_limit": -1}, Code.ENVELOPE_MALFORMED),
        ({"gas_limit": 2**31}, Code.BLOCK_FULL),
    ],
)
def test_each_rule_has_its_code(changes, code):
    world = World()
    assert verdicts(world, world.envelope(world.transaction(ALICE, CALL), **changes)) == [code]


def test_envelope_without_transactions_is_refused():
    world = World()
    assert verdicts(world, world.envelope(elements=())) == [Code.ENVELOPE_MALFORMED]


def test_inner_transactions_do_not_matter_to_admission():
    world = World()
    assert verdicts(world, world.envelope(elements=(Element(0, b"junk"), Element(7, b"")))) == [None]


def test_a_sequence_number_is_used_once_within_a_block_and_after_it():
    world = World()
    first = world.envelope(world.transaction(ALICE, CALL), seq=5)
    second = world.envelope(world.transaction(ALICE, CALL), seq=5)
    assert verdicts(world, first, second) == [None, Code.GATEWAY_SEQUENCE_USED]
    world.block(first)
    assert verdicts(world, second) == [Code.GATEWAY_SEQUENCE_USED]
    assert verdicts(world, world.envelope(world.transaction(ALICE, CALL), seq=4)) == [None]


def test_quota_counts_all_envelopes_of_a_gateway_in_the_block():
    gateway = Gateway(1, "hospital-a", KeyKind.ED25519, key("gateway").public_key, 150_000_000, 4 << 20, active=True)
    world = World(gateways=(gateway,))
    two = [world.envelope(world.transaction(ALICE, CALL)) for _ in range(2)]
    assert verdicts(world, *two) == [None, Code.GATEWAY_QUOTA_EXCEEDED]


def test_inactive_gateway_is_refused():
    gateway = Gateway(1, "hospital-a", KeyKind.ED25519, key("gateway").public_key, 10**10, 4 << 20, active=False)
    world = World(gateways=(gateway,))
    assert verdicts(world, world.envelope(world.transaction(ALICE, CALL))) == [Code.GATEWAY_INACTIVE]


@pytest.mark.parametrize(("field", "limit"), [("max_transactions", 2), ("max_bytes", 900), ("max_gas", 250_000_000)])
def test_block_limits(field, limit):
    fields = {name: getattr(DEFAULT_PARAMETERS, name) for name in DEFAULT_PARAMETERS.__struct_fields__}
    world = World(parameters=type(DEFAULT_PARAMETERS)(**(fields | {field: limit})))
    envelopes = [world.envelope(world.transaction(ALICE, CALL)) for _ in range(3)]
    assert len(envelopes[0]) < 450, "the case below counts on two envelopes to fit"
    assert verdicts(world, *envelopes) == [None, None, Code.BLOCK_FULL]


def test_number_of_envelopes_is_bounded():
    gateway = Gateway(1, "hospital-a", KeyKind.ED25519, key("gateway").public_key, 10**18, 1 << 30, active=True)
    world = World(gateways=(gateway,))
    raw = world.transaction(ALICE, CALL)
    envelopes = [world.envelope(raw, gas_limit=1) for _ in range(MAX_BLOCK_ENVELOPES + 1)]
    assert verdicts(world, *envelopes)[-2:] == [None, Code.BLOCK_FULL]


@given(st.lists(st.integers(1, 3 * GATEWAY_WINDOW), max_size=60))
def test_window_equals_a_set_of_numbers(numbers):
    window, highest, used = EMPTY, 0, set()
    for number in numbers:
        good = number > highest - GATEWAY_WINDOW and number not in used
        after = use_sequence(window, number)
        assert (after is not None) == good
        if after is not None:
            window, highest = after, max(highest, number)
            used.add(number)
            assert window.highest == highest


def test_window_stays_small_for_any_jump():
    window = use_sequence(EMPTY, 2**62)
    assert window is not None
    assert (window.highest, len(window.used)) == (2**62, GATEWAY_WINDOW // 8)
    assert use_sequence(window, 2**62 - GATEWAY_WINDOW) is None
    assert use_sequence(window, 2**62 - GATEWAY_WINDOW + 1) is not None


def test_malformed_bytes_are_inadmissible_never_an_exception():
    world = World()
    assert verdicts(world, b"", b"\xc1", bytes(600_000), encode([1, 2])) == [Code.ENVELOPE_MALFORMED] * 4
