"""Huitong: a Python-first platform for regulated consortium chains. Layers: docs/architecture.md."""

__version__ = "0.1.0"
