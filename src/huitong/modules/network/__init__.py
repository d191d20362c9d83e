"""The network of a chain: nodes, gateways, validators, parameters, rules, and who may change them."""

from .module import Network
from .queries import registered_node, registered_nodes

__all__ = ["Network", "registered_node", "registered_nodes"]
