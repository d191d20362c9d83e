"""The network in state: validator sets, and what a block changes that the engine must be told of."""

from typing import Final

import msgspec

from huitong.crypto import order_validators
from huitong.state import StateView, WriteSet, keys
from huitong.types import Genesis, Parameters, Validator, ValidatorSets, decode_scanned, encode
from huitong.types.registry import PROTOCOL_VERSION

CHANGE_DELAY: Final = 2
"""Blocks from the one that changes the validators to the first that the changed set signs, as in CometBFT."""


class NetworkChanges(msgspec.Struct, frozen=True):
    """What a block changes for the engine, None or empty when it does not.

    validators: act two blocks later; power 0 takes a validator out. parameters, rules_version: of the next block.
    """

    validators: tuple[Validator, ...]
    parameters: Parameters | None
    rules_version: int | None


def first_sets(genesis: Genesis) -> ValidatorSets:
    """Validators of a genesis document."""
    validators = order_validators(genesis.validator_set)
    return ValidatorSets(PROTOCOL_VERSION, genesis.initial_height, validators, validators)


def validator_sets(view: StateView) -> ValidatorSets:
    """The newest validator set and the one before it."""
    raw = view.get(keys.VALIDATORS)
    assert raw is not None, "a chain has validators from genesis on"
    return decode_scanned(raw, ValidatorSets)


def changed_sets(sets: ValidatorSets, validators: tuple[Validator, ...], height: int) -> bytes:
    """Record after the block at `height` chose other validators, encoded."""
    ordered = order_validators(validators)
    return encode(ValidatorSets(PROTOCOL_VERSION, height + CHANGE_DELAY, ordered, sets.validators))


def network_changes(before: StateView, writes: WriteSet) -> NetworkChanges:
    """Compare what a block writes with the state before it. Validators are listed by key."""
    raw = writes.get(keys.VALIDATORS)
    validators = _validator_changes(validator_sets(before), decode_scanned(raw, ValidatorSets)) if raw else ()
    parameters, rules = writes.get(keys.PARAMETERS), writes.get(keys.RULES)
    return NetworkChanges(
        validators,
        decode_scanned(parameters, Parameters) if parameters else None,
        int.from_bytes(rules, "big") if rules else None,
    )


def _validator_changes(before: ValidatorSets, after: ValidatorSets) -> tuple[Validator, ...]:
    old = {item.public_key: item.power for item in before.validators}
    new = {item.public_key: item.power for item in after.validators}
    return tuple(
        Validator(public_key, new.get(public_key, 0))
        for public_key in sorted(old | new)
        if old.get(public_key) != new.get(public_key)
    )
