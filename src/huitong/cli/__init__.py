"""The `huitong` program."""

from .main import main

__all__ = ["main"]
