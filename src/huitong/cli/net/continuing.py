"""A network on this machine that goes on with the state of an exported chain."""

import secrets
from pathlib import Path

from huitong.crypto import suite
from huitong.node.moving import continuing_genesis, import_chain, inherited
from huitong.store import ExportFile
from huitong.types import next_revision

from .plan import Plan, free_ports, home_of, network_keys, network_nodes, participants_of, write_homes


def continue_network(folder: Path, file: Path, profile: str, first_port: int, *, tls: bool) -> Plan:
    """Make the homes of a network of all organisations of an export, each with its state. Raises HT6213, HT6002."""
    export = ExportFile(file)
    chain_suite = suite(export.metadata.suite)
    content = export.check(chain_suite)
    found = inherited(export)
    names = found.organisations
    participants = participants_of(names, free_ports(first_port, len(names)), tls=tls)
    plan = Plan(1, next_revision(export.metadata.chain_id), chain_suite.name, profile, participants)
    node_secrets = {name: secrets.token_bytes(32) for name in names}
    gateways, validators = network_keys(folder, plan, found.gateway)
    nodes = network_nodes(plan, node_secrets)
    genesis = continuing_genesis(export, found, gateways=gateways, validators=validators, nodes=nodes)
    for participant in participants:
        home = home_of(folder, participant)
        home.write_genesis(genesis)
        import_chain(home, export, content)
    return write_homes(folder, plan, genesis, node_secrets)
