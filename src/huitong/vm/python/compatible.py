"""Whether new code can take over the storage of old code: fields may be added, never removed or given another type.

Judged on the two schemas. Records count when a storage field reaches them: their fields stay with their types, new ones
have a default, and a default is never taken away, since older rows may lack the field. Records that only arguments,
results and events use may change freely.
"""

from collections.abc import Mapping
from typing import Any

from huitong.types import Code, Failed, decode


def check_upgrade(old: bytes, new: bytes) -> None:
    """Compare encoded schemas. Raises Failed HT3014 with the first reason."""
    before, after = decode(old, dict[str, Any]), decode(new, dict[str, Any])
    found = {field["name"]: field for field in after["fields"]}
    waiting: list[str] = []
    for field in before["fields"]:
        name = field["name"]
        if name not in found:
            raise _unfit(f"the storage field {name} is missing")
        if any(field.get(part) != found[name].get(part) for part in ("kind", "key", "value")):
            raise _unfit(f"the storage field {name} has another type")
        waiting += _records_in(field["value"])
    old_records, new_records = _by_name(before), _by_name(after)
    checked: set[str] = set()
    while waiting:
        record = waiting.pop()
        if record not in checked:
            checked.add(record)
            waiting += _check_record(record, old_records[record], new_records[record])


def _check_record(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Compare a record that both schemas have; return the records in its fields."""
    kept = {field["name"]: field for field in old["fields"]}
    found = {field["name"]: field for field in new["fields"]}
    inside: list[str] = []
    for part, field in kept.items():
        now = found.get(part)
        if now is None:
            raise _unfit(f"the field {part} of the record {name} is missing")
        if now["type"] != field["type"]:
            raise _unfit(f"the field {part} of the record {name} has another type")
        if "default" in field and "default" not in now:
            raise _unfit(f"the field {part} of the record {name} has lost its default")
        inside += _records_in(field["type"])
    for part, field in found.items():
        if part not in kept and "default" not in field:
            raise _unfit(f"the new field {part} of the record {name} has no default")
    return inside


def _by_name(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {record["name"]: record for record in schema["records"]}


def _records_in(kind: Mapping[str, Any]) -> list[str]:
    """Names of the records inside a type of the schema, whatever stands around them."""
    if kind.get("kind") == "record":
        return [kind["name"]]
    return [name for part in kind.values() if isinstance(part, dict) for name in _records_in(part)]


def _unfit(reason: str) -> Failed:
    return Failed(Code.UPGRADE_INCOMPATIBLE, reason=reason)
