"""Rules of nodes, gateways and the policy: check_alone, check_against, apply."""

import re
from typing import Any, Final

import msgspec

from huitong.crypto import Suite, check_suite_key, key_address
from huitong.kernel import At, Effect
from huitong.state import StateView
from huitong.state import keys as state_keys
from huitong.types import Code, Failed, Gateway, HuitongError, NetworkNode, encode, hex_text
from huitong.types.limits import ADDRESS_BYTES, MAX_BLOCK_BYTES, MAX_NETWORK_ENTRIES
from huitong.types.registry import PROTOCOL_VERSION

from . import keys
from .errors import exists, invalid, unknown
from .messages import (
    RegisterGateway,
    RegisterNode,
    RemoveGateway,
    RemoveNode,
    ReplaceGateway,
    SetAdmins,
    SetGatewayQuota,
)
from .needs import Organisations
from .queries import active_gateways, find_gateway, registered_node, registered_nodes
from .rights import Rule

MAX_GAS: Final = 10**12
"""Bound of gas in quotas and limits of blocks."""
_ADDRESS: Final = re.compile(
    r"[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,251}[a-zA-Z0-9])?:[1-9][0-9]{0,4}|\[[0-9a-f:]{2,39}\]:[1-9][0-9]{0,4}"
)
_LAST_PORT: Final = 65_535


def check_node_address(text: str) -> None:
    """Refuse what is neither empty nor HOST:PORT. Raises Failed HT4004."""
    if text and (not _ADDRESS.fullmatch(text) or int(text.rpartition(":")[2]) > _LAST_PORT):
        raise invalid("the address of a node is HOST:PORT, or empty")


def check_quota(gas: int, size: int) -> None:
    """Refuse quotas out of range. Raises Failed HT4205."""
    for name, value, high in (("max_gas_per_block", gas, MAX_GAS), ("max_bytes_per_block", size, MAX_BLOCK_BYTES)):
        if not 0 < value <= high:
            raise Failed(Code.PARAMETER_OUT_OF_BOUNDS, name=name, value=value, low=1, high=high)


