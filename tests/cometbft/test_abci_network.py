"""Changes of the network under CometBFT, and the same blocks on the embedded engine and by a replay."""

from typing import Any

import pytest
from driven import Driven
from engine_world import Bench
from fake_cometbft import VALIDATOR
from kernel_world import SECOND, key

from huitong.crypto import INTERNATIONAL, consensus_hash, module_address, validators_hash, verify_signed_header
from huitong.engine import Application
from huitong.engine.replay import replay
from huitong.kernel import Rules
from huitong.modules.identity import Directory
from huitong.modules.network import Network
from huitong.modules.network.consensus import BOUNDS
from huitong.store import memory_store
from huitong.types import DEFAULT_PARAMETERS, Call, Code, HuitongError, NetworkNode, Validator
from huitong.types.registry import ModuleId

NETWORK = module_address(ModuleId.NETWORK)
SECOND_KEY = key("second validator").public_key
NODE = bytes(range(20))
TWO = {version: Rules(version, {}) for version in (1, 2)}


def modules() -> tuple[Any, ...]:
    return (Network(INTERNATIONAL, Directory()),)


def calling(method: str, *args: Any) -> dict[str, Any]:
    return {"calls": (Call(NETWORK, method, args),), "gas_limit": 1_000_000}


@pytest.fixture
async def network(tmp_path):
    world = Driven(tmp_path, modules=modules(), rules=TWO, nodes=(NetworkNode(1, "hospital-a", NODE, ""),))
    await world.start()
    yield world
    if world.engine is not None:
        await world.crash()
    await world.comet.close()


async def decided(world: Driven, method: str, *args: Any) -> Any:
    """A block with one call; its answer. The call was executed well."""
    answer = await world.comet.decide([await world.envelope(**calling(method, *args))])
    results = tuple(world.bench.store.results(len(world.comet.blocks)))
    assert results[0].transactions[0].receipt.code == 0
    return answer


def updates(answer: Any) -> dict[bytes, int]:
    return {item.pub_key.ed25519: item.power for item in answer.validator_updates}


async def test_validator_updates_act_two_blocks_later_and_every_header_holds(network):
    """A second validator comes, grows and goes; each commit holds under the set that the store names for its height."""
    assert updates(await decided(network, "set_validator", "hospital-b", SECOND_KEY, 4)) == {SECOND_KEY: 4}
    assert updates(await network.comet.decide([])) == {}
    await network.comet.decide([])
    assert updates(await decided(network, "remove_validator", SECOND_KEY)) == {SECOND_KEY: 0}
    for _ in range(3):
        await network.comet.decide([])
    await network.engine.proved(6)
    one, two = (Validator(VALIDATOR.public_key, 10),), (Validator(VALIDATOR.public_key, 10), Validator(SECOND_KEY, 4))
    sets = [network.engine.validators_at(height) for height in range(1, 8)]
    assert sets == [one, one, two, two, two, one, one]
    for height in range(1, 8):
        signed = network.bench.store.signed_header(height)
        verify_signed_header(signed, network.engine.validators_at(height))
        assert signed.header.next_validators_hash == validators_hash(network.engine.validators_at(height + 1))


async def test_limits_and_rules_are_mirrored_by_the_next_header(network):
    limits = {**{name: getattr(DEFAULT_PARAMETERS, name) for name in BOUNDS}, "max_bytes": 1 << 20, "max_gas": 10**8}
    answer = await decided(network, "set_parameters", *limits.values())
    block = answer.consensus_param_updates.block
    assert (block.max_bytes, block.max_gas) == (1 << 20, 10**8)
    assert not answer.consensus_param_updates.HasField("version")
    answer = await decided(network, "schedule_rules", 2, 3)
    assert not answer.HasField("consensus_param_updates")
    answer = await decided(network, "rules")
    assert answer.consensus_param_updates.version.app == 2
    assert not answer.consensus_param_updates.HasField("block")
    await network.comet.decide([])
    await network.engine.proved(3)
    headers = [network.bench.store.header(height)[0] for height in range(1, 5)]
    assert [header.version_app for header in headers] == [1, 1, 1, 2]
    wide, narrow = consensus_hash(4 << 20, 2_000_000_000), consensus_hash(1 << 20, 10**8)
    assert [header.consensus_hash for header in headers] == [wide, narrow, narrow, narrow]
    info = await network.comet.connections["query"].ask("info")
    assert info.app_version == 2


