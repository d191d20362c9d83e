"""What contracts ask of the suite: its hash, and checks of signatures. Nothing is stored, nothing can be sent."""

from .module import Cryptography

__all__ = ["Cryptography"]
