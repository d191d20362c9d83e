"""Every message of the module `network`, done and refused, with the blocks in which it acts."""

from __future__ import annotations

from typing import Any, Final

from kernel_world import World, address, key

from huitong.crypto import INTERNATIONAL, module_address
from huitong.kernel import Rules
from huitong.modules.identity import Directory
from huitong.modules.network import Network
from huitong.modules.network.consensus import BOUNDS
from huitong.types import DEFAULT_PARAMETERS
from huitong.types.registry import KeyKind, ModuleId

NETWORK: Final = module_address(ModuleId.NETWORK)
ALICE, CAROL, WANG = "alice@hospital-a", "carol@hospital-a", "wang@hospital-b"
LATER, NEXT = "later gateway", "next gateway"
SECOND: Final = key("second validator").public_key
NODE: Final = bytes(range(20))
TWO: Final = {version: Rules(version, {}) for version in (1, 2)}
QUESTIONS: Final = ("nodes", "gateways", "validators", "admins", "rules")


def network_modules() -> tuple[Any, ...]:
    return (Network(INTERNATIONAL, Directory()),)


def limits(**changes: int) -> tuple[int, ...]:
    """Arguments of `set_parameters`."""
    return tuple(({name: getattr(DEFAULT_PARAMETERS, name) for name in BOUNDS} | changes).values())


class NetworkScenario:
    """Runs the blocks on a world with the module and two versions of the rules."""

    def __init__(self, world: World) -> None:
        self.world = world

    def says(self, who: str, method: str, *args: Any) -> bytes:
        return self.world.transaction(who, (NETWORK, method, args))

    def run(self) -> None:
        self.registry()
        self.gateways()
        self.validators()
        self.parameters()
        self.rules()
        self.departures()

    def ask(self) -> None:
        self.world.run(*(self.says(CAROL, question) for question in QUESTIONS))

    def registry(self) -> None:
        node = ("hospital-b", NODE, "node.hospital-b.example:26656")
        self.world.run(
            self.says(WANG, "register_node", *node),
            self.says(CAROL, "register_node", *node),
            self.says(ALICE, "register_node", *node),
            self.says(ALICE, "register_node", *node),
            self.says(ALICE, "register_node", "nobody", bytes(20), ""),
            self.says(ALICE, "register_node", "hospital-a", bytes(19), ""),
            self.says(ALICE, "remove_node", bytes(20)),
        )

    def gateways(self) -> None:
        world = self.world
        later, following = key(LATER), key(NEXT)
        new = ("hospital-b", KeyKind.ED25519, later.public_key, 10**9, 1 << 20)
        world.run(
            *(self.says(who, "register_gateway", *new) for who in (WANG, ALICE, ALICE)),
            self.says(ALICE, "set_gateway_quota", address(LATER), 0, 1),
        )
        world.block(
            world.envelope(self.says(CAROL, "gateways"), signer=LATER),
            world.envelope(self.says(CAROL, "nodes"), signer=LATER, gas_limit=2 * 10**9),
        )
        world.run(
            self.says(ALICE, "set_gateway_quota", address(LATER), 2 * 10**8, 1 << 20),
            self.says(CAROL, "replace_gateway", address(LATER), following.kind, following.public_key),
            self.says(WANG, "replace_gateway", address(LATER), following.kind, following.public_key),
        )
        world.block(*(world.envelope(self.says(CAROL, "gateways"), signer=one) for one in (LATER, NEXT)))
        self.ask()

    def validators(self) -> None:
        world = self.world
        world.run(
            self.says(WANG, "set_validator", "hospital-b", SECOND, 4),
            self.says(ALICE, "set_validator", "hospital-b", SECOND, 5),
            self.says(ALICE, "set_validator", "hospital-b", SECOND, 0),
            self.says(ALICE, "set_validator", "hospital-b", SECOND, 4),
            self.says(ALICE, "remove_validator", SECOND),
        )
        world.block()
        self.ask()
        world.run(
            self.says(ALICE, "set_validator", "hospital-b", SECOND, 5),
            self.says(ALICE, "set_validator", "hospital-a", SECOND, 3),
            self.says(ALICE, "remove_validator", key("validator").public_key),
            self.says(ALICE, "set_validator", "hospital-b", SECOND, 3),
        )
        world.block()
        world.block()

    def parameters(self) -> None:
        small = limits(max_bytes=1 << 20, max_gas=10**9, replay_window_ns=120 * 10**9)
        self.world.run(
            self.says(WANG, "set_parameters", *small),
            self.says(ALICE, "set_parameters", *limits(max_bytes=1)),
            self.says(ALICE, "set_parameters", *limits(max_gas=10**7)),
            self.says(ALICE, "set_parameters", *small),
        )
        self.ask()

    def rules(self) -> None:
        world, now = self.world, self.world.height
        world.run(
            self.says(WANG, "schedule_rules", 2, now + 9),
            self.says(ALICE, "schedule_rules", 1, now + 9),
            self.says(ALICE, "schedule_rules", 2, 1),
            self.says(ALICE, "cancel_rules"),
            self.says(ALICE, "schedule_rules", 2, now + 9),
        )
        world.run(self.says(ALICE, "cancel_rules"), self.says(ALICE, "schedule_rules", 2, now + 4))
        self.ask()
        world.block()
        self.ask()
        world.block()
        self.ask()

    def departures(self) -> None:
        world = self.world
        world.run(
            self.says(CAROL, "set_admins", ["hospital-b"]),
            self.says(ALICE, "set_admins", []),
            self.says(ALICE, "set_admins", ["hospital-b", "hospital-a"]),
            self.says(WANG, "remove_validator", SECOND),
            self.says(WANG, "remove_node", NODE),
        )
        world.run(
            self.says(WANG, "set_admins", ["hospital-b"]),
            self.says(ALICE, "remove_gateway", address("gateway")),
            self.says(WANG, "remove_gateway", address(NEXT)),
            self.says(ALICE, "remove_gateway", address("gateway")),
        )
        world.block()
        asked = [self.says(CAROL, question) for question in QUESTIONS]
        world.block(*(world.envelope(*asked, signer=one) for one in ("gateway", NEXT)))
