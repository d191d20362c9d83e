"""Operations of the contract language, each as a statement that a loop repeats."""

from typing import Final, NamedTuple


class Case(NamedTuple):
    """One operation. setup: statements before the loop. makes: it is paid for the memory that it takes, not time."""

    name: str
    statement: str
    setup: str = ""
    makes: bool = False


HEAD: Final = """from huitong.contract import (
    Contract, Date, Error, Event, Fixed, Map, Protocol, Record, Value, call, ctx, date_of, date_of_days, from_units,
    require, time_text, view,
)


class Row(Record):
    owner: str
    count: int = 0


class Big(Record):
    names: list[str]
    counts: dict[str, int]
    inner: Row


class Told(Event):
    name: str
    count: int


class Refused(Error):
    name: str


def helper(value: int) -> int:
    return value


class Other(Protocol):
    @view
    def nothing(self) -> int: ...
"""

SIZES: Final = (32, 64, 256, 1024, 2040)
"""Bits of numbers; products stay below 4,096."""


def _arithmetic() -> list[Case]:
    found = []
    for bits in SIZES:
        setup = f"a = (1 << {bits - 1}) + 12345\nb = (1 << {bits - 2}) + 999\nc = a * b if {bits} > 64 else a"
        for name, operator in (
            ("add", "+"), ("subtract", "-"), ("multiply", "*"), ("and", "&"), ("or", "|"), ("xor", "^"),
            ("equal", "=="), ("less", "<"),
        ):  # fmt: skip
            found.append(Case(f"{name} {bits}", f"x = a {operator} b", setup))
        found += [Case(f"divide {bits}", "x = c // b", setup), Case(f"modulo {bits}", "x = c % b", setup)]
        found += [Case(f"shift left {bits}", "x = a << 7", setup), Case(f"shift right {bits}", "x = a >> 7", setup)]
        found += [Case(f"negate {bits}", "x = -a", setup), Case(f"invert {bits}", "x = ~a", setup)]
        found += [Case(f"text of {bits}", "x = str(a)", setup), Case(f"absolute {bits}", "x = abs(a)", setup)]
        found += [Case(f"number of text {bits}", "x = int(t)", setup + "\nt = str(a)")]
        found += [Case(f"format {bits}", 'x = f"{a:,d}"', setup), Case(f"divmod {bits}", "x = divmod(c, b)", setup)]
        found += [Case(f"to bytes {bits}", 'x = a.to_bytes(260, "big")', setup)]
    found += [
        Case("power 3**20", "x = 3 ** 20"),
        Case("power to 4095 bits", "x = 2 ** 4094"),
        Case("power of 64 bits", "x = a ** 60", "a = (1 << 64) + 1"),
        Case("number from 256 bytes", 'x = int.from_bytes(d, "big")', 'd = b"x" * 256'),
        Case("number from 8 bytes", 'x = int.from_bytes(d, "big")', 'd = b"x" * 8'),
    ]
    return found


def _texts() -> list[Case]:
    """On the inputs that take longest: every letter is looked at, every second one ends a word."""
    found = []
    for size in (8, 512, 8192):
        part = size // 4 if size < 2500 else 49  # the interpreter changes its way of searching
        setup = (
            f't = "a," * {size // 2}\nu = t[:-1] + "b"\nv = t[:-1] + "c"\nd = t.encode()\nn = "7" * {size}\n'
            f'b = "a " * {size // 2}\nws = t.split(",")\nh = d.hex()\ns = " " * {size}\n'
            f'p = "a" * {2 * part - 2} + "b" + "a"\nq = "a" * {size}'
        )
        for name, statement in {
            "equal": "x = u == v", "less": "x = u < v", "startswith": "x = t.startswith(t)", "find": "x = q.find(p)",
            "in": "x = p in q", "count": "x = q.count(p)", "isdigit": "x = n.isdigit()", "isalnum": "x = n.isalnum()",
            "hash": "x = ctx.hash(d)", "len": "x = len(t)", "index": "x = t[3]",
        }.items():  # fmt: skip
            found.append(Case(f"text {name} {size}", statement, setup))
        for name, statement in {
            "concatenate": "x = t + u", "f-string": 'x = f"{t}-{u}"', "slice": "x = t[1:-1]", "upper": "x = t.upper()",
            "strip": "x = s.strip()", "split": 'x = t.split(",")', "split at blanks": "x = b.split()",
            "replace": 'x = t.replace(",", "--")', "encode": "x = t.encode()", "decode": "x = d.decode()",
            "hex": "x = d.hex()", "join": 'x = ",".join(ws)', "zfill": f"x = t.zfill({size + 4})", "from hex":
            "x = bytes.fromhex(h)", "bytes concatenate": "x = d + d", "bytes slice": "x = d[1:-1]",
            "repeat": "x = t * 2",
        }.items():  # fmt: skip
            found.append(Case(f"text {name} {size}", statement, setup, makes=size > 8))
    return found


