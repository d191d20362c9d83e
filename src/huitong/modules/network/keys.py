"""State keys of the module, after its prefix. Gateways, validators, parameters and rules have system keys."""

from typing import Final

NODES: Final = b"\x01"
ADMINS: Final = b"\x02"
"""Names of the organisations whose admins may change the network: an encoded array of text, sorted."""
OWNERS: Final = b"\x03"


def node(node_id: bytes) -> bytes:
    """Record of a node."""
    return NODES + node_id


def validator_owner(public_key: bytes) -> bytes:
    """Name of the organisation that runs a validator."""
    return OWNERS + public_key
