"""JSON forms of contract values, by the schema."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huitong.api.abi import (
    arguments_from_json,
    decode_schema,
    fields_to_json,
    plain_to_json,
    result_to_json,
    schema_to_json,
    type_name,
    value_from_json,
    value_to_json,
)
from huitong.types import Code, HuitongError
from huitong.vm.python.program import load_program
from huitong.vm.python.source import compile_source

SOURCE = """from huitong.contract import U8, U32, I64, Contract, Error, Event, Record, call, view


class Part(Record):
    id: bytes
    size: U32 = 3


class Whole(Record):
    parts: list[Part]
    notes: dict[str, int]
    best: Part | None = None


class Seen(Event):
    id: bytes
    n: int


class Case(Contract):
    @call
    def put(self, whole: Whole, n: U8, far: I64 = -5, key: bytes = b"ab") -> int:
        \"\"\"Put it.\"\"\"
        return far

    @view
    def get(self) -> Whole | None:
        return None
"""
SCHEMA = decode_schema(load_program(compile_source(SOURCE)).schema)
WHOLE = {"parts": [{"id": "0x00ff"}], "notes": {"a": "12345678901234567890123"}}
WHOLE_VALUE = {"parts": [{"id": b"\0\xff", "size": 3}], "notes": {"a": 12345678901234567890123}, "best": None}


def test_arguments_by_place_and_by_name_are_the_same():
    expected = (WHOLE_VALUE, 7, -5, b"ab")
    assert arguments_from_json(SCHEMA, "put", [WHOLE, 7]) == expected
    assert arguments_from_json(SCHEMA, "put", {"n": "7", "whole": WHOLE}) == expected


@pytest.mark.parametrize(
    ("given_", "path"),
    [
        ([WHOLE], "n"),
        ([WHOLE, 7, 1, "0x", 2], "arguments"),
        ({"whole": WHOLE, "n": 7, "m": 1}, "m"),
        ([WHOLE, 256], "n"),
        ([WHOLE, -1], "n"),
        ([WHOLE, 1.0], "n"),
        ([WHOLE, True], "n"),
        ([WHOLE, "1_0"], "n"),
        ([WHOLE, "\u0661"], "n"),
        ([WHOLE, 7, str(2**63)], "far"),
        ([WHOLE, 7, 1, "00"], "key"),
        ([WHOLE, 7, 1, "0x0"], "key"),
        ([WHOLE, 7, 1, "0x 00"], "key"),
        ([{"parts": [], "notes": []}, 7], "whole.notes"),
        ([{"parts": [{"id": "0x", "size": "x"}], "notes": {}}, 7], "whole.parts[0].size"),
        ([{"parts": [{}], "notes": {}}, 7], "whole.parts[0].id"),
        ([{"parts": [], "notes": {}, "more": 1}, 7], "whole.more"),
    ],
)
def test_wrong_arguments_name_their_place(given_, path):
    with pytest.raises(HuitongError) as caught:
        arguments_from_json(SCHEMA, "put", given_)
    assert caught.value.code == Code.ARGUMENTS_INVALID
    assert caught.value.data["argument"] == path


def test_unknown_methods_have_a_code():
    with pytest.raises(HuitongError) as caught:
        arguments_from_json(SCHEMA, "nothing", [])
    assert caught.value.code == Code.METHOD_UNKNOWN


def test_results_and_events_by_their_types():
    assert result_to_json(SCHEMA, "put", 5) == "5"
    assert result_to_json(SCHEMA, "get", None) is None
    shown = result_to_json(SCHEMA, "get", WHOLE_VALUE)
    assert shown["parts"] == [{"id": "0x00ff", "size": 3}]
    assert shown["notes"] == {"a": "12345678901234567890123"}
    assert fields_to_json(SCHEMA, "events", "Seen", {"id": b"\1", "n": 2}) == {"id": "0x01", "n": "2"}
    assert plain_to_json({"a": [1, b"\1", None, True, "x"]}) == {"a": ["1", "0x01", None, True, "x"]}


def test_the_schema_is_a_json_document():
    document = json.loads(json.dumps(schema_to_json(SCHEMA)))
    put = next(method for method in document["methods"] if method["name"] == "put")
    assert put["doc"] == "Put it."
    assert [part.get("default") for part in put["args"]] == [None, None, "-5", "0x6162"]
    assert [type_name(part["type"]) for part in put["args"]] == ["Whole", "U8", "I64", "bytes"]
    assert document["records"][0]["fields"][1] == {
        "name": "size",
        "type": {"kind": "int", "bits": 32, "signed": False},
        "default": 3,
    }


PART = st.fixed_dictionaries({"id": st.binary(max_size=8), "size": st.integers(0, 2**32 - 1)})
WHOLES = st.fixed_dictionaries(
    {
        "parts": st.lists(PART, max_size=3),
        "notes": st.dictionaries(st.text(max_size=4), st.integers(-(2**300), 2**300), max_size=3),
        "best": st.none() | PART,
    }
)


@given(WHOLES)
def test_json_comes_back(value):
    kind = {"kind": "record", "name": "Whole"}
    shown = json.loads(json.dumps(value_to_json(SCHEMA, kind, value)))
    assert value_from_json(SCHEMA, kind, shown) == value
