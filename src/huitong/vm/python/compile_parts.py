"""Small pieces of Python's syntax tree."""

import ast


def load(name: str) -> ast.expr:
    """A name that is read."""
    return ast.Name(name, ast.Load())


def use(helper: str, *arguments: ast.expr) -> ast.Call:
    """A call of a helper."""
    return ast.Call(load(helper), list(arguments), [])