_MAKING: Final = (
    "copy", "concatenate", "slice", "tuple", "reversed", "enumerate", "zip", "dict copy", "dict items", "dict keys",
    "any",
)  # fmt: skip


def _collections() -> list[Case]:
    found = []
    for size in (4, 100, 2000):
        setup = (
            f"xs = [(i * 7919) % 10007 for i in range({size})]\nys = [str(x) for x in xs]\n"
            f'ds = {{str(i): i for i in range({size})}}\nrs = [Row(owner="a", count=i) for i in range({size})]\n'
            f"zs = list(xs)\nps = [(i, str(i)) for i in xs]"
        )
        statements = {
            "sum": "x = sum(xs)", "max": "x = max(xs)", "min of texts": "x = min(ys)", "sorted": "x = sorted(xs)",
            "sorted texts": "x = sorted(ys)", "sorted pairs": "x = sorted(ps)",
            "sorted by key": "x = sorted(xs, key=lambda a: -a)", "reversed": "x = list(reversed(xs))",
            "copy": "x = list(xs)", "concatenate": "x = xs + xs", "slice": "x = xs[1:-1]", "in": "x = -1 in xs",
            "in texts": 'x = "nothing" in ys', "equal": "x = xs == zs", "index": "x = xs.index(xs[-1])",
            "count": "x = xs.count(3)", "enumerate": "x = enumerate(xs)", "zip": "x = zip(xs, ys)",
            "comprehension": "x = [a for a in xs]", "comprehension with test": "x = [a + 1 for a in xs if a > 5]",
            "dict comprehension": "x = {a: 1 for a in ys}", "pairs": "x = [b for a, b in ps]", "any": "x = any(xs)",
            "loop": "for a in xs:\n    pass", "loop of range": f"for a in range({size}):\n    pass",
            "loop of pairs": "for a, b in ps:\n    pass",
            "dict items": "x = ds.items()", "dict keys": "x = list(ds.keys())", "dict copy": "x = dict(ds)",
            "dict equal": "x = ds == ds", "dict loop": "for a in ds:\n    pass", "records equal": "x = rs == rs",
            "tuple": "x = tuple(xs)",
        }  # fmt: skip
        found += [Case(f"list {name} {size}", text, setup, makes=name in _MAKING) for name, text in statements.items()]
    return found


SMALL: Final = (
    Case("pass", "pass"),
    Case("assign", "x = y", "y = 1"),
    Case("assign two", "x, z = y", "y = (1, 2)"),
    Case("literal list", "x = [1, 2, 3]"),
    Case("literal tuple", "x = (1, y, 3)", "y = 1"),
    Case("literal dict", 'x = {"a": 1, "b": 2}'),
    Case("condition", "x = 1 if y else 2", "y = True"),
    Case("if", "if y:\n    pass", "y = True"),
    Case("boolean", "x = y and z", "y = True\nz = True"),
    Case("not", "x = not y", "y = True"),
    Case("is None", "x = y is None", "y = 1"),
    Case("chain", "x = 0 < y < 10", "y = 5"),
    Case("list index", "x = xs[1]", "xs = [1, 2, 3]"),
    Case("list set", "xs[1] = 5", "xs = [1, 2, 3]"),
    Case("list append and pop", "xs.append(1)\nx = xs.pop()", "xs = [1]"),
    Case("dict get", 'x = ds["a"]', 'ds = {"a": 1}'),
    Case("dict set", 'ds["a"] = 5', 'ds = {"a": 1}'),
    Case("dict in", 'x = "a" in ds', 'ds = {"a": 1}'),
    Case("dict method get", 'x = ds.get("b", 0)', 'ds = {"a": 1}'),
    Case("augment", "x += 1", "x = 0"),
    Case("augment item", "xs[0] += 1", "xs = [0]"),
    Case("call function", "x = helper(1)"),
    Case("call method", "x = self.own(1)"),
    Case("record", 'x = Row(owner="a", count=1)'),
    Case("record field", "x = r.count", 'r = Row(owner="a", count=1)'),
    Case("record set", "r.count = 7", 'r = Row(owner="a", count=1)'),
    Case("record equal", "x = r == r", 'r = Row(owner="a", count=1)'),
    Case("isinstance", "x = isinstance(y, int)", "y = 1"),
    Case("require", 'require(y, Refused(name="a"))', "y = True"),
    Case("assert", 'assert y, "no"', "y = True"),
    Case("raise and catch", 'try:\n    raise Refused(name="a")\nexcept Refused:\n    pass'),
    Case("catch of a key", 'try:\n    x = ds["b"]\nexcept KeyError:\n    pass', 'ds = {"a": 1}'),
    Case(
        "while",
        "y = 0\nwhile y < 20:\n    y += 1",
    ),
    Case("range", "x = range(10)"),
    Case("ctx.time", "x = ctx.time"),
    Case("ctx.sender.org", "x = ctx.sender.org"),
    Case("ctx.sender.roles", "x = ctx.sender.roles"),
    Case("f-string small", 'x = f"a{y}"', "y = 5"),
    Case("format width", 'x = f"{y:>8d}"', "y = 5"),
    Case("fixed add", "x = a + b", 'a = Fixed("12.50")\nb = Fixed("1.25")'),
    Case("fixed made", 'x = Fixed("12.50")'),
    Case("fixed units", "x = from_units(5, 2)"),
    Case("fixed times", 'x = a.times(b, "half_even")', 'a = Fixed("12.50")\nb = Fixed("1.25")'),
    Case("fixed divided", 'x = a.divided_by(b, "half_even")', 'a = Fixed("12.50")\nb = Fixed("1.25")'),
    Case("fixed rounded", 'x = a.rounded(1, "half_up")', 'a = Fixed("12.55")'),
    Case("fixed text", "x = str(a)", 'a = Fixed("12.55")'),
    Case("fixed less", "x = a < b", 'a = Fixed("12.50")\nb = Fixed("1.25")'),
    Case(
        "fixed times big", 'x = a.times(b, "half_even")', "a = from_units(1 << 2000, 2)\nb = from_units(1 << 1900, 2)"
    ),
    Case("date", "x = Date(2026, 1, 31)"),
    Case("date of time", "x = date_of(ctx.time)"),
    Case("date of text", 'x = date_of("2026-01-31")'),
    Case("date of days", "x = date_of_days(20000)"),
    Case("date add", "x = d + 30", "d = Date(2026, 1, 31)"),
    Case("date months", "x = d.plus_months(1)", "d = Date(2026, 1, 31)"),
    Case("date less", "x = d < e", "d = Date(2026, 1, 31)\ne = Date(2026, 2, 1)"),
    Case("time text", "x = time_text(ctx.time)"),
    Case("lambda calls", "x = max(xs, key=lambda a: a)", "xs = [1, 2, 3, 4]"),
)