class RegisterNodeRule(Rule):
    """A node that the others let in."""

    act = "register_node"

    def check_alone(self, message: RegisterNode) -> None:
        """Form of id and address."""
        if len(message.node_id) != ADDRESS_BYTES:
            raise invalid(f"a node id has {ADDRESS_BYTES} bytes")
        check_node_address(message.address)

    def check_against(self, message: RegisterNode, view: StateView, at: At) -> None:
        """The policy, the organisation, and that the id is new."""
        self.require_policy(view, at)
        self.require_organisation(view, message.organisation)
        if registered_node(view, message.node_id) is not None:
            raise exists("node", message.node_id.hex())
        if len(registered_nodes(view)) >= MAX_NETWORK_ENTRIES:
            raise invalid(f"there are at most {MAX_NETWORK_ENTRIES} nodes")

    def apply(self, message: RegisterNode, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write the record."""
        record = NetworkNode(PROTOCOL_VERSION, message.organisation, message.node_id, message.address)
        event = {"organisation": message.organisation, "node": message.node_id, "address": message.address}
        return Effect({keys.node(message.node_id): encode(record)}, (("NodeRegistered", event),), None)


class RemoveNodeRule(Rule):
    """A node that the others let in no more."""

    act = "remove_node"

    def check_alone(self, message: RemoveNode) -> None:
        """Nothing to check."""

    def check_against(self, message: RemoveNode, view: StateView, at: At) -> None:
        """The policy or the node's own organisation."""
        record = registered_node(view, message.node_id)
        if record is None:
            raise unknown("node", message.node_id[:ADDRESS_BYTES].hex())
        self.require_own(view, at, record.organisation)

    def apply(self, message: RemoveNode, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Delete the record."""
        return Effect({keys.node(message.node_id): None}, (("NodeRemoved", {"node": message.node_id}),), None)


class GatewayRule(Rule):
    """What the rules of gateways share."""

    def __init__(self, suite: Suite, gas: int, message: type[Any], organisations: Organisations) -> None:
        super().__init__(gas, message, organisations)
        self._suite = suite

    def _check_key(self, kind: int, public_key: bytes) -> None:
        try:
            check_suite_key(self._suite, kind, public_key)
        except HuitongError as error:
            raise Failed(Code.KEY_INVALID, **error.data) from None

    def _check_new(self, view: StateView, kind: int, public_key: bytes) -> None:
        address = key_address(self._suite, kind, public_key)
        if find_gateway(view, address) is not None:
            raise exists("gateway", hex_text(address))

    def _active(self, view: StateView, address: bytes) -> Gateway:
        record = find_gateway(view, address) if len(address) == ADDRESS_BYTES else None
        if record is None or not record.active:
            raise unknown("gateway", hex_text(address[:ADDRESS_BYTES]))
        return record

    def _written(self, record: Gateway, name: str, former: dict[bytes, bytes | None] | None = None) -> Effect:
        address = key_address(self._suite, record.key_kind, record.public_key)
        system: dict[bytes, bytes | None] = {state_keys.gateway(address): encode(record), **(former or {})}
        event = {"organisation": record.organisation, "gateway": address}
        return Effect({}, ((name, event),), address, system)


class RegisterGatewayRule(GatewayRule):
    """A gateway of an organisation."""

    act = "register_gateway"

    def check_alone(self, message: RegisterGateway) -> None:
        """Form of the key, bounds of the quota."""
        self._check_key(message.key_kind, message.public_key)
        check_quota(message.max_gas_per_block, message.max_bytes_per_block)

    def check_against(self, message: RegisterGateway, view: StateView, at: At) -> None:
        """The policy, the organisation, and that the key was never a gateway's."""
        self.require_policy(view, at)
        self.require_organisation(view, message.organisation)
        self._check_new(view, message.key_kind, message.public_key)
        if active_gateways(view) >= MAX_NETWORK_ENTRIES:
            raise invalid(f"there are at most {MAX_NETWORK_ENTRIES} gateways")

    def apply(self, message: RegisterGateway, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write the record; the value is its address."""
        record = Gateway(
            PROTOCOL_VERSION,
            message.organisation,
            message.key_kind,
            message.public_key,
            message.max_gas_per_block,
            message.max_bytes_per_block,
            active=True,
        )
        return self._written(record, "GatewayRegistered")


class ReplaceGatewayRule(GatewayRule):
    """The next key of a gateway."""

    act = "replace_gateway"

    def check_alone(self, message: ReplaceGateway) -> None:
        """Form of the key."""
        self._check_key(message.key_kind, message.public_key)

    def check_against(self, message: ReplaceGateway, view: StateView, at: At) -> None:
        """The policy or the gateway's own organisation; the key was never a gateway's."""
        self.require_own(view, at, self._active(view, message.gateway).organisation)
        self._check_new(view, message.key_kind, message.public_key)

    def apply(self, message: ReplaceGateway, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write both records; the value is the new address."""
        record = self._active(view, message.gateway)
        retired = msgspec.structs.replace(record, active=False)
        fresh = msgspec.structs.replace(record, key_kind=message.key_kind, public_key=message.public_key)
        return self._written(fresh, "GatewayReplaced", {state_keys.gateway(message.gateway): encode(retired)})


class SetGatewayQuotaRule(GatewayRule):
    """Another quota of a gateway."""

    act = "set_gateway_quota"

    def check_alone(self, message: SetGatewayQuota) -> None:
        """Bounds of the quota."""
        check_quota(message.max_gas_per_block, message.max_bytes_per_block)

    def check_against(self, message: SetGatewayQuota, view: StateView, at: At) -> None:
        """The policy, and that the gateway is active."""
        self.require_policy(view, at)
        self._active(view, message.gateway)

    def apply(self, message: SetGatewayQuota, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write the record."""
        quota = {name: getattr(message, name) for name in ("max_gas_per_block", "max_bytes_per_block")}
        return self._written(msgspec.structs.replace(self._active(view, message.gateway), **quota), "GatewayQuotaSet")


class RemoveGatewayRule(GatewayRule):
    """The end of a gateway."""

    act = "remove_gateway"

    def check_alone(self, message: RemoveGateway) -> None:
        """Nothing to check."""

    def check_against(self, message: RemoveGateway, view: StateView, at: At) -> None:
        """The policy or the gateway's own organisation; one gateway is left."""
        self.require_own(view, at, self._active(view, message.gateway).organisation)
        if active_gateways(view) == 1:
            raise Failed(Code.LAST_OF_NETWORK, what="gateway")

    def apply(self, message: RemoveGateway, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Keep the record, inactive, so that the key is not used again."""
        return self._written(
            msgspec.structs.replace(self._active(view, message.gateway), active=False), "GatewayRemoved"
        )


class SetAdminsRule(Rule):
    """Another policy."""

    act = "set_admins"

    def check_alone(self, message: SetAdmins) -> None:
        """At least one organisation, none twice."""
        listed = message.organisations
        if not 0 < len(listed) <= MAX_NETWORK_ENTRIES or len(set(listed)) != len(listed):
            raise invalid(f"the policy names 1 to {MAX_NETWORK_ENTRIES} different organisations")

    def check_against(self, message: SetAdmins, view: StateView, at: At) -> None:
        """The policy, and that all organisations exist."""
        self.require_policy(view, at)
        for name in message.organisations:
            self.require_organisation(view, name)

    def apply(self, message: SetAdmins, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Write the names in order."""
        listed = sorted(message.organisations)
        return Effect({keys.ADMINS: encode(listed)}, (("NetworkAdminsSet", {"organisations": listed}),), None)
