"""Names and texts of generated sources."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from huitong.types import FixedPoint

WIDTH: Final = 120

Part = Mapping[str, Any]
"""Entry of a schema document: a method, a shape, an argument, a field or a type."""


def safe(name: str, taken: Collection[str]) -> str:
    """Return the name, with as many "_" behind it as keep it from being one that is taken."""
    while name in taken:
        name += "_"
    return name


def kinds_in(document: Part) -> set[str]:
    """Kinds of all types in methods, records, events and errors, at any depth."""
    types = [
        part["type"] for group in ("records", "events", "errors") for one in document[group] for part in one["fields"]
    ]
    for method in document["methods"]:
        types += [method["returns"], *(part["type"] for part in method["args"])]
    found: set[str] = set()
    while types:
        kind = types.pop()
        found.add(kind["kind"])
        types += inner_types(kind)
    return found


def inner_types(kind: Part) -> list[Part]:
    """Types that a type is made of."""
    return [kind[name] for name in ("item", "value") if name in kind] + list(kind.get("items", ()))


def literal(value: object) -> str:
    """Write a plain value as Python does, with the quotes of this repository."""
    if isinstance(value, FixedPoint):
        return f'Fixed("{value}")'
    text = repr(value)
    if '"' not in text and text.endswith("'"):
        return text.replace("'", '"')
    return text


def docstring(text: str, indent: str) -> list[str]:
    """Lines of a Python docstring; none for an empty text."""
    lines = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"').split("\n")
    if not text:
        return []
    if lines[-1].endswith('"'):
        lines[-1] = f'{lines[-1][:-1]}\\"'
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']


def wrapped(head: str, parts: Iterable[str], tail: str, step: str = "    ") -> list[str]:
    """Lines of a list in brackets: one line where it fits, else one for each part, `step` further in than the head."""
    parts = list(parts)
    line = f"{head}{', '.join(parts)}{tail}"
    if len(line) <= WIDTH or not parts:
        return [line]
    indent = head[: len(head) - len(head.lstrip())]
    return [head.rstrip(), *(f"{indent}{step}{part}," for part in parts), f"{indent}{tail.lstrip()}"]


def public_methods(document: Part) -> list[Part]:
    """Calls and views, in their order."""
    return [method for method in document["methods"] if method["kind"] != "init"]
