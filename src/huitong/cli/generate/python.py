"""Clients of a contract in Python, asynchronous and waiting: pass mypy strict and pyright."""

import keyword
from typing import Any, Final

from huitong.api.abi import value_from_json
from huitong.api.client.typed import ERROR_NAMES, ContractClient
from huitong.api.interface import interface_hash

from .names import Part, docstring, kinds_in, literal, public_methods, safe, wrapped

_IMPORTED: Final = frozenset(
    (
        *(
            "BlockingContractClient",
            "ClassVar",
            "Committed",
            "ContractClient",
            "ContractError",
            "ContractEvent",
            "Final",
            "INTERFACE_HASH",
        ),
        *("Fixed", "Mapping", "dataclass", "type"),
        *keyword.kwlist,
    )
)
_BASE: Final = frozenset(name for name in dir(ContractClient) if not name.startswith("__"))
_PLAIN: Final = {"str": "str", "bytes": "bytes", "bool": "bool", "None": "None", "int": "int", "fixed": "Fixed"}


class _Writer:
    """names: those of records, events and errors as this file has them. waiting: methods return when they are done."""

    def __init__(self, document: Part, *, waiting: bool) -> None:
        self.document = document
        self.base = "BlockingContractClient" if waiting else "ContractClient"
        self.define, self.wait_for = ("def", "") if waiting else ("async def", "await ")
        self.shapes = {
            shape["name"]: safe(shape["name"], _IMPORTED)
            for group in ("records", "events", "errors")
            for shape in document[group]
        }
        self.client = safe(f"{document['name']}Client", {*_IMPORTED, *self.shapes.values()})
        self.taken = frozenset((*_IMPORTED, *self.shapes.values(), self.client))

    def type(self, kind: Part) -> str:
        """Write a type."""
        name = kind["kind"]
        if name == "optional":
            return f"{self.type(kind['item'])} | None"
        if name == "list":
            return f"list[{self.type(kind['item'])}]"
        if name == "dict":
            return f"dict[str, {self.type(kind['value'])}]"
        if name == "tuple":
            return f"tuple[{', '.join(map(self.type, kind['items']))}]"
        return self.shapes[kind["name"]] if name == "record" else _PLAIN[name]

    def default(self, part: Part) -> str:
        """Write " = value", or nothing."""
        if "default" not in part:
            return ""
        value: Any = value_from_json(self.document, part["type"], part["default"])
        return f" = {literal(value)}"

    def shape(self, shape: Part, decorator: str, base: str, taken: frozenset[str]) -> list[str]:
        """Write a record, event or error."""
        name = self.shapes[shape["name"]]
        body = docstring(shape["doc"], "    ")
        if base and name != shape["name"]:
            body += ["", f'    ON_CHAIN: ClassVar[str] = "{shape["name"]}"']
        fields = [
            f"    {safe(part['name'], taken)}: {self.type(part['type'])}{self.default(part)}"
            for part in shape["fields"]
        ]
        body += ["", *fields] if body and fields else fields
        return ["", "", decorator, f"class {name}{base}:", *(body or ["    pass"])]

    def method(self, method: Part) -> list[str]:
        """Write a call or view."""
        name = safe(method["name"], {*_BASE, *self.taken})
        parts = [(safe(part["name"], {*self.taken, "self"}), part) for part in method["args"]]
        parameters = ["self", *(f"{own}: {self.type(part['type'])}{self.default(part)}" for own, part in parts)]
        kind = self.type(method["returns"])
        is_call = method["kind"] == "call"
        result = f"Committed[{kind}]" if is_call else kind
        given = [f'"{method["name"]}"', kind, *(own for own, _ in parts)]
        verb = "_call" if is_call else "_view"
        local = safe("found", [own for own, _ in parts])
        return [
            "",
            *wrapped(f"    {self.define} {name}(", parameters, f") -> {result}:"),
            *docstring(method["doc"], "        "),
            *wrapped(f"        {local}: {result} = {self.wait_for}self.{verb}(", given, ")"),
            f"        return {local}",
        ]

    def table(self, name: str, base: str, group: str) -> list[str]:
        """Write a class variable that finds classes by their names on chain."""
        pairs = [f'"{shape["name"]}": {self.shapes[shape["name"]]}' for shape in self.document[group]]
        return wrapped(f"    {name}: ClassVar[Mapping[str, type[{base}]]] = {{", pairs, "}")

    def contract(self) -> list[str]:
        """Write the client's class."""
        title = self.document["doc"] or f"The contract {self.document['name']}."
        lines = ["", "", f"class {self.client}({self.base}):", *docstring(title, "    "), ""]
        lines += ["    INTERFACE_HASH: ClassVar[bytes] = INTERFACE_HASH"]
        lines += self.table("ERRORS", "ContractError", "errors") + self.table("EVENTS", "ContractEvent", "events")
        for method in public_methods(self.document):
            lines += self.method(method)
        return lines


def python_source(document: Part) -> str:
    """Write the asynchronous client of a contract. document: its schema in JSON form."""
    return _source(document, waiting=False)


def blocking_source(document: Part) -> str:
    """Write the client of a contract for programs without an event loop. document: its schema in JSON form."""
    return _source(document, waiting=True)


def _source(document: Part, *, waiting: bool) -> str:
    writer = _Writer(document, waiting=waiting)
    names = [
        *(["Committed"] if _has_calls(document) else []),
        *([] if waiting else ["ContractClient"]),
        *("ContractError", "ContractEvent"),
    ]
    lines = [
        f'"""Client of the contract {document["name"]}. Written by `huitong client`: make it anew, change nothing."""',
        "",
        "from collections.abc import Mapping",
        *(["from dataclasses import dataclass"] if writer.shapes else []),
        "from typing import ClassVar, Final",
        "",
        f"from huitong.api.client.typed import {', '.join(names)}",
        *(["from huitong.api.client.typed_blocking import BlockingContractClient"] if waiting else []),
        *(["from huitong.contract import Fixed"] if "fixed" in kinds_in(document) else []),
        "",
        f'INTERFACE_HASH: Final = bytes.fromhex("{interface_hash(document).hex()}")',
        '"""Of the interface that this client was made for; the chain\'s is compared with it at the first use."""',
    ]
    for shape in document["records"]:
        lines += writer.shape(shape, "@dataclass", "", frozenset())
    for shape in document["events"]:
        lines += writer.shape(shape, "@dataclass(frozen=True)", "(ContractEvent)", frozenset(("ON_CHAIN",)))
    for shape in document["errors"]:
        lines += writer.shape(shape, "@dataclass(eq=False)", "(ContractError)", ERROR_NAMES)
    return "\n".join([*lines, *writer.contract()]) + "\n"


def _has_calls(document: Part) -> bool:
    return any(method["kind"] == "call" for method in document["methods"])
