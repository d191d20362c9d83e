"""Values of contracts as JSON, by the schema of a contract: for the command line, the gateway and clients.

Integers are decimal strings unless their declared width is below 53 bits; bytes are 0x and hex digits; a record is an
object of its fields; None is null. Specification: docs/spec/schema.md.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from huitong.types import Code, FixedPoint, HuitongError, decode_scanned
from huitong.types.limits import MAX_INTEGER_BITS

JSON_INTEGER_BITS: Final = 53
"""Integers declared narrower than this are numbers in JSON; all others are strings."""
_MAX_DIGITS: Final = 1300

Schema = Mapping[str, Any]


def _bad(path: str, reason: str) -> HuitongError:
    return HuitongError(Code.ARGUMENTS_INVALID, argument=path, reason=f"{path}: {reason}")


def decode_schema(raw: bytes) -> dict[str, Any]:
    """Decode the schema that a chain keeps with a contract."""
    found: dict[str, Any] = decode_scanned(raw, dict)
    return found


def method_of(schema: Schema, name: str) -> Mapping[str, Any]:
    """Return the entry of a method. Raises HT4003."""
    for method in schema["methods"]:
        if method["name"] == name:
            found: Mapping[str, Any] = method
            return found
    raise HuitongError(Code.METHOD_UNKNOWN, method=name)


def arguments_from_json(schema: Schema, method: str, given: Sequence[Any] | Mapping[str, Any]) -> tuple[Any, ...]:
    """Convert JSON arguments, by place or by name, to values of the encoding; defaults are filled in.

    Raises HuitongError HT4003 (no such method), HT4004 (the argument and what was expected).
    """
    parameters = method_of(schema, method)["args"]
    if isinstance(given, Mapping):
        unknown = [name for name in given if all(name != part["name"] for part in parameters)]
        if unknown:
            raise _bad(unknown[0], "there is no such argument")
        named = given
    else:
        if len(given) > len(parameters):
            raise _bad("arguments", f"{method} takes {len(parameters)}, not {len(given)}")
        named = dict(zip((part["name"] for part in parameters), given, strict=False))
    return tuple(_field_from_json(schema, part, named, part["name"]) for part in parameters)


def _field_from_json(schema: Schema, part: Mapping[str, Any], named: Mapping[str, Any], path: str) -> Any:
    if part["name"] in named:
        return value_from_json(schema, part["type"], named[part["name"]], path)
    if "default" in part:  # as a value, or in a schema that travelled as JSON in its JSON form
        default = part["default"]
        is_plain = isinstance(default, bytes | FixedPoint)
        return default if is_plain else value_from_json(schema, part["type"], default, path)
    raise _bad(path, f"is missing; expected {type_name(part['type'])}")


def value_from_json(schema: Schema, kind: Mapping[str, Any], value: Any, path: str = "value") -> Any:
    """Convert one JSON value to a value of the encoding. Raises HT4004 with the path to what is wrong."""
    found = _value_from_json(schema, kind, value, path)
    if "most" in kind and len(found) > kind["most"]:
        raise _bad(path, f"more than {kind['most']}")
    return found


def _value_from_json(schema: Schema, kind: Mapping[str, Any], value: Any, path: str) -> Any:
    name = kind["kind"]
    if name == "optional":
        return None if value is None else value_from_json(schema, kind["item"], value, path)
    one = _READERS.get(name)
    if one is not None:
        return one(kind, value, path)
    if name == "list" and isinstance(value, list | tuple):
        return [value_from_json(schema, kind["item"], item, f"{path}[{place}]") for place, item in enumerate(value)]
    if name == "tuple" and isinstance(value, list | tuple) and len(value) == len(kind["items"]):
        parts = enumerate(zip(kind["items"], value, strict=True))
        return [value_from_json(schema, item, part, f"{path}[{place}]") for place, (item, part) in parts]
    return _named_from_json(schema, kind, value, path)


def _named_from_json(schema: Schema, kind: Mapping[str, Any], value: Any, path: str) -> Any:
    """Dictionaries and records, which are objects; and all that is the same in JSON."""
    name = kind["kind"]
    if name == "dict" and isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: value_from_json(schema, kind["value"], item, f"{path}.{key}") for key, item in value.items()}
    if name == "record" and isinstance(value, Mapping):
        return _record(schema, kind["name"], value, path)
    plain = {"str": str, "bool": bool, "None": type(None)}.get(name)
    if plain is not None and type(value) is plain:
        return value
    raise _bad(path, f"expected {type_name(kind)}")


def _record(schema: Schema, name: str, value: Mapping[str, Any], path: str) -> dict[str, Any]:
    fields = _shape(schema, "records", name)
    unknown = [key for key in value if all(key != part["name"] for part in fields)]
    if unknown:
        raise _bad(f"{path}.{unknown[0]}", f"{name} has no such field")
    return {part["name"]: _field_from_json(schema, part, value, f"{path}.{part['name']}") for part in fields}


def _shape(schema: Schema, group: str, name: str) -> Sequence[Mapping[str, Any]]:
    for shape in schema[group]:
        if shape["name"] == name:
            fields: Sequence[Mapping[str, Any]] = shape["fields"]
            return fields
    return ()


def _integer(kind: Mapping[str, Any], value: Any, path: str) -> int:
    number: int | None = value if type(value) is int else None
    if isinstance(value, str):
        number = _numeral(value)
    if number is None:
        raise _bad(path, f"expected {type_name(kind)} as decimal digits")
    bits, signed = kind["bits"], kind["signed"]
    if not bits:
        fits = number.bit_length() <= MAX_INTEGER_BITS
    else:
        fits = -(1 << (bits - 1)) <= number < 1 << (bits - 1) if signed else 0 <= number < 1 << bits
    if not fits:
        raise _bad(path, f"out of the range of {type_name(kind)}")
    return number


def _fixed(kind: Mapping[str, Any], value: Any, path: str) -> FixedPoint:
    """A decimal text with at most as many places as the scale: "12.50"."""
    if isinstance(value, FixedPoint) and value.scale == kind["scale"]:
        return value
    whole, point, part = value.partition(".") if isinstance(value, str) else ("", "", "")
    digits = part.ljust(kind["scale"], "0")
    units = _numeral(whole + digits) if len(digits) == kind["scale"] and (part or not point) else None
    if units is None or whole.removeprefix("-") == "":
        raise _bad(path, f"expected {type_name(kind)} as decimal digits, such as 1{'.' + '0' * kind['scale']}")
    if units.bit_length() > MAX_INTEGER_BITS:
        raise _bad(path, f"out of the range of {type_name(kind)}")
    return FixedPoint(units, kind["scale"])


def _numeral(text: str) -> int | None:
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _MAX_DIGITS:
        return None
    return int(text)


def _data(kind: Mapping[str, Any], value: Any, path: str) -> bytes:
    del kind
    if isinstance(value, str) and value.startswith("0x"):
        try:
            data = bytes.fromhex(value[2:])
        except ValueError:
            data = None
        if data is not None and len(data) * 2 + 2 == len(value):
            return data
    raise _bad(path, "expected bytes as 0x and hex digits")


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any], Any, str], Any]]] = {
    "int": _integer,
    "bytes": _data,
    "fixed": _fixed,
}
"""By kind: what reads one value that holds no others."""


def value_to_json(schema: Schema, kind: Mapping[str, Any], value: Any) -> Any:
    """Convert one value of the encoding to JSON, by its type."""
    name = kind["kind"]
    if name == "optional":
        return None if value is None else value_to_json(schema, kind["item"], value)
    if name == "int":
        return value if 0 < kind["bits"] < JSON_INTEGER_BITS else str(value)
    if name == "bytes":
        return "0x" + value.hex()
    return str(value) if name == "fixed" else _made_to_json(schema, kind, value)


def _made_to_json(schema: Schema, kind: Mapping[str, Any], value: Any) -> Any:
    name = kind["kind"]
    if name == "list":
        return [value_to_json(schema, kind["item"], item) for item in value]
    if name == "tuple":
        return [value_to_json(schema, item, part) for item, part in zip(kind["items"], value, strict=True)]
    if name == "dict":
        return {key: value_to_json(schema, kind["value"], item) for key, item in value.items()}
    if name == "record":
        return fields_to_json(schema, "records", kind["name"], value)
    return value


def fields_to_json(schema: Schema, group: str, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the fields of a record, event or error ("records", "events", "errors") to JSON."""
    kinds = {part["name"]: part["type"] for part in _shape(schema, group, name)}
    return {
        key: value_to_json(schema, kinds[key], value) if key in kinds else plain_to_json(value)
        for key, value in fields.items()
    }


