"""A node: its home folder, its wiring, its life, and what it answers to the gateway."""

from .development import Identity, development_genesis, identities
from .home import Home
from .node import Node, NodeSettings

__all__ = ["Home", "Identity", "Node", "NodeSettings", "development_genesis", "identities"]
