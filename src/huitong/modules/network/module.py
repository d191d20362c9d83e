"""The module as the kernel sees it."""

from collections.abc import Mapping
from typing import Final

from huitong.crypto import Suite
from huitong.kernel import Handler, Question
from huitong.types import Genesis
from huitong.types.registry import ModuleId

from . import consensus, messages, queries, rules
from .genesis import genesis_writes
from .needs import Organisations

_QUESTION_GAS: Final = 20_000
_MESSAGE_GAS: Final = 50_000
"""The dearest count up to 256 records."""


class Network:
    """Nodes, gateways, validators, parameters, rules, and who may change them."""

    id: int = ModuleId.NETWORK

    def __init__(self, suite: Suite, organisations: Organisations) -> None:
        gas, known = _MESSAGE_GAS, organisations
        self.handlers: Mapping[str, Handler] = {
            "register_node": rules.RegisterNodeRule(gas, messages.RegisterNode, known),
            "remove_node": rules.RemoveNodeRule(gas, messages.RemoveNode, known),
            "register_gateway": rules.RegisterGatewayRule(suite, gas, messages.RegisterGateway, known),
            "replace_gateway": rules.ReplaceGatewayRule(suite, gas, messages.ReplaceGateway, known),
            "set_gateway_quota": rules.SetGatewayQuotaRule(suite, gas, messages.SetGatewayQuota, known),
            "remove_gateway": rules.RemoveGatewayRule(suite, gas, messages.RemoveGateway, known),
            "set_admins": rules.SetAdminsRule(gas, messages.SetAdmins, known),
            "set_validator": consensus.SetValidatorRule(gas, messages.SetValidator, known),
            "remove_validator": consensus.RemoveValidatorRule(gas, messages.RemoveValidator, known),
            "set_parameters": consensus.SetParametersRule(gas, messages.SetParameters, known),
            "schedule_rules": consensus.ScheduleRulesRule(gas, messages.ScheduleRules, known),
            "cancel_rules": consensus.CancelRulesRule(gas, messages.CancelRules, known),
        }
        self.queries: Mapping[str, Question] = {
            "nodes": Question(_QUESTION_GAS, queries.Nothing, queries.answer_nodes),
            "gateways": Question(_QUESTION_GAS, queries.Nothing, queries.answer_gateways),
            "validators": Question(_QUESTION_GAS, queries.Nothing, queries.answer_validators),
            "admins": Question(_QUESTION_GAS, queries.Nothing, queries.answer_admins),
            "rules": Question(_QUESTION_GAS, queries.Nothing, queries.answer_rules),
        }

    def genesis(self, genesis: Genesis) -> Mapping[bytes, bytes]:
        """First state. Raises HT6102."""
        return genesis_writes(genesis)
