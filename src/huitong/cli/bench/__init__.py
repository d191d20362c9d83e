"""Benchmarks behind `huitong bench NAME`: programs, never tests. Each returns figures with their goals."""

from .report import Figure, Report

__all__ = ["Figure", "Report"]
