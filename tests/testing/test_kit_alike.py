"""Fields and methods that a value has not: ordinary Python and the compiled contract fail, and catch, alike."""

import pytest

from huitong.testing import Chain
from huitong.testing import reverts as refused
from huitong.types import Code

HEAD = """from huitong.contract import Contract, Fixed, Map, Protocol, Record, call, ctx


class Item(Record):
    name: str
    size: int = 0


class Other(Protocol):
    @call
    def ask(self) -> int: ...


class Case(Contract):
    rows: Map[str, Item]

    @call
    def go(self) -> str:
        s, b, l, d, n, i, t, x = "ab", b"ab", [1], {"a": 1}, None, 3, (1, 2), Fixed("1.5")
        item, other = Item(name="x"), ctx.contract(ctx.self, Other)
"""
CATCHING = """        try:
            {act}
        except CAUGHT:
            return "caught"
        return "went on"
"""
BODIES = {
    "uncaught": "        {act}\n        return 'went on'\n",
    "as type": CATCHING.replace("CAUGHT", "TypeError"),
    "as any": CATCHING.replace("CAUGHT", "Exception"),
}
MISSING = (
    "n.size",
    "i.size",
    "s.append(1)",
    "l.upper()",
    "n.upper()",
    "t.append(1)",
    "l.get(1)",
    "d.append(1)",
    "i.hex()",
    "l.join(s)",
    "x.append(1)",
    "ctx.sender.size",
    "other.upper()",
    "item.upper()",
    "self.rows.get('x', None).size",
    "n.size = 1",
    "i.size = 1",
)


@pytest.fixture(params=["plain", "compiled"])
def kit(request):
    return Chain(lead=request.param)


def made(kit, tmp_path, body, act):
    path = tmp_path / "case.py"
    path.write_text(HEAD + BODIES[body].format(act=act))
    return kit.deploy(path)


@pytest.mark.parametrize("act", MISSING)
def test_what_a_value_has_not_is_a_wrong_type_and_no_type_error(kit, tmp_path, act):
    with refused(Code.TYPE_MISMATCH):
        made(kit, tmp_path, "uncaught", act).go()
    assert kit.last.plain[0].fault is not None


@pytest.mark.parametrize("act", MISSING[:6])
def test_it_is_caught_with_everything_alone(kit, tmp_path, act):
    """`except TypeError` lets it pass, as Python does."""
    with refused(Code.TYPE_MISMATCH):
        made(kit, tmp_path, "as type", act).go()


@pytest.mark.parametrize("act", MISSING[:6])
def test_except_exception_catches_it(kit, tmp_path, act):
    assert made(kit, tmp_path, "as any", act).go() == "caught"
