"""Questions to the module."""

from itertools import islice
from typing import Any, Final

import msgspec

from huitong.kernel import rules_version, validator_sets
from huitong.state import StateView
from huitong.state import keys as state_keys
from huitong.types import Gateway, NetworkNode, ScheduledRules, decode_scanned
from huitong.types.limits import MAX_NETWORK_ENTRIES
from huitong.types.registry import ModuleId

from . import keys

_GATEWAYS: Final = state_keys.gateway(b"")


class Nothing(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """No arguments."""


def read(view: StateView, key: bytes) -> bytes | None:
    """Return the value under a key of this module."""
    return view.get(state_keys.module(ModuleId.NETWORK, key))


def registered_node(view: StateView, node_id: bytes) -> NetworkNode | None:
    """Return a node's record, None when it is not registered."""
    raw = read(view, keys.node(node_id))
    return decode_scanned(raw, NetworkNode) if raw else None


def registered_nodes(view: StateView) -> list[NetworkNode]:
    """All nodes, by id."""
    prefix = state_keys.module(ModuleId.NETWORK, keys.NODES)
    rows = islice(view.scan(prefix, state_keys.after(prefix)), MAX_NETWORK_ENTRIES)
    return [decode_scanned(raw, NetworkNode) for _, raw in rows]


def find_gateway(view: StateView, address: bytes) -> Gateway | None:
    """Return a gateway's record, also of a removed one."""
    raw = view.get(state_keys.gateway(address))
    return decode_scanned(raw, Gateway) if raw else None


def active_gateways(view: StateView) -> int:
    """Number of gateways that may sign, at most one above the limit."""
    rows = view.scan(_GATEWAYS, state_keys.after(_GATEWAYS))
    return sum(1 for _ in islice((True for _, raw in rows if decode_scanned(raw, Gateway).active), MAX_NETWORK_ENTRIES))


def validator_owner(view: StateView, public_key: bytes) -> str | None:
    """Name of the organisation that runs a validator of the newest set, None when it is none."""
    raw = read(view, keys.validator_owner(public_key))
    return raw.decode() if raw else None


def answer_nodes(_: Nothing, view: StateView) -> list[dict[str, Any]]:
    """All nodes: organisation, node (20 bytes), address."""
    found = registered_nodes(view)
    return [{"organisation": one.organisation, "node": one.node_id, "address": one.address} for one in found]


def answer_gateways(_: Nothing, view: StateView) -> list[dict[str, Any]]:
    """Active gateways: organisation, address, key, quota per block."""
    rows = view.scan(_GATEWAYS, state_keys.after(_GATEWAYS))
    found = ((key[len(_GATEWAYS) :], decode_scanned(raw, Gateway)) for key, raw in rows)
    return [
        {
            "organisation": one.organisation,
            "gateway": address,
            "key_kind": one.key_kind,
            "public_key": one.public_key,
            "max_gas_per_block": one.max_gas_per_block,
            "max_bytes_per_block": one.max_bytes_per_block,
        }
        for address, one in islice((pair for pair in found if pair[1].active), MAX_NETWORK_ENTRIES)
    ]


def answer_validators(_: Nothing, view: StateView) -> dict[str, Any]:
    """The newest set and the first height that it signs; of each validator organisation, key, power."""
    sets = validator_sets(view)
    listed = [
        {
            "organisation": validator_owner(view, item.public_key) or "",
            "public_key": item.public_key,
            "power": item.power,
        }
        for item in sets.validators
    ]
    return {"from_height": sets.from_height, "validators": listed}


def answer_admins(_: Nothing, view: StateView) -> list[str]:
    """Organisations whose admins may change the network."""
    raw = read(view, keys.ADMINS)
    return decode_scanned(raw, list[str]) if raw else []


def answer_rules(_: Nothing, view: StateView) -> dict[str, Any]:
    """Version in force for the next block, and the plan: version and height, 0 when there is none."""
    raw = view.get(state_keys.SCHEDULED_RULES)
    plan = decode_scanned(raw, ScheduledRules) if raw else ScheduledRules(0, 0)
    return {"version": rules_version(view), "next_version": plan.version, "next_height": plan.height}
