"""Which storage new code can take over."""

import pytest

from huitong.types import Code, Failed
from huitong.vm.python.engine import PythonEngine
from huitong.vm.python.source import compile_source

HEAD = "from huitong.contract import Contract, Event, Map, Record, Value, call\n\n"
BASE = """
class Inner(Record):
    a: int
    b: str = ""

class Row(Record):
    inner: list[Inner]

class Seen(Event):
    what: str

class Sample(Contract):
    rows: Map[str, Row]
    total: Value[int]

    @call
    def go(self, n: int) -> int:
        return n
"""


@pytest.fixture(scope="module")
def engine():
    made = PythonEngine(workers=1)
    yield made
    made.close()


def upgraded(engine: PythonEngine, *changes: tuple[str, str]):
    text = BASE
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return engine.deploy(compile_source(HEAD + text), 10**9, compile_source(HEAD + BASE))


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("    total: Value[int]", "    total: Value[int]\n    more: Value[str]")],
        [('    b: str = ""', '    b: str = ""\n    c: int = 0')],
        [('    b: str = ""', '    b: str = "other"')],
        [("    what: str", "    what: int")],
        [("def go(self, n: int) -> int", "def went(self, n: int, m: int) -> int")],
        [("    rows: Map[str, Row]\n    total: Value[int]", "    total: Value[int]\n    rows: Map[str, Row]")],
    ],
)
def test_what_fits(engine, changes):
    assert upgraded(engine, *changes).fields


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    total: Value[int]\n", "", "the storage field total is missing"),
        ("    total: Value[int]", "    total: Value[str]", "the storage field total has another type"),
        ("rows: Map[str, Row]", "rows: Map[bytes, Row]", "the storage field rows has another type"),
        ("total: Value[int]", "total: Map[str, int]", "the storage field total has another type"),
        ("    a: int\n", "", "the field a of the record Inner is missing"),
        ("    a: int\n", "    a: str\n", "the field a of the record Inner has another type"),
        ('    b: str = ""', "    b: str", "the field b of the record Inner has lost its default"),
        ("    a: int\n", "    a: int\n    c: int\n", "the new field c of the record Inner has no default"),
        ("    inner: list[Inner]", "    inner: dict[str, Inner]", "the field inner of the record Row has another type"),
    ],
)
def test_what_does_not_fit(engine, old, new, reason):
    with pytest.raises(Failed) as caught:
        upgraded(engine, (old, new))
    assert (caught.value.code, caught.value.data["reason"]) == (Code.UPGRADE_INCOMPATIBLE, reason)


def test_an_upgrade_pays_for_the_former_code_too(engine):
    code = compile_source(HEAD + BASE)
    alone, upgrade = engine.deploy(code, 10**9).gas_used, engine.deploy(code, 10**9, code).gas_used
    assert upgrade == alone + 100 * len(code)
    with pytest.raises(Failed) as caught:
        engine.deploy(code, upgrade - 1, code)
    assert caught.value.code == Code.OUT_OF_GAS
