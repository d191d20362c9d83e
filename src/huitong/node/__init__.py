"""A node: its home folder, its wiring, its life, and what it answers to the gateway.

The node itself is imported when it is asked for: tools that need the development identities alone start without it.
"""

from typing import Any

from .development import Identity, development_genesis, identities
from .home import Home

__all__ = ["Home", "Identity", "Node", "NodeSettings", "development_genesis", "identities"]


def __getattr__(name: str) -> Any:
    if name == "Node":
        from .node import Node

        return Node
    if name == "NodeSettings":
        from .settings import NodeSettings

        return NodeSettings
    raise AttributeError(f"module {__name__} has no attribute {name}")
