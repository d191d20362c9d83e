"""Transactions that change the network, and waiting until they act."""

import asyncio
from typing import Any, Final

import msgspec

from huitong.api import TransactionAnswer
from huitong.api.client import AsyncClient, Wallet
from huitong.crypto import module_address, validator_address
from huitong.node.development import QUOTA_BYTES, QUOTA_GAS
from huitong.types import Code, HuitongError
from huitong.types.bundle import decode_signed_header
from huitong.types.registry import KeyKind, ModuleId

NETWORK: Final = module_address(ModuleId.NETWORK)
IDENTITY: Final = module_address(ModuleId.IDENTITY)
ACT_SECONDS: Final = 60.0
"""An idle chain makes a block every ten seconds; a change of validators acts after two."""
MAX_POWER: Final = 10
_TICK_S: Final = 0.2
_SIGNED: Final = 2

Call = tuple[bytes, str, tuple[Any, ...]]


class Newcomer(msgspec.Struct, frozen=True):
    """What an organisation brings: public parts alone. admin: arguments of `add_member`. node: 20 bytes."""

    organisation: str
    title: str
    admin: tuple[Any, ...]
    node: bytes
    address: str
    gateway_key: bytes
    validator_key: bytes


def admission_calls(newcomer: Newcomer, known: list[str]) -> list[Call]:
    """Calls of the one transaction that lets a node in: organisation (unless it is known), node, gateway."""
    name = newcomer.organisation
    calls: list[Call] = []
    if name not in known:
        calls.append((IDENTITY, "add_organisation", (name, newcomer.title, list(newcomer.admin))))
    calls.append((NETWORK, "register_node", (name, newcomer.node, newcomer.address)))
    gateway = (name, int(KeyKind.ED25519), newcomer.gateway_key, QUOTA_GAS, QUOTA_BYTES)
    calls.append((NETWORK, "register_gateway", gateway))
    return calls


async def admit(client: AsyncClient, wallet: Wallet, newcomer: Newcomer) -> TransactionAnswer:
    """Let a node in. Raises what the chain refuses with."""
    calls = admission_calls(newcomer, await client.organisations())
    return await client.submit(await client.sign(calls, wallet=wallet))


async def members(client: AsyncClient) -> dict[str, Any]:
    """Return what the chain knows of its network: nodes, gateways, validators, admins, rules."""
    names = ("nodes", "gateways", "validators", "admins", "rules")
    return {name: await client.view(NETWORK, name) for name in names}


def power_step(validators: list[dict[str, Any]], public_key: bytes, wanted: int) -> int:
    """Power that one step may give: the present power that stays must be more than two thirds of the new total."""
    former = sum(int(one["power"]) for one in validators if one["public_key"] == public_key)
    others = sum(int(one["power"]) for one in validators if one["public_key"] != public_key)
    most = (3 * (others + former) - 1) // 2 - others
    return max(1, min(wanted, most))


async def make_validator(
    client: AsyncClient, wallet: Wallet, organisation: str, public_key: bytes, wanted: int
) -> tuple[int, int]:
    """Give a validator its power, in steps if the quorum asks for it; return the power and the height it acts from."""
    while True:
        validators = (await client.view(NETWORK, "validators"))["validators"]
        power = power_step(validators, public_key, wanted)
        calls = [(NETWORK, "set_validator", (organisation, public_key, power))]
        await client.submit(await client.sign(calls, wallet=wallet))
        height = int((await client.view(NETWORK, "validators"))["from_height"])
        await wait_for_height(client, height)
        if power == wanted:
            return power, height


async def take_validator_out(client: AsyncClient, wallet: Wallet, public_key: bytes) -> None:
    """Take a validator out, and return when the set without it signs."""
    await client.submit(await client.sign([(NETWORK, "remove_validator", (public_key,))], wallet=wallet))
    await wait_for_height(client, int((await client.view(NETWORK, "validators"))["from_height"]))


async def wait_for_height(client: AsyncClient, height: int) -> None:
    """Wait until a node has told a height. Raises HT8007."""
    deadline = asyncio.get_running_loop().time() + ACT_SECONDS
    while (await client.status()).height < height:
        if asyncio.get_running_loop().time() > deadline:
            raise _late(f"no block {height}")
        await asyncio.sleep(_TICK_S)


async def wait_for_signature(client: AsyncClient, public_key: bytes, height: int) -> int:
    """Wait for a block at or above a height that a validator signed; return its height. Raises HT8007."""
    address = validator_address(public_key)
    deadline = asyncio.get_running_loop().time() + ACT_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        newest = (await client.status()).height
        for candidate in range(height, newest + 1):
            commit = decode_signed_header(await client.signed_header(candidate)).commit
            if any(one.flag == _SIGNED and bytes(one.validator_address) == address for one in commit.signatures):
                return candidate
        height = max(height, newest)
        await asyncio.sleep(_TICK_S)
    raise _late("no block that the validator signed")


def _late(what: str) -> HuitongError:
    return HuitongError(Code.NODE_UNREACHABLE, url="the network", reason=f"{what} within {ACT_SECONDS:.0f} s")
