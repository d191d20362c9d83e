"""Helpers of compiled contracts."""

from .meter import Halt, Meter, OutOfGas
from .runtime import Runtime

__all__ = ["Halt", "Meter", "OutOfGas", "Runtime"]
