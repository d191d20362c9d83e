"""Client of a contract in TypeScript, on the package @huitong/client."""

import json
from typing import Any, Final

from huitong.api.abi import value_from_json
from huitong.api.interface import interface_hash, interface_of
from huitong.types import FixedPoint

from .names import Part, kinds_in, public_methods, safe, wrapped

_WORDS: Final = frozenset(
    [
        "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default",
        "delete", "do", "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function",
        "if", "implements", "import", "in", "instanceof", "interface", "let", "new", "null", "package",
        "private", "protected", "public", "return", "static", "super", "switch", "this", "throw", "true",
        "try", "typeof", "var", "void", "while", "with", "yield", "settings",
    ]
)  # fmt: skip
"""Words that name no argument."""
_TYPES: Final = frozenset(
    [
        "Client", "Committed", "ContractClient", "ContractError", "ContractInterface", "Decimal", "Settings",
        "Promise", "Uint8Array", "any", "unknown", "never", "string", "number", "boolean", "bigint",
        "object", "symbol", "void", "null", "undefined", "INTERFACE", "INTERFACE_HASH",
    ]
)  # fmt: skip
"""Names that the file uses itself."""
_MEMBERS: Final = frozenset(
    [
        "constructor", "then", "toString", "valueOf", "hasOwnProperty", "isPrototypeOf",
        "propertyIsEnumerable", "toLocaleString", "address", "listen", "client", "target",
    ]
)  # fmt: skip
"""Names that every client has."""
_PLAIN: Final = {
    "str": "string",
    "bytes": "Uint8Array",
    "bool": "boolean",
    "None": "null",
    "int": "bigint",
    "fixed": "Decimal",
}


def _comment(text: str, indent: str) -> list[str]:
    lines = text.replace("*/", "* /").split("\n")
    if not text:
        return []
    if len(lines) == 1:
        return [f"{indent}/** {lines[0]} */"]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]


class _Writer:
    def __init__(self, document: Part) -> None:
        self.document = document
        self.shapes = {
            shape["name"]: safe(shape["name"], _TYPES)
            for group in ("records", "events", "errors")
            for shape in document[group]
        }
        taken = {*_TYPES, *self.shapes.values()}
        self.client = safe(f"{document['name']}Client", taken)
        self.events = safe(f"{document['name']}Events", taken)

    def type(self, kind: Part) -> str:
        """Write a type."""
        name = kind["kind"]
        if name == "optional":
            return f"{self.type(kind['item'])} | null"
        if name == "list":
            item = self.type(kind["item"])
            return f"({item})[]" if " | " in item else f"{item}[]"
        if name == "dict":
            return f"{{ [key: string]: {self.type(kind['value'])} }}"
        if name == "tuple":
            return f"[{', '.join(map(self.type, kind['items']))}]"
        return self.shapes[kind["name"]] if name == "record" else _PLAIN[name]

    def default(self, part: Part) -> str:
        """Write " = value", or nothing."""
        if "default" not in part:
            return ""
        value: Any = value_from_json(self.document, part["type"], part["default"])
        if isinstance(value, bytes):
            return f" = Uint8Array.of({', '.join(map(str, value))})"
        if isinstance(value, FixedPoint):
            return f" = new Decimal({value.units}n, {value.scale})"
        if type(value) is int:
            return f" = {value}n"
        return f" = {json.dumps(value)}"

    def fields(self, shape: Part, mark: str) -> list[str]:
        """Write fields; mark: "readonly " or nothing."""
        return [f"{mark}{part['name']}: {self.type(part['type'])};" for part in shape["fields"]]

    def interface(self, shape: Part, mark: str) -> list[str]:
        """Write a record or an event."""
        body = [f"  {line}" for line in self.fields(shape, mark)]
        name = self.shapes[shape["name"]]
        return ["", *_comment(shape["doc"], ""), f"export interface {name} {{", *body, "}"]

    def error(self, shape: Part) -> list[str]:
        """Write an error."""
        name = self.shapes[shape["name"]]
        fields = " ".join(self.fields(shape, "readonly ")).removesuffix(";")
        base = f"ContractError<{{ {fields} }}>" if fields else "ContractError<object>"
        body = [f'  override readonly name = "{shape["name"]}";', "}"]
        return ["", *_comment(shape["doc"], ""), f"export class {name} extends {base} {{", *body]

    def method(self, method: Part) -> list[str]:
        """Write a call or view."""
        name = safe(method["name"], _MEMBERS)
        parts = [(safe(part["name"], _WORDS), part) for part in method["args"]]
        parameters = []
        for own, part in parts:
            default = self.default(part)
            parameters.append(f"{own}: {self.type(part['type'])}{default}")
        given = f'"{method["name"]}", [{", ".join(own for own, _ in parts)}]'
        kind = self.type(method["returns"])
        if method["kind"] == "call":
            parameters.append("settings?: Settings")
            result, body = f"Committed<{kind}, {self.events}>", f"this.$call({given}, settings)"
        else:
            result, body = kind, f"this.$view({given})"
        return [
            "",
            *_comment(method["doc"], "  "),
            *wrapped(f"  {name}(", parameters, f"): Promise<{result}> {{", "  "),
            f"    return {body};",
            "  }",
        ]

    def contract(self) -> list[str]:
        """Write the events by name, and the client's class."""
        events = [f"  {shape['name']}: {self.shapes[shape['name']]};" for shape in self.document["events"]]
        lines = ["", *_comment("Events of the contract by their names.", "")]
        lines += [f"export interface {self.events} {{", *events, "}"]
        errors = [
            name if name == self.shapes[name] else f"{name}: {self.shapes[name]}"
            for name in (shape["name"] for shape in self.document["errors"])
        ]
        title = self.document["doc"] or f"The contract {self.document['name']}."
        lines += ["", *_comment(title, ""), f"export class {self.client} extends ContractClient<{self.events}> {{"]
        lines += ["  constructor(client: Client, target: string | Uint8Array, settings: Settings = {}) {"]
        lines += [
            *wrapped("    super(client, target, INTERFACE, INTERFACE_HASH, { ", errors, " }, settings);", "  "),
            "  }",
        ]
        for method in public_methods(self.document):
            lines += self.method(method)
        return [*lines, "}"]


def typescript_source(document: Part) -> str:
    """Write the client of a contract. document: its schema in JSON form."""
    writer = _Writer(document)
    interface = json.dumps(interface_of(document), sort_keys=True)
    has_calls = any(method["kind"] == "call" for method in document["methods"])
    values = ["type Client", *(["type Committed"] if has_calls else []), "ContractClient"]
    values += [*(["ContractError"] if document["errors"] else []), "type ContractInterface"]
    values += [*(["Decimal"] if "fixed" in kinds_in(document) else []), "type Settings"]
    lines = [
        f"// Client of the contract {document['name']}. Written by `huitong client`: make it anew, do not change it.",
        "",
        *wrapped("import { ", values, ' } from "@huitong/client";', "  "),
        "",
        "/** Of the interface that this client was made for; the chain's is compared with it at the first use. */",
        f'export const INTERFACE_HASH = "0x{interface_hash(document).hex()}";',
    ]
    for shape in document["records"]:
        lines += writer.interface(shape, "")
    for shape in document["events"]:
        lines += writer.interface(shape, "readonly ")
    for shape in document["errors"]:
        lines += writer.error(shape)
    lines += [*writer.contract(), "", f"const INTERFACE = {interface} as unknown as ContractInterface;"]
    return "\n".join(lines) + "\n"
