"""What the module needs of others."""

from typing import Protocol

from huitong.state import StateView


class Organisations(Protocol):
    """Knows the organisations of the chain."""

    def has_organisation(self, view: StateView, name: str) -> bool:
        """True when there is an organisation of this name."""
        ...
