"""Views, overlays, write sets and the commitment tree of the stores."""

from .view import StateView, WriteSet

__all__ = ["StateView", "WriteSet"]
