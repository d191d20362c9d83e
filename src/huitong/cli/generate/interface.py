"""Interface of a contract for other contracts: a Protocol, to be pasted into their file."""

from typing import Any

from huitong.api.abi import type_name, value_from_json

from .names import Part, docstring, inner_types, literal, public_methods, wrapped


def interface_source(document: Part) -> str:
    """Write the interface of a contract: the records that its methods use, and the Protocol.

    A file of its own for type checkers; a contract holds these classes itself, since it imports nothing else.
    """
    methods = public_methods(document)
    records = _used(document, methods)
    types = _types(methods) + [part["type"] for record in records for part in record["fields"]]
    marks = {method["kind"] for method in methods}
    imported = sorted({"Protocol", *(["Record"] if records else []), *_helpers(types), *marks}, key=_import_order)
    lines = [
        f'"""Interface of the contract {document["name"]}, written by `huitong client --lang contract`."""',
        "",
        f"from huitong.contract import {', '.join(imported)}",
    ]
    for record in records:
        lines += ["", "", *_record(document, record)]
    lines += ["", "", f"class {document['name']}(Protocol):", *docstring(document["doc"], "    ")]
    for method in methods:
        lines += ["", *_signature(method)]
    return "\n".join(lines) + "\n"


def _record(document: Part, record: Part) -> list[str]:
    lines = [f"class {record['name']}(Record):", *docstring(record["doc"], "    ")]
    if record["doc"] and record["fields"]:
        lines.append("")
    for part in record["fields"]:
        default: Any = ""
        if "default" in part:
            default = f" = {literal(value_from_json(document, part['type'], part['default']))}"
        lines.append(f"    {part['name']}: {type_name(part['type'])}{default}")
    return lines if len(lines) > 1 else [*lines, "    pass"]


def _signature(method: Part) -> list[str]:
    parts = ["self", *(f"{part['name']}: {type_name(part['type'])}" for part in method["args"])]
    body = docstring(method["doc"], "        ")
    if not body or method["returns"]["kind"] != "None":  # type checkers take a text alone for a body that returns None
        body.append("        ...")
    tail = f") -> {type_name(method['returns'])}:"
    return [f"    @{method['kind']}", *wrapped(f"    def {method['name']}(", parts, tail), *body]


def _types(methods: list[Part]) -> list[Part]:
    return [kind for method in methods for kind in (method["returns"], *(part["type"] for part in method["args"]))]


def _helpers(kinds: list[Part]) -> set[str]:
    """Names that types are written with beside Python's own."""
    found: set[str] = set()
    for kind in kinds:
        if kind["kind"] == "int" and kind["bits"]:
            found.add(type_name(kind))
        if kind["kind"] == "fixed":
            found |= {"Annotated", "Fixed", "Scale"}
        if "most" in kind:
            found |= {"Annotated", "Most"}
        found |= _helpers(inner_types(kind))
    return found


def _import_order(name: str) -> tuple[int, str]:
    """As sorters of imports have it: constants, classes, functions."""
    return (0 if name.isupper() else 2 if name.islower() else 1), name


def _used(document: Part, methods: list[Part]) -> list[Part]:
    """Records that arguments and results are made of, in the order of their declaration."""
    wanted: set[str] = set()
    by_name = {record["name"]: record for record in document["records"]}

    def visit(kind: Part) -> None:
        if kind["kind"] == "record" and kind["name"] not in wanted:
            wanted.add(kind["name"])
            for part in by_name[kind["name"]]["fields"]:
                visit(part["type"])
        for inner in inner_types(kind):
            visit(inner)

    for kind in _types(methods):
        visit(kind)
    return [record for record in document["records"] if record["name"] in wanted]
