"""Checks behind `huitong doctor`: each looks at one part of this machine and returns findings."""

from .finding import Finding, State

__all__ = ["Finding", "State"]
