"""Tuples, bounded types and fixed-point numbers in JSON, by the schema of a contract that has them."""

import pytest

from huitong.api.abi import arguments_from_json, decode_schema, plain_to_json, result_to_json, schema_to_json, type_name
from huitong.types import Code, FixedPoint, HuitongError, decode_scanned
from huitong.vm.python.local import LocalContract

SOURCE = """from huitong.contract import Annotated, Contract, Fixed, Map, Most, Scale, call

Money = Annotated[Fixed, Scale(2)]


class Shop(Contract):
    prices: Map[str, Map[str, Money]]

    @call
    def put(self, price: Money, place: tuple[int, str], names: Annotated[list[str], Most(2)]) -> tuple[Money, int]:
        self.prices["a"]["b"] = price
        return price + self.prices["a"]["b"], place[0] + len(names)
"""


@pytest.fixture
def contract():
    return LocalContract(SOURCE)


@pytest.fixture
def schema(contract):
    return decode_schema(contract.program.schema)


def test_arguments_and_results_go_there_and_back(contract, schema):
    args = arguments_from_json(schema, "put", ["12.5", ["3", "x"], ["a", "b"]])
    assert args == (FixedPoint(1250, 2), [3, "x"], ["a", "b"])
    answer = contract.call("put", *args)
    assert answer.code == 0
    value = decode_scanned(answer.data, list)
    assert value == [FixedPoint(2500, 2), 5]
    assert result_to_json(schema, "put", value) == ["25.00", "5"]
    assert plain_to_json(value) == ["25.00", "5"]


@pytest.mark.parametrize(
    ("place", "bad"),
    [
        (0, "12.505"), (0, 12), (0, "."), (0, "1."), (0, ".5"), (0, "1e3"), (0, "-"), (0, None), (0, "9" * 1300),
        (1, ["3"]), (1, ["3", "x", "y"]), (1, {"0": "3"}), (1, ["x", "3"]), (2, ["a", "b", "c"]), (2, "ab"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_its_path(schema, place, bad):
    good = ["12.50", ["3", "x"], []]
    good[place] = bad
    with pytest.raises(HuitongError) as caught:
        arguments_from_json(schema, "put", good)
    assert caught.value.code == Code.ARGUMENTS_INVALID
    assert caught.value.data["argument"].startswith(["price", "place", "names"][place])


def test_the_engine_refuses_them_too(contract):
    for args in (
        (FixedPoint(1, 3), [1, "x"], []), (1, [1, "x"], []), (FixedPoint(1, 2), [1], []),
        (FixedPoint(1, 2), [1, "x"], ["a"] * 3),
    ):  # fmt: skip
        assert contract.call("put", *args).code == Code.ARGUMENTS_INVALID
    assert contract.host.rows == {}


def test_the_schema_is_json_and_names_types_as_contracts_do(schema):
    document = schema_to_json(schema)
    args = document["methods"][0]["args"]
    assert [type_name(part["type"]) for part in args] == ["Annotated[Fixed, Scale(2)]", "tuple[int, str]", "list[str]"]
    assert args[2]["type"]["most"] == 2
    assert document["fields"] == [
        {
            "name": "prices",
            "kind": "map",
            "key": {"kind": "str"},
            "value": {"kind": "map", "key": {"kind": "str"}, "value": {"kind": "fixed", "scale": 2}},
        }
    ]
