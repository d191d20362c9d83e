"""A chain moves: the export of one that has ended, and what goes on with its state under the next revision."""

import time
from pathlib import Path

import msgspec

from huitong.crypto import suite
from huitong.engine import StateTrees
from huitong.modules.identity import keys as identity_keys
from huitong.modules.network import keys as network_keys
from huitong.state import keys
from huitong.store import CheckedContent, ExportFile, StoreSettings, open_store, write_export
from huitong.store.portable import Metadata, Section, section_of, state_rows
from huitong.types import (
    Code,
    Continuation,
    Gateway,
    Genesis,
    GenesisValidator,
    HuitongError,
    NetworkNode,
    Parameters,
    decode_scanned,
    next_revision,
)
from huitong.types.registry import STORE_MAIN, STORES, ModuleId

from .home import Home

_ORGANISATIONS = keys.module(ModuleId.IDENTITY, identity_keys.organisation(""))
_ADMINS = keys.module(ModuleId.NETWORK, network_keys.ADMINS)


class Inherited(msgspec.Struct, frozen=True):
    """What the genesis of a continuing chain takes from the state before. gateway: any of its gateways, for quotas."""

    before: Genesis
    parameters: Parameters
    rules_version: int
    organisations: tuple[str, ...]
    network_admins: tuple[str, ...]
    gateway: Gateway


def export_chain(home: Home, path: Path) -> Metadata:
    """Write the export of a node's chain. The node must not run. Raises HT6001, HT6203, HT6201, HT6204."""
    genesis, _ = home.genesis()
    chain_suite = suite(genesis.suite)
    store = open_store(home.store, StoreSettings(suite=genesis.suite))
    try:
        tip = store.tip
        if tip is None:
            raise HuitongError(Code.STORE_DAMAGED, reason="the store holds no chain")
        StateTrees(chain_suite, store).load(tip.app_hash)
        return write_export(path, store, genesis.chain_id, chain_suite)
    finally:
        store.close()


def read_genesis(export: ExportFile) -> Genesis:
    """Return the genesis document of the chain that ended. Raises HT6213."""
    try:
        return msgspec.json.decode(export.trailer.genesis, type=Genesis)
    except msgspec.DecodeError as error:
        reason = f"the genesis document of its chain cannot be read: {error}"
        raise HuitongError(Code.EXPORT_INVALID, path=str(export.path), reason=reason) from None


def inherited(export: ExportFile) -> Inherited:
    """Read from the state of an export what the next genesis needs. Raises HT6213."""
    before = read_genesis(export)
    parameters, rules_version, admins = before.parameters, before.rules_version, list(before.network_admins)
    organisations: set[str] = set()
    gateway = before.gateways[0]
    for chunk in export.chunks():
        if section_of(chunk) != (Section.STATE, STORES.index(STORE_MAIN)):
            continue
        for key, value in state_rows(chunk):
            if key == keys.PARAMETERS:
                parameters = decode_scanned(value, Parameters)
            elif key == keys.RULES:
                rules_version = int.from_bytes(value, "big")
            elif key == _ADMINS:
                admins = decode_scanned(value, list[str])
            elif key.startswith(_ORGANISATIONS):
                organisations.add(key[len(_ORGANISATIONS) :].decode())
    return Inherited(before, parameters, rules_version, tuple(sorted(organisations)), tuple(admins), gateway)


def continuing_genesis(
    export: ExportFile,
    from_before: Inherited,
    *,
    gateways: tuple[Gateway, ...],
    validators: tuple[GenesisValidator, ...],
    nodes: tuple[NetworkNode, ...],
) -> Genesis:
    """Return the genesis of the next revision: another network over the same state. Raises HT6101."""
    before, metadata, last_ns = from_before.before, export.metadata, export.trailer.time_ns
    continues = Continuation(metadata.chain_id, metadata.height, last_ns, metadata.app_hash, export.digest)
    return msgspec.structs.replace(
        before,
        chain_id=next_revision(metadata.chain_id),
        genesis_time_ns=max(time.time_ns(), last_ns + 1_000_000),
        initial_height=metadata.height + 1,
        rules_version=from_before.rules_version,
        parameters=from_before.parameters,
        organisations=(),
        members=(),
        gateways=gateways,
        validators=validators,
        nodes=nodes,
        network_admins=from_before.network_admins,
        continues=continues,
    )


def import_chain(home: Home, export: ExportFile, content: CheckedContent | None = None) -> None:
    """Put the state of an export below the chain of a home, before its node starts for the first time.

    content: of `export.check`, when that was done. Raises HT6213, HT6001 when the home's genesis does not continue this
    chain, or the chain has begun; HT6203.
    """
    genesis, _ = home.genesis()
    before, metadata = genesis.continues, export.metadata
    if before is None or (before.chain_id, before.height) != (metadata.chain_id, metadata.height):
        reason = f"{genesis.chain_id} does not continue {metadata.chain_id} at height {metadata.height}"
        raise HuitongError(Code.NODE_CONFIGURATION, reason=reason)
    if before.export != export.digest or before.time_ns != export.trailer.time_ns:
        reason = "it is not the one that the genesis document names"
        raise HuitongError(Code.EXPORT_INVALID, path=str(export.path), reason=reason)
    chain_suite = suite(genesis.suite)
    checked = export.check(chain_suite) if content is None else content
    _check_organisations(export, genesis)
    store = open_store(home.store, StoreSettings(suite=genesis.suite))
    try:
        if store.tip is not None:
            raise HuitongError(Code.NODE_CONFIGURATION, reason=f"the chain in {home.path} has begun already")
        store.lay_base(metadata, checked, export.chunks())
    finally:
        store.close()


def _check_organisations(export: ExportFile, genesis: Genesis) -> None:
    known = set(inherited(export).organisations)
    named = set(genesis.network_admins) | {item.organisation for item in genesis.gateways}
    named |= {item.organisation for item in genesis.validators} | {item.organisation for item in genesis.nodes}
    missing = named - known
    if missing:
        reason = f"the state before has no organisation {', '.join(sorted(missing))}"
        raise HuitongError(Code.GENESIS_INVALID, reason=reason)
