"""First state of a chain that goes on with the state of another: what its genesis document says anew."""

from collections.abc import Iterable, Mapping

import msgspec

from huitong.crypto import key_address
from huitong.state import StateView, WriteSet, keys
from huitong.types import Gateway, Genesis, decode_scanned, encode
from huitong.types.registry import STORE_MAIN, ModuleId

from .genesis import check_genesis, genesis_hash
from .machine import Machine
from .membership import first_sets


def continuing_writes(
    genesis: Genesis, machine: Machine, before: StateView, header_hashes: Iterable[tuple[int, bytes]]
) -> Mapping[str, WriteSet]:
    """Return what changes of the state of the chain before: rules, engines, limits, and the network as a whole.

    Gateways that the document does not name are switched off. before: its store `main`. header_hashes: of its newest
    headers that no block has written yet. Raises HT6101, HT6102, HT6105.
    """
    check_genesis(genesis, machine)
    main: dict[bytes, bytes | None] = {
        keys.GENESIS: genesis_hash(genesis, machine.suite),
        keys.PARAMETERS: encode(genesis.parameters),
        keys.ENGINES: encode(sorted(genesis.engines, key=lambda engine: engine.name)),
        keys.VALIDATORS: encode(first_sets(genesis)),
        keys.RULES: genesis.rules_version.to_bytes(8, "big"),
    }
    for height, header_hash in header_hashes:
        main[keys.header_slot(height)] = height.to_bytes(8, "big") + header_hash
    for key, raw in _below(before, keys.gateway(b"")):
        former = decode_scanned(raw, Gateway)
        main[key] = encode(msgspec.structs.replace(former, active=False))
    for gateway in genesis.gateways:
        main[keys.gateway(key_address(machine.suite, gateway.key_kind, gateway.public_key))] = encode(gateway)
    main |= dict.fromkeys(key for key, _ in _below(before, keys.module(ModuleId.NETWORK, b"")))
    for module in machine.modules.values():
        if module.id == ModuleId.NETWORK:
            main |= {keys.module(module.id, key): value for key, value in module.genesis(genesis).items()}
    return {STORE_MAIN: main}


def _below(view: StateView, prefix: bytes) -> list[tuple[bytes, bytes]]:
    return list(view.scan(prefix, keys.after(prefix)))