async def test_a_node_without_the_rules_stops_and_goes_on_with_the_next_release(tmp_path):
    world = Driven(tmp_path, modules=modules())
    await world.start()
    await decided(world, "schedule_rules", 2, 1)
    with pytest.raises(RuntimeError, match="version 2"):
        await world.comet.decide([])
    assert world.engine.halted.code == Code.ENGINE_HALTED
    assert "HT6108" in str(world.engine.halted)
    await world.crash()
    store = world.bench.store
    world.bench = Bench(tmp_path, store, modules=modules(), rules=TWO)
    world.comet.bench = world.bench
    info = await world.start()
    assert (info.last_block_height, info.app_version) == (1, 2)
    await world.comet.decide([await world.envelope()])
    assert store.header(2)[0].version_app == 2
    await world.crash()
    await world.comet.close()


async def test_peers_are_those_of_the_registry(network):
    async def let_in(path: str) -> int:
        return int((await network.comet.connections["query"].ask("query", path=path)).code)

    other = bytes(reversed(NODE)).hex()
    assert await let_in(f"/p2p/filter/id/{NODE.hex()}") == 0
    assert await let_in(f"/p2p/filter/id/{other}") == Code.PEER_UNKNOWN
    assert await let_in("/p2p/filter/addr/192.0.2.1:26656") == 0
    await decided(network, "register_node", "hospital-b", bytes.fromhex(other), "")
    assert await let_in(f"/p2p/filter/id/{other}") == 0
    await decided(network, "remove_node", NODE)
    assert await let_in(f"/p2p/filter/id/{NODE.hex()}") == Code.PEER_UNKNOWN


async def test_a_gateway_that_is_registered_later_seals_from_then_on(network):
    """A node that joins: its own gateway is none yet when it starts."""
    new = key("later gateway")
    raw = network.bench.transaction(**calling("remove_gateway", network.engine._gateway._packer.gateway))
    submission = await network.engine.submit(raw)
    await network.comet.until_pool(1)
    await network.comet.block()
    assert (await submission.committed()).receipt.code == Code.LAST_OF_NETWORK
    await decided(network, "register_gateway", "hospital-b", 1, new.public_key, 10**9, 1 << 20)
    await decided(network, "remove_gateway", network.engine._gateway._packer.gateway)
    with pytest.raises(HuitongError) as refused:
        await network.engine.submit(network.bench.transaction())
    assert refused.value.code == Code.NODE_FOLLOWS


async def test_the_same_blocks_give_the_same_bytes_everywhere(network):
    """Blocks that change validators, limits and rules, executed again by the application alone."""
    await decided(network, "set_validator", "hospital-b", SECOND_KEY, 4)
    await decided(network, "schedule_rules", 2, 4)
    for _ in range(2):
        network.bench.clock.time_ns += SECOND
        await network.comet.decide([await network.envelope(2)])
    await network.comet.decide([])
    await network.engine.proved(4)
    bench = network.bench
    target = Application(bench.kernel, memory_store(), bench.genesis, bench.document)
    assert replay(bench.store, target, 5) == bench.store.tip.app_hash
    assert [target.store.validators(height) for height in range(1, 8)] == [
        bench.store.validators(height) for height in range(1, 8)
    ]


async def test_the_embedded_engine_mirrors_the_same_changes(tmp_path):
    """Sets, next sets and version of every header, and every commit; opened again, the chain goes on."""
    bench = Bench(tmp_path, modules=modules(), rules=TWO)
    engine = bench.engine()
    await engine.start()
    for method, args in (
        ("set_validator", ("hospital-b", SECOND_KEY, 4)),
        ("schedule_rules", (2, 6)),
        ("remove_validator", (SECOND_KEY,)),
    ):
        outcome = await (await engine.submit(bench.transaction(**calling(method, *args)))).committed()
        assert outcome.receipt.code == 0
        await engine.proved(outcome.height)
    for height in range(1, engine.height + 1):
        signed = bench.store.signed_header(height)
        verify_signed_header(signed, engine.validators_at(height))
        assert signed.header.next_validators_hash == validators_hash(engine.validators_at(height + 1))
    assert bench.store.header(engine.height)[0].version_app == 2
    assert {len(engine.validators_at(height)) for height in range(1, engine.height + 2)} == {1, 2}
    await engine.stop()
    again = Bench(tmp_path, bench.store, modules=modules(), rules=TWO)
    assert again.maker.make([]).block.height == bench.store.tip.height


async def test_an_embedded_chain_refuses_what_its_one_validator_could_not_carry(tmp_path):
    bench = Bench(tmp_path, modules=modules())
    engine = bench.engine()
    await engine.start()
    first = await (
        await engine.submit(bench.transaction(**calling("set_validator", "hospital-b", SECOND_KEY, 4)))
    ).committed()
    assert first.receipt.code == 0
    await engine.proved(first.height)
    more = [bench.transaction(**calling("set_validator", "hospital-b", SECOND_KEY, 10)), bench.transaction()]
    refused, good = [await item.committed() for item in await engine.submit_many(more)]
    assert refused.error.code == Code.VALIDATORS_NOT_CARRIED
    assert good.receipt.code == 0
    assert engine.halted is None
    await engine.stop()
