"""First state of a chain."""

from collections.abc import Iterable, Mapping

from huitong.crypto import Suite, check_public_key, key_address
from huitong.state import keys
from huitong.types import Code, Genesis, HuitongError, Parameters, encode, next_revision, revision
from huitong.types.registry import IBC_SENTINEL_KEY, IBC_SENTINEL_VALUE, PROTOCOL_VERSION, STORE_IBC, STORE_MAIN

from .machine import Machine
from .membership import first_sets

KINDS = ("development", "production")


def genesis_writes(genesis: Genesis, machine: Machine) -> Mapping[str, Mapping[bytes, bytes]]:
    """Return the first writes of each store. Raises HT6101, HT6102, HT6105."""
    check_genesis(genesis, machine)
    main: dict[bytes, bytes] = {
        keys.GENESIS: genesis_hash(genesis, machine.suite),
        keys.PARAMETERS: encode(genesis.parameters),
        keys.ENGINES: encode(sorted(genesis.engines, key=lambda engine: engine.name)),
        keys.VALIDATORS: encode(first_sets(genesis)),
        keys.RULES: genesis.rules_version.to_bytes(8, "big"),
    }
    for gateway in genesis.gateways:
        address = key_address(machine.suite, gateway.key_kind, gateway.public_key)
        main[keys.gateway(address)] = encode(gateway)
    for module in machine.modules.values():
        for key, value in module.genesis(genesis).items():
            main[keys.module(module.id, key)] = value
    return {STORE_MAIN: main, STORE_IBC: {IBC_SENTINEL_KEY: IBC_SENTINEL_VALUE}}


def genesis_hash(genesis: Genesis, suite: Suite) -> bytes:
    """Hash of the document: of its fields in order, canonically encoded; `continues` only where it is set."""
    fields = [getattr(genesis, name) for name in genesis.__struct_fields__]
    return suite.hash(encode(fields if genesis.continues is not None else fields[:-1]))


def check_genesis(genesis: Genesis, machine: Machine) -> None:
    """Refuse a document that no chain can start from. Raises HT6101, HT6102, HT6105."""
    revision(genesis.chain_id)
    faults = {
        f"version {genesis.version} is not known": genesis.version != PROTOCOL_VERSION,
        f"kind {genesis.kind!r} is not one of {KINDS}": genesis.kind not in KINDS,
        f"suite {genesis.suite} is not this chain's": genesis.suite != machine.suite.id,
        "initial_height is below 1": genesis.initial_height < 1,
        f"rules version {genesis.rules_version} is not known": genesis.rules_version not in machine.rules,
        "there is no validator": not genesis.validators,
        "a validator has no power": any(validator.power <= 0 for validator in genesis.validators),
        "there is no gateway": not genesis.gateways,
        "there is no organisation": not genesis.organisations and genesis.continues is None,
        "a parameter is not above zero": min(_numbers(genesis.parameters)) <= 0,
        "a gateway stands twice": _doubled(gateway.public_key for gateway in genesis.gateways),
        "a validator stands twice": _doubled(validator.public_key for validator in genesis.validators),
        "an engine stands twice": _doubled(engine.name for engine in genesis.engines),
        "a node stands twice": _doubled(node.node_id for node in genesis.nodes),
        "no organisation may change the network": not genesis.network_admins,
        "the organisation of a gateway, validator, node or network admin is not declared": genesis.continues is None
        and not _named(genesis) <= {item.name for item in genesis.organisations},
        **_continuing_faults(genesis),
    }
    for reason, broken in faults.items():
        if broken:
            raise HuitongError(Code.GENESIS_INVALID, reason=reason)
    for gateway in genesis.gateways:
        check_public_key(gateway.key_kind, gateway.public_key)
    for engine in genesis.engines:
        found = machine.engines.get(engine.name)
        if found is None or found.version != engine.version:
            raise HuitongError(Code.ENGINE_MISSING, engine=engine.name, version=engine.version)


def _continuing_faults(genesis: Genesis) -> dict[str, bool]:
    before = genesis.continues
    if before is None:
        return {}
    return {
        "a chain that continues another has its organisations and members from there": bool(
            genesis.organisations or genesis.members
        ),
        f"the next revision of {before.chain_id} is not {genesis.chain_id}": next_revision(before.chain_id)
        != genesis.chain_id,
        "initial_height does not follow the last block of the chain before": genesis.initial_height
        != before.height + 1,
        "genesis_time_ns is not after the last block of the chain before": genesis.genesis_time_ns <= before.time_ns,
    }


def _named(genesis: Genesis) -> set[str]:
    """Organisations that the network's part of the document names."""
    gateways = {item.organisation for item in genesis.gateways}
    validators = {item.organisation for item in genesis.validators}
    nodes = {item.organisation for item in genesis.nodes}
    return gateways | validators | nodes | set(genesis.network_admins)


def _numbers(parameters: Parameters) -> list[int]:
    return [getattr(parameters, name) for name in parameters.__struct_fields__]


def _doubled(items: Iterable[bytes | str]) -> bool:
    listed = list(items)
    return len(set(listed)) != len(listed)
