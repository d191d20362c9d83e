"""Source text made from the schema of a contract: clients in Python and TypeScript, interfaces for other contracts."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from .interface import interface_source
from .python import blocking_source, python_source
from .typescript import typescript_source

GENERATORS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "python": python_source,
    "python-sync": blocking_source,
    "typescript": typescript_source,
    "contract": interface_source,
}
"""By language: schema document (JSON form) to source text."""

SUFFIXES: Final = {"python": "_client.py", "python-sync": "_sync.py", "typescript": ".ts", "contract": "_interface.py"}
"""Ends of the names of files; the contract's name stands in front."""

__all__ = ["GENERATORS", "SUFFIXES", "blocking_source", "interface_source", "python_source", "typescript_source"]