def fields_from_json(schema: Schema, group: str, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the fields of an event or error ("events", "errors") from JSON; unknown ones are left out."""
    return {
        part["name"]: value_from_json(schema, part["type"], given[part["name"]], f"{name}.{part['name']}")
        for part in _shape(schema, group, name)
        if part["name"] in given
    }


def result_to_json(schema: Schema, method: str, value: Any) -> Any:
    """Convert the returned value of a method to JSON. Raises HT4003."""
    return value_to_json(schema, method_of(schema, method)["returns"], value)


def plain_to_json(value: Any) -> Any:
    """Convert a value whose type nobody declares: integers to strings, bytes to hex."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return [plain_to_json(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain_to_json(item) for key, item in value.items()}
    if isinstance(value, FixedPoint):
        return str(value)
    return str(value) if type(value) is int else value


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """Return the schema as a JSON document: default values by their types."""

    def entry(part: Mapping[str, Any]) -> dict[str, Any]:
        if "default" not in part:
            return dict(part)
        return {**part, "default": value_to_json(schema, part["type"], part["default"])}

    shapes = {
        group: [{**shape, "fields": [entry(part) for part in shape["fields"]]} for shape in schema[group]]
        for group in ("records", "events", "errors")
    }
    methods = [{**method, "args": [entry(part) for part in method["args"]]} for method in schema["methods"]]
    return {**schema, **shapes, "methods": methods}


def type_name(kind: Mapping[str, Any]) -> str:
    """Name of a type as a contract writes it."""
    name: str = kind["kind"]
    if name == "optional":
        return f"{type_name(kind['item'])} | None"
    if name == "int":
        return f"{'I' if kind['signed'] else 'U'}{kind['bits']}" if kind["bits"] else "int"
    if name == "fixed":
        return f"Annotated[Fixed, Scale({kind['scale']})]"
    if name == "record":
        return str(kind["name"])
    if name not in ("list", "dict", "map", "tuple"):
        return name
    keys: list[Any] = [kind.get("key", {"kind": "str"})] if name in ("dict", "map") else []
    inside = kind["items"] if name == "tuple" else [*keys, kind["item" if name == "list" else "value"]]
    return f"{name.replace('map', 'Map')}[{', '.join(type_name(part) for part in inside)}]"
