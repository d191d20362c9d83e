"""Rules of validators, block limits and the version of the rules: check_alone, check_against, apply."""

from collections.abc import Sequence
from typing import Final

from huitong.crypto import check_public_key, total_power
from huitong.kernel import At, Effect, changed_sets, rules_version, validator_sets
from huitong.state import StateView
from huitong.state import keys as state_keys
from huitong.types import Code, Failed, HuitongError, Parameters, ScheduledRules, Validator, ValidatorSets, encode
from huitong.types.limits import MAX_BLOCK_BYTES, MAX_BLOCK_TRANSACTIONS, MAX_VALIDATORS
from huitong.types.registry import PROTOCOL_VERSION, KeyKind

from . import keys
from .errors import invalid, unknown
from .messages import CancelRules, RemoveValidator, ScheduleRules, SetParameters, SetValidator
from .queries import validator_owner
from .rights import Rule
from .rules import MAX_GAS

MAX_POWER: Final = 10**12
"""Of one validator: the sum over all stays far below CometBFT's bound of 2^60."""
MAX_RULES_VERSION: Final = 2**31 - 1
MAX_HEIGHT: Final = 2**62
_SECOND: Final = 10**9
BOUNDS: Final = {
    "max_bytes": (1024 * 1024, MAX_BLOCK_BYTES),
    "max_transactions": (1, MAX_BLOCK_TRANSACTIONS),
    "max_gas": (10_000_000, MAX_GAS),
    "max_transaction_gas": (1_000_000, MAX_GAS),
    "replay_window_ns": (60 * _SECOND, 24 * 3600 * _SECOND),
}
"""Lowest and highest value of each limit: a chain can always still take the transaction that mends it."""


def check_quorum(before: Sequence[Validator], after: Sequence[Validator]) -> None:
    """Refuse a set in which what stays of the former power has not more than two thirds. Raises Failed HT4203, HT4206.

    Which validators are online stands in no state. So the rule takes the present ones to be the quorum: of each that
    stays, the smaller of its two powers counts, and these decide blocks even if nobody new ever comes.
    """
    if not after:
        raise Failed(Code.LAST_OF_NETWORK, what="validator")
    former = {item.public_key: item.power for item in before}
    kept = sum(min(item.power, former.get(item.public_key, 0)) for item in after)
    total = total_power(after)
    if kept * 3 <= total * 2:
        raise Failed(Code.QUORUM_WOULD_BREAK, kept=kept, total=total)


def _with(sets: ValidatorSets, public_key: bytes, power: int) -> tuple[Validator, ...]:
    """The newest set with another power of one validator; 0 leaves it out."""
    others = tuple(item for item in sets.validators if item.public_key != public_key)
    return (*others, Validator(public_key, power)) if power else others


class _ValidatorRule(Rule):
    """What both rules of validators share."""

    def _check_change(self, view: StateView, at: At, public_key: bytes, power: int) -> None:
        sets = validator_sets(view)
        if at.block.height < sets.from_height:
            raise Failed(Code.VALIDATOR_CHANGE_PENDING, height=sets.from_height)
        after = _with(sets, public_key, power)
        if len(after) > MAX_VALIDATORS:
            raise invalid(f"there are at most {MAX_VALIDATORS} validators")
        check_quorum(sets.validators, after)

    def _changed(self, view: StateView, at: At, public_key: bytes, power: int, organisation: str) -> Effect:
        sets = validator_sets(view)
        record = changed_sets(sets, _with(sets, public_key, power), at.block.height)
        owner = {keys.validator_owner(public_key): organisation.encode() if power else None}
        event = {"organisation": organisation, "validator": public_key, "power": power}
        return Effect(owner, (("ValidatorChanged", event),), None, {state_keys.VALIDATORS: record})