STATE: Final = (
    Case("storage read", 'x = self.rows[f"k{turn}"]'),
    Case("storage read nested", 'x = self.bigs[f"k{turn}"]'),
    Case("storage read warm", 'x = self.rows["k1"]'),
    Case("storage in", 'x = f"k{turn}" in self.rows'),
    Case("storage missing", 'x = self.rows.get(f"n{turn}")'),
    Case("storage write new", 'self.rows[f"n{turn}"] = r', 'r = Row(owner="a", count=1)'),
    Case("storage write", 'self.rows[f"k{turn}"] = r', 'r = Row(owner="a", count=1)'),
    Case("storage write nested", 'self.bigs[f"n{turn}"] = b', 'b = self.bigs["k1"]'),
    Case("storage write grid", 'self.grid["a"][turn] = 5'),
    Case("storage delete", 'del self.rows[f"k{turn}"]'),
    Case("storage rows", "x = self.rows.items(limit=50)"),
    Case("storage value", "self.total.set(self.total.get(0) + 1)"),
    Case("event", 'Told(name="abcdefgh", count=turn).emit()'),
    Case("look-up of a contract", "x = ctx.contract(ctx.self, Other)"),
    Case("member", "x = ctx.member(ctx.sender.address)"),
    Case("verify ED25519", "x = ctx.verify(k, p, m, s)"),
    Case("verify P256", "x = ctx.verify(k, p, m, s)"),
    Case("verify SECP256K1", "x = ctx.verify(k, p, m, s)"),
    Case("verify SM2", "x = ctx.verify(k, p, m, s)"),
)
"""What the node takes part in: its stores and tree are measured with it."""

COMPUTING: Final = (*SMALL, *_arithmetic(), *_texts(), *_collections())
"""What touches no state."""


def source_of(case: Case) -> str:
    """A contract whose method `run` repeats the operation, one for each turn of a loop."""
    indent = "        "
    setup = "".join(f"{indent}{line}\n" for line in case.setup.splitlines())
    body = "".join(f"{indent}    {line}\n" for line in case.statement.splitlines())
    return f"""{HEAD}

class Repeating(Contract):
    rows: Map[str, Row]
    bigs: Map[str, Big]
    grid: Map[str, Map[int, int]]
    total: Value[int]

    @call
    def fill(self, rows: int) -> None:
        for turn in range(rows):
            self.rows[f"k{{turn}}"] = Row(owner="hospital-a", count=turn)
            self.bigs[f"k{{turn}}"] = Big(names=["alpha", "beta"], counts={{"a": 1, "b": 2}}, inner=Row(owner="a"))

    @view
    def nothing(self) -> int:
        return 1

    @call
    def run(self, turns: int) -> None:
{setup}{indent}for turn in range(turns):
{body}
    def own(self, value: int) -> int:
        return value
"""
