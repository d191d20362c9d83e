"""Organisations, members, keys and roles: the model of all modules."""

from .module import Identity
from .queries import Directory
from .rules import possession_bytes

__all__ = ["Directory", "Identity", "possession_bytes"]
