"""Serves a `NodeApi` over HTTP."""

from .app import Gateway
from .server import GatewayServer, bind
from .settings import GatewaySettings
from .tls import TlsFiles, server_context

__all__ = ["Gateway", "GatewayServer", "GatewaySettings", "TlsFiles", "bind", "server_context"]
