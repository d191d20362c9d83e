"""What clients of a contract depend on, and its hash. Specification: docs/spec/schema.md, "Interface"."""

from collections.abc import Mapping, Sequence
from typing import Any

from huitong.crypto import sha256
from huitong.types import encode

from .abi import Schema


def interface_of(document: Schema) -> dict[str, Any]:
    """Return the part of a schema document (JSON form) that clients depend on.

    Calls, views, records, events and errors, each by name, without texts. Storage, the initialiser and the order of
    declarations are left out: a contract may change them and keep its clients.
    """
    methods = {
        method["name"]: {
            "kind": method["kind"],
            "args": _parts(method["args"]),
            "returns": method["returns"],
        }
        for method in document["methods"]
        if method["kind"] != "init"
    }
    shapes = {
        group: {shape["name"]: _parts(shape["fields"]) for shape in document[group]}
        for group in ("records", "events", "errors")
    }
    return {"methods": methods, **shapes}


def _parts(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{key: part[key] for key in ("name", "type", "default") if key in part} for part in parts]


def interface_hash(document: Schema) -> bytes:
    """SHA-256 of the encoded interface of a schema document: 32 bytes, equal in every language."""
    return sha256(encode(interface_of(document)))
