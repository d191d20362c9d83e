"""The Python contract engine. Nothing is imported here: a worker loads what it needs and must start fast."""

__all__: list[str] = []