class SetValidatorRule(_ValidatorRule):
    """A new validator, or another power of one."""

    act = "set_validator"

    def check_alone(self, message: SetValidator) -> None:
        """Form of the key, bounds of the power."""
        try:
            check_public_key(KeyKind.ED25519, message.public_key)
        except HuitongError as error:
            raise Failed(Code.KEY_INVALID, **error.data) from None
        if not 0 < message.power <= MAX_POWER:
            raise Failed(Code.PARAMETER_OUT_OF_BOUNDS, name="power", value=message.power, low=1, high=MAX_POWER)

    def check_against(self, message: SetValidator, view: StateView, at: At) -> None:
        """The policy, the organisation, no change on its way, and the quorum."""
        self.require_policy(view, at)
        self.require_organisation(view, message.organisation)
        owner = validator_owner(view, message.public_key)
        if owner not in {None, message.organisation}:
            raise invalid(f"the validator is of organisation {owner}")
        if Validator(message.public_key, message.power) in validator_sets(view).validators:
            raise invalid("the validator has this power already")
        self._check_change(view, at, message.public_key, message.power)

    def apply(self, message: SetValidator, view: StateView, at: At) -> Effect:
        """Write the sets and the owner."""
        return self._changed(view, at, message.public_key, message.power, message.organisation)


class RemoveValidatorRule(_ValidatorRule):
    """A validator that signs no more."""

    act = "remove_validator"

    def check_alone(self, message: RemoveValidator) -> None:
        """Nothing to check."""

    def check_against(self, message: RemoveValidator, view: StateView, at: At) -> None:
        """The policy or the validator's own organisation, no change on its way, and the quorum."""
        owner = validator_owner(view, message.public_key)
        if owner is None:
            raise unknown("validator", message.public_key[:32].hex())
        self.require_own(view, at, owner)
        self._check_change(view, at, message.public_key, 0)

    def apply(self, message: RemoveValidator, view: StateView, at: At) -> Effect:
        """Write the sets, forget the owner."""
        owner = validator_owner(view, message.public_key) or ""
        return self._changed(view, at, message.public_key, 0, owner)


class SetParametersRule(Rule):
    """Other limits of blocks and transactions."""

    act = "set_parameters"

    def check_alone(self, message: SetParameters) -> None:
        """Each limit within its bounds, and a transaction within a block."""
        for name, (low, high) in BOUNDS.items():
            value = getattr(message, name)
            if not low <= value <= high:
                raise Failed(Code.PARAMETER_OUT_OF_BOUNDS, name=name, value=value, low=low, high=high)
        if message.max_transaction_gas > message.max_gas:
            raise invalid("max_transaction_gas is above max_gas")

    def check_against(self, message: SetParameters, view: StateView, at: At) -> None:
        """The policy."""
        del message
        self.require_policy(view, at)

    def apply(self, message: SetParameters, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write the limits."""
        fields = {name: getattr(message, name) for name in BOUNDS}
        record = Parameters(PROTOCOL_VERSION, **fields)
        return Effect({}, (("ParametersSet", fields),), None, {state_keys.PARAMETERS: encode(record)})


class ScheduleRulesRule(Rule):
    """A switch of all to another version of the rules."""

    act = "schedule_rules"

    def check_alone(self, message: ScheduleRules) -> None:
        """Numbers in range."""
        if not 0 < message.version <= MAX_RULES_VERSION or not 0 < message.height <= MAX_HEIGHT:
            raise invalid("version or height is out of range")

    def check_against(self, message: ScheduleRules, view: StateView, at: At) -> None:
        """The policy, a later version, a height that is not over."""
        self.require_policy(view, at)
        current = rules_version(view)
        if message.version <= current:
            raise Failed(Code.RULES_NOT_LATER, version=message.version, current=current)
        if message.height < at.block.height:
            raise invalid(f"height {message.height} is over")

    def apply(self, message: ScheduleRules, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write the plan."""
        plan = ScheduledRules(message.version, message.height)
        event = {"version": message.version, "height": message.height}
        return Effect({}, (("RulesScheduled", event),), None, {state_keys.SCHEDULED_RULES: encode(plan)})


class CancelRulesRule(Rule):
    """The end of a plan to switch."""

    act = "cancel_rules"

    def check_alone(self, message: CancelRules) -> None:
        """Nothing to check."""

    def check_against(self, message: CancelRules, view: StateView, at: At) -> None:
        """The policy, and that there is a plan."""
        del message
        self.require_policy(view, at)
        if view.get(state_keys.SCHEDULED_RULES) is None:
            raise unknown("plan of rules", "cancel_rules")

    def apply(self, message: CancelRules, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Delete the plan."""
        return Effect({}, (("RulesCancelled", {}),), None, {state_keys.SCHEDULED_RULES: None})
