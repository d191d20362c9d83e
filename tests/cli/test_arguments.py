"""Words of a command line become arguments by the types of the method."""

import pytest

from huitong.api.abi import arguments_from_json, decode_schema
from huitong.cli.arguments import given_words
from huitong.types import Code, FixedPoint, HuitongError
from huitong.vm.python.program import load_program
from huitong.vm.python.source import compile_source

SOURCE = """from huitong.contract import U8, Annotated, Contract, Fixed, Record, Scale, call


class Item(Record):
    name: str
    size: int = 0


class Sample(Contract):
    @call
    def one(self, text: str, number: int, small: U8, price: Annotated[Fixed, Scale(2)], data: bytes) -> None:
        pass

    @call
    def made(self, names: list[str], item: Item, yes: bool, maybe: str | None, more: int | None) -> None:
        pass
"""


@pytest.fixture(scope="module")
def schema():
    return decode_schema(load_program(compile_source(SOURCE)).schema)


def read(schema, method, *words):
    return arguments_from_json(schema, method, given_words(schema, method, words))


def test_texts_numbers_and_bytes_need_no_quotes(schema):
    found = read(schema, "one", "17", "-5", "255", "12.50", "0x0aff")
    assert found == ("17", -5, 255, FixedPoint(1250, 2), b"\x0a\xff")
    assert read(schema, "one", "null", str(2**70), "0", "3", "0x")[:2] == ("null", 2**70)
    assert read(schema, "one", "true", "1", "0", "1", "0x")[0] == "true"


def test_a_quoted_text_is_the_text_within(schema):
    assert read(schema, "one", '"17"', '"5"', "0", "1", "0x")[:2] == ("17", 5)
    assert read(schema, "one", '"', "5", "0", "1", "0x")[0] == '"'
    assert read(schema, "one", '"a" and "b"', "5", "0", "1", "0x")[0] == '"a" and "b"'


def test_all_else_is_json_and_null_is_none_where_it_may_be(schema):
    found = read(schema, "made", '["a", "1"]', '{"name": "x"}', "true", "null", "null")
    assert found == (["a", "1"], {"name": "x", "size": 0}, True, None, None)
    assert read(schema, "made", "[]", '{"name": "x"}', "false", "17", "17")[3:] == ("17", 17)


@pytest.mark.parametrize(
    ("method", "words", "reason"),
    [
        ("one", ("a", "x"), "number: expected int as decimal digits"),
        ("one", ("a", "1", "256"), "small: out of the range of U8"),
        ("made", ("a b",), "names: expected list[str] as JSON"),
        ("made", ("[]", "{}", "yes"), "yes: expected bool as JSON"),
        ("one", ("a", "1", "1", "1", "0x", "more"), "arguments: one takes 5, not 6"),
        ("one", ("a",), "number: is missing; expected int"),
    ],
)
def test_wrong_words_are_named(schema, method, words, reason):
    with pytest.raises(HuitongError) as caught:
        read(schema, method, *words)
    assert caught.value.code == Code.ARGUMENTS_INVALID
    assert reason in str(caught.value)


def test_a_method_that_is_not_there_is_named(schema):
    with pytest.raises(HuitongError) as caught:
        given_words(schema, "nothing", ("1",))
    assert caught.value.code == Code.METHOD_UNKNOWN
