"""Contract engines. Nothing is imported here: a worker loads this package before it is jailed, and must start fast."""

__all__: list[str] = []
