"""Serves a `NodeApi` over HTTP."""

from .app import Gateway
from .server import GatewayServer, bind
from .settings import GatewaySettings

__all__ = ["Gateway", "GatewayServer", "GatewaySettings", "bind"]
