"""Longer campaigns, each a module with `run`, which returns what it did as a dictionary."""

__all__: tuple[str, ...] = ()
