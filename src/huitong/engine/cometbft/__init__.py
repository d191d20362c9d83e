"""The engine of several organisations, over CometBFT."""

from .engine import CometEngine, CometSettings
from .gateway import GatewaySettings
from .process import CometProcess, Companion

__all__ = ["CometEngine", "CometProcess", "CometSettings", "Companion", "GatewaySettings"]
