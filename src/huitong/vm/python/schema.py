"""The schema of a contract: its ABI document, made from a tree's declarations. Specification: docs/spec/schema.md."""

from typing import Any

from huitong.contract.kinds import Kind
from huitong.contract.shapes import REQUIRED, Error, Event, Field, Record, Shaped

from .declared import Declared, Method, Parameter

SCHEMA_VERSION = 1


def schema_of(declared: Declared) -> dict[str, Any]:
    """Return the document: plain values that `types.encode` takes. Defaults stand as they are."""
    return {
        "version": SCHEMA_VERSION,
        "language": ["python", declared.tree.language.version],
        "name": declared.name,
        "doc": declared.doc,
        "fields": [_storage(field.name, field.key, field.value) for field in declared.fields.values()],
        "methods": [_method(method) for method in declared.methods.values()],
        "records": _shapes(declared, Record),
        "events": _shapes(declared, Event),
        "errors": _shapes(declared, Error),
    }


def _storage(name: str, key: Kind | None, value: Kind) -> dict[str, Any]:
    kind = {"kind": "value"} if key is None else {"kind": "map", "key": key.describe()}
    return {"name": name, **kind, "value": value.describe()}


def _entry(part: Parameter | Field) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": part.name, "type": part.kind.describe()}
    return entry if part.default is REQUIRED else {**entry, "default": part.default}


def _method(method: Method) -> dict[str, Any]:
    return {
        "name": method.name,
        "kind": method.role.name.lower(),
        "reentrant": method.reentrant,
        "doc": method.doc,
        "args": [_entry(parameter) for parameter in method.parameters],
        "returns": method.returns.describe(),
    }


def _shapes(declared: Declared, base: type[Shaped]) -> list[dict[str, Any]]:
    return [
        {"name": name, "doc": shape.__doc__ or "", "fields": [_entry(field) for field in shape.fields_]}
        for name, shape in declared.shapes.items()
        if issubclass(shape, base)
    ]
