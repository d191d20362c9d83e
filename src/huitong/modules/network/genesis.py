"""First state of the module."""

from collections.abc import Mapping

from huitong.types import Code, Failed, Genesis, HuitongError, encode
from huitong.types.limits import ADDRESS_BYTES, MAX_NETWORK_ENTRIES

from . import keys
from .rules import check_node_address


def genesis_writes(genesis: Genesis) -> Mapping[bytes, bytes]:
    """Nodes, owners of validators and the policy of the genesis document. Raises HT6102."""
    writes = {keys.ADMINS: encode(sorted(genesis.network_admins))}
    for validator in genesis.validators:
        writes[keys.validator_owner(validator.public_key)] = validator.organisation.encode()
    for node in genesis.nodes:
        if len(node.node_id) != ADDRESS_BYTES:
            raise HuitongError(Code.GENESIS_INVALID, reason=f"a node id is not {ADDRESS_BYTES} bytes")
        try:
            check_node_address(node.address)
        except Failed as error:
            raise HuitongError(Code.GENESIS_INVALID, reason=str(error)) from None
        writes[keys.node(node.node_id)] = encode(node)
    if len(genesis.nodes) > MAX_NETWORK_ENTRIES:
        raise HuitongError(Code.GENESIS_INVALID, reason=f"there are more than {MAX_NETWORK_ENTRIES} nodes")
    return writes
