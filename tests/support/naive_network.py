"""The module `network` as plainly as the specification allows: a part of the naive model of `naive_kernel`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from huitong.cli.qa.bytes_pack import pack
from huitong.types import Code

PREFIX = b"\x02\0\4"
RIGHTS = {"admin", "network-admin"}


@dataclass
class NaiveNetwork:
    """gateways: address -> [organisation, kind, key, quota of gas, quota of bytes], the active ones. retired: others.

    newest, former: power by validator key; newest acts from `from_height` on. owners: organisation by validator key.
    """

    admins: set[str]
    gateways: dict[bytes, list[Any]]
    newest: dict[bytes, int]
    owners: dict[bytes, str]
    former: dict[bytes, int] = field(default_factory=dict)
    from_height: int = 1
    nodes: dict[bytes, str] = field(default_factory=dict)
    retired: set[bytes] = field(default_factory=set)
    plan: tuple[int, int] | None = None
    version: int = 1

    def policy(self, person: Any) -> bool:
        return person.organisation in self.admins and bool(RIGHTS & set(person.roles))

    def own(self, person: Any, organisation: str) -> bool:
        mine = person.organisation == organisation and bool(RIGHTS & set(person.roles))
        return mine or self.policy(person)

    def act(self, person: Any, name: str, args: tuple[Any, ...], model: Any) -> int:
        """Do a message on the state of the model; its code, 0 when it is done."""
        code: int = getattr(self, name)(person, model, *args)
        return code

    def register_node(self, person: Any, model: Any, organisation: str, node: bytes, address: str) -> int:
        if not self.policy(person):
            return Code.PERMISSION_MISSING
        if organisation not in model.organisations:
            return Code.ORGANISATION_UNKNOWN
        if node in self.nodes:
            return Code.NETWORK_ENTRY_EXISTS
        self.nodes[node] = organisation
        model.state[PREFIX + b"\x01" + node] = pack([1, organisation, node, address])
        return 0

    def remove_node(self, person: Any, model: Any, node: bytes) -> int:
        if node not in self.nodes:
            return Code.NETWORK_ENTRY_UNKNOWN
        if not self.own(person, self.nodes[node]):
            return Code.PERMISSION_MISSING
        del self.nodes[node], model.state[PREFIX + b"\x01" + node]
        return 0

    def set_admins(self, person: Any, model: Any, names: list[str]) -> int:
        if not self.policy(person):
            return Code.PERMISSION_MISSING
        if not set(names) <= model.organisations:
            return Code.ORGANISATION_UNKNOWN
        self.admins = set(names)
        model.state[PREFIX + b"\x02"] = pack(sorted(names))
        return 0

    def set_gateway_quota(self, person: Any, model: Any, gateway: bytes, gas: int, size: int) -> int:
        if not self.policy(person):
            return Code.PERMISSION_MISSING
        if gateway not in self.gateways:
            return Code.NETWORK_ENTRY_UNKNOWN
        self.gateways[gateway] = [*self.gateways[gateway][:3], gas, size]
        model.state[b"\x01gateways/" + gateway] = pack([1, *self.gateways[gateway], True])
        return 0

    def remove_gateway(self, person: Any, model: Any, gateway: bytes) -> int:
        if gateway not in self.gateways:
            return Code.NETWORK_ENTRY_UNKNOWN
        if not self.own(person, self.gateways[gateway][0]):
            return Code.PERMISSION_MISSING
        if len(self.gateways) == 1:
            return Code.LAST_OF_NETWORK
        self.retired.add(gateway)
        model.state[b"\x01gateways/" + gateway] = pack([1, *self.gateways.pop(gateway), False])
        return 0

    def set_validator(self, person: Any, model: Any, organisation: str, key: bytes, power: int) -> int:
        if not self.policy(person):
            return Code.PERMISSION_MISSING
        if organisation not in model.organisations:
            return Code.ORGANISATION_UNKNOWN
        if self.owners.get(key, organisation) != organisation or self.newest.get(key) == power:
            return Code.ARGUMENTS_INVALID
        return self._change(model, organisation, key, power)

    def remove_validator(self, person: Any, model: Any, key: bytes) -> int:
        if key not in self.owners:
            return Code.NETWORK_ENTRY_UNKNOWN
        if not self.own(person, self.owners[key]):
            return Code.PERMISSION_MISSING
        return self._change(model, "", key, 0)

    def _change(self, model: Any, organisation: str, key: bytes, power: int) -> int:
        after = {one: each for one, each in {**self.newest, key: power}.items() if each}
        if model.height < self.from_height:
            return Code.VALIDATOR_CHANGE_PENDING
        if not after:
            return Code.LAST_OF_NETWORK
        if 3 * sum(min(each, self.newest.get(one, 0)) for one, each in after.items()) <= 2 * sum(after.values()):
            return Code.QUORUM_WOULD_BREAK
        self.former, self.newest, self.from_height = self.newest, after, model.height + 2
        model.state[b"\x01validators"] = pack([1, self.from_height, listed(after), listed(self.former)])
        if power:
            self.owners[key] = organisation
            model.state[PREFIX + b"\x03" + key] = organisation.encode()
        else:
            del self.owners[key], model.state[PREFIX + b"\x03" + key]
        return 0

    def schedule_rules(self, person: Any, model: Any, version: int, height: int) -> int:
        if not self.policy(person):
            return Code.PERMISSION_MISSING
        if version <= self.version:
            return Code.RULES_NOT_LATER
        if height < model.height:
            return Code.ARGUMENTS_INVALID
        self.plan = (version, height)
        model.state[b"\x01rules/next"] = pack([version, height])
        return 0

    def cancel_rules(self, person: Any, model: Any) -> int:
        if not self.policy(person):
            return Code.PERMISSION_MISSING
        if self.plan is None:
            return Code.NETWORK_ENTRY_UNKNOWN
        self.plan = None
        del model.state[b"\x01rules/next"]
        return 0

    def switch_rules(self, model: Any) -> None:
        """At the end of a block with envelopes."""
        if self.plan is not None and self.plan[1] <= model.height:
            self.version, self.plan = self.plan[0], None
            model.state[b"\x01rules"] = self.version.to_bytes(8, "big")
            del model.state[b"\x01rules/next"]


def listed(powers: dict[bytes, int]) -> list[list[Any]]:
    """Validators by falling power, then by address."""
    return sorted(([key, power] for key, power in powers.items()), key=lambda one: (-one[1], sha256(one[0])[:20]))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
