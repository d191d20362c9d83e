"""Random contracts for the fuzzer: well-formed text of the language, mostly well-typed, made to burn gas."""

from collections.abc import Callable
from random import Random

_NUMBERS = ("0", "1", "2", "7", "255", "1000", "65536", "-3", "(1 << 64)", "(3 ** 900)", "(2 ** 4095)")
_TEXTS = ("''", "'a'", "'ab' * 50", "'a' * 20000", "'é' * 3000", "'\\U0001f600' * 900", "'a b ' * 800", "'0123'")
_DATA = ("b''", "b'abc'", "b'ab' * 9000", "bytes(300)")
_LISTS = ("[]", "[1, 2, 3]", "[0] * 5000", "['a'] * 700", "list(range(3000))", "[[1, 2], [3, 4]] * 90")
_DICTS = ("{}", "{'a': 1, 'b': 2}", "{str(k): k for k in range(400)}")
_ORDERS = ("'big'", "'little'")
_ROUNDINGS = ("'half_even'", "'up'", "'floor'")
_FORMATS = (">64", "<9", "^12", "012", ",", "x", "b", "d")
_OPERATORS = ("+", "-", "*", "//", "%", "&", "|", "^")
_SETUP = "".join(
    f"        {line}\n"
    for line in (
        "n = 3",
        "s = 'ab'",
        "b = b'ab'",
        "l = [1, 2]",
        "d = {'a': 1}",
        "item = Item(name='x')",
        "x = Fixed('1.25')",
    )
)


class Grammar:
    """Makers of expressions by type, and of statements. depth bounds the nesting."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def contract(self) -> str:
        """A contract whose method `main` repeats random statements for ever."""
        lines = [self.statement(3) for _ in range(self.random.randint(1, 4))]
        body = "\n".join(f"            {line}" for block in lines for line in block.splitlines())
        before = "\n".join(
            f"        {line}" for _ in range(self.random.randint(0, 4)) for line in self.statement(2).splitlines()
        )
        return (
            "from huitong.contract import Annotated, Contract, Date, Error, Event, Fixed, Map, Most, Record, Scale\n"
            "from huitong.contract import Value, call, ctx, date_of, from_units, time_text\n\n"
            "class Item(Record):\n    name: str\n    size: int = 0\n    tags: list[int] | None = None\n\n"
            "class Note(Event):\n    text: str\n\n"
            "class Stop(Error):\n    pass\n\n"
            "def helper(a, c=2):\n    return a if c else [a, c]\n\n"
            "TABLE = [3, 1, 2]\n\n"
            "class Case(Contract):\n    table: Map[str, Item]\n    counts: Map[int, int]\n    box: Value[list[int]]\n"
            "    deep: Map[str, Map[int, Annotated[Fixed, Scale(2)]]]\n"
            "    few: Value[Annotated[list[int], Most(3)]]\n\n"
            f"    @call\n    def main(self) -> int:\n{_SETUP}{before}\n        while True:\n{body}\n        return n\n"
        )

    def pick(self, *makers: Callable[[], str]) -> str:
        """One of several, at random."""
        return self.random.choice(makers)()

    def word(self, *words: str) -> str:
        """One of several words."""
        return self.random.choice(words)

    def number(self, depth: int) -> str:
        """An expression that is a number, most of the time."""
        if depth <= 0:
            return self.word("n", "len(l)", "len(s)", *_NUMBERS)
        return self.pick(
            lambda: f"({self.number(depth - 1)} {self.word(*_OPERATORS)} {self.number(depth - 1)})",
            lambda: f"({self.number(depth - 1)} {self.word('<<', '>>', '**')} {self.word('1', '5', '60', '2000')})",
            lambda: f"{self.word('len', 'sum', 'max', 'min')}({self.list(depth - 1)})",
            lambda: f"len({self.text(depth - 1)})",
            lambda: f"int({self.text(0)})",
            lambda: f"{self.text(depth - 1)}.{self.word('find', 'count')}({self.text(0)})",
            lambda: f"{self.list(depth - 1)}.{self.word('index', 'count')}({self.any(depth - 1)})",
            lambda: f"abs({self.number(depth - 1)})",
            lambda: f"({self.number(depth - 1)} if {self.truth(depth - 1)} else {self.number(0)})",
            lambda: f"{self.dict(depth - 1)}.get({self.text(0)}, 1)",
            lambda: f"self.counts.get({self.number(0)}, 5)",
            lambda: f"int.from_bytes({self.data(depth - 1)}, {self.word(*_ORDERS)})",
            lambda: f"{self.fixed(depth - 1)}.{self.word('units', 'scale')}",
            lambda: (
                f"{self.word('min', 'max')}({self.list(depth - 1)}, key=lambda v: {self.any(depth - 1)}, default=1)"
            ),
            lambda: f"date_of({self.number(0)}).{self.word('year', 'days', 'weekday')}",
            lambda: f"TABLE[{self.word('0', 'n', '-1')}]",
            lambda: "item.size",
            lambda: f"{self.list(depth - 1)}[{self.number(0)}]",
        )

    def truth(self, depth: int) -> str:
        """A condition."""
        if depth <= 0:
            return self.word("True", "n > 2", "s == 'a'", "l", "d")
        return self.pick(
            lambda: f"{self.any(depth - 1)} {self.word('==', '!=')} {self.any(depth - 1)}",
            lambda: f"{self.number(depth - 1)} {self.word('<', '<=', '>', '>=')} {self.number(depth - 1)}",
            lambda: f"{self.text(depth - 1)} {self.word('<', 'in', 'not in', '>')} {self.text(depth - 1)}",
            lambda: f"{self.any(depth - 1)} in {self.word(self.list(depth - 1), 'range(10**15)', 'd')}",
            lambda: f"{self.text(depth - 1)} in self.table",
            lambda: f"0 <= {self.number(depth - 1)} < {self.number(0)}",
            lambda: f"({self.truth(depth - 1)} {self.word('and', 'or')} {self.truth(depth - 1)})",
            lambda: f"{self.text(depth - 1)}.{self.word('isdigit', 'isalpha', 'isalnum')}()",
            lambda: f"{self.word('any', 'all')}({self.list(depth - 1)})",
            lambda: f"isinstance({self.any(depth - 1)}, {self.word('int', 'str', '(list, dict)', 'Item', 'Fixed')})",
            lambda: f"{self.fixed(depth - 1)} {self.word('<', '>=', '==')} {self.fixed(depth - 1)}",
        )

    def text(self, depth: int) -> str:
        """A text, most of the time."""
        if depth <= 0:
            return self.word("s", *[f"({text})" for text in _TEXTS])
        return self.pick(
            lambda: f"({self.text(depth - 1)} + {self.text(depth - 1)})",
            lambda: f"({self.text(depth - 1)} * {self.word('2', '9', '300')})",
            lambda: f"f'{{{self.word('s', 'n')}}}-{{{self.word('s', 'n', 'item.size')}}}'",
            lambda: f"{self.text(depth - 1)}.{self.word('upper', 'lower', 'strip', 'lstrip')}()",
            lambda: f"{self.text(depth - 1)}.replace({self.text(0)}, {self.text(0)})",
            lambda: f"{self.text(0)}.join({self.list(depth - 1)})",
            lambda: f"str({self.number(depth - 1)})",
            lambda: f"{self.text(depth - 1)}[{self.word('1:', ':-1', '::-1', '2:900', '::3')}]",
            lambda: f"{self.text(depth - 1)}.{self.word('removeprefix', 'removesuffix', 'strip')}({self.text(0)})",
            lambda: f"{self.data(depth - 1)}.{self.word('hex', 'decode')}()",
            lambda: f"{self.text(0)}.zfill({self.number(0)})",
            lambda: f"f'{{{self.word('n', 's', 'x', 'b')}:{self.word(*_FORMATS)}}}'",
            lambda: f"{self.word('time_text', 'str')}({self.number(depth - 1)})",
            lambda: f"str({self.fixed(depth - 1)})",
        )

    def data(self, depth: int) -> str:
        """Bytes."""
        if depth <= 0:
            return self.word("b", *[f"({data})" for data in _DATA])
        return self.pick(
            lambda: f"({self.data(depth - 1)} + {self.data(depth - 1)})",
            lambda: f"{self.text(depth - 1)}.encode()",
            lambda: f"ctx.hash({self.data(depth - 1)})",
            lambda: f"{self.data(depth - 1)}[{self.word('1:', '::-1', ':90')}]",
            lambda: f"({self.number(depth - 1)}).to_bytes({self.word('8', '512', '70000')}, {self.word(*_ORDERS)})",
            lambda: f"bytes.fromhex({self.text(0)})",
        )

    def fixed(self, depth: int) -> str:
        """A fixed-point number, most of the time."""
        if depth <= 0:
            return self.word("x", "Fixed('0.07')", "Fixed('-3')", "Fixed(7 ** 900, 2)", "from_units(n, 2)")
        return self.pick(
            lambda: f"({self.fixed(depth - 1)} {self.word('+', '-')} {self.fixed(depth - 1)})",
            lambda: f"({self.fixed(depth - 1)} * {self.number(0)})",
            lambda: f"{self.fixed(depth - 1)}.times({self.fixed(0)}, {self.word(*_ROUNDINGS)})",
            lambda: f"{self.fixed(depth - 1)}.divided_by({self.fixed(0)}, {self.word(*_ROUNDINGS)})",
            lambda: f"{self.fixed(depth - 1)}.rounded({self.word('2', '0', '38')}, {self.word(*_ROUNDINGS)})",
            lambda: f"Fixed({self.text(0)})",
            lambda: f"abs({self.fixed(depth - 1)})",
            lambda: f"self.deep[{self.text(0)}].get({self.number(0)}, x)",
        )

    def list(self, depth: int) -> str:
        """A list."""
        if depth <= 0:
            return self.word("l", *[f"({value})" for value in _LISTS])
        return self.pick(
            lambda: f"({self.list(depth - 1)} + {self.list(depth - 1)})",
            lambda: f"({self.list(depth - 1)} * {self.word('2', '9', '300')})",
            lambda: f"[{self.any(depth - 1)}, {self.any(depth - 1)}]",
            lambda: f"[{self.any(depth - 1)} for v in {self.list(depth - 1)}]",
            lambda: f"[v for v in {self.list(depth - 1)} if {self.truth(depth - 1)}]",
            lambda: f"[v for v in range(200) for w in {self.list(0)}]",
            lambda: f"{self.word('sorted', 'reversed', 'list', 'enumerate', 'tuple')}({self.list(depth - 1)})",
            lambda: f"zip({self.list(depth - 1)}, {self.list(depth - 1)})",
            lambda: f"{self.text(depth - 1)}.split({self.word('', self.text(0))})",
            lambda: f"{self.dict(depth - 1)}.{self.word('keys', 'values', 'items')}()",
            lambda: f"{self.list(depth - 1)}[{self.word('1:', ':-1', '::-1', '::2')}]",
            lambda: f"self.box.get({self.list(0)})",
            lambda: f"self.counts.items(limit={self.word('1', '50', '256')})",
            lambda: f"helper({self.list(depth - 1)}, c=1)",
            lambda: f"sorted({self.list(depth - 1)}, key=lambda v: {self.any(depth - 1)})",
            lambda: f"sorted({self.list(depth - 1)}, key=helper, reverse=True)",
            lambda: f"self.deep[{self.text(0)}].items(limit={self.word('1', '256')})",
            lambda: f"[v for v in TABLE if {self.truth(depth - 1)}]",
        )

    def dict(self, depth: int) -> str:
        """A dictionary."""
        if depth <= 0:
            return self.word("d", *[f"({value})" for value in _DICTS])
        return self.pick(
            lambda: f"{{{self.text(0)}: {self.any(depth - 1)}, 'z': {self.any(0)}}}",
            lambda: f"{{str(v): {self.any(0)} for v in {self.list(depth - 1)}}}",
            lambda: f"{self.dict(depth - 1)}.copy()",
        )

    def any(self, depth: int) -> str:
        """A value of any type."""
        return self.random.choice((self.number, self.text, self.data, self.list, self.dict, self.fixed))(depth)

    def statement(self, depth: int) -> str:
        """One statement, perhaps with a block."""
        if depth <= 0:
            return self.word("n = n + 1", "s = s[1:]", "l = l[:50]", "d = {'a': 1}")
        return self.pick(
            lambda: f"n = {self.number(depth)}",
            lambda: f"s = {self.text(depth)}",
            lambda: f"b = {self.data(depth)}",
            lambda: f"l = {self.list(depth)}",
            lambda: f"d = {self.dict(depth)}",
            lambda: f"l.{self.word('append', 'extend', 'remove')}({self.any(depth - 1)})",
            lambda: f"l.{self.word('pop(0)', 'insert(0, 1)', 'reverse()', 'sort()', 'copy()', 'pop()')}",
            lambda: f"l += {self.list(depth - 1)}",
            lambda: f"n += {self.number(depth - 1)}",
            lambda: f"d[{self.text(0)}] = {self.any(depth - 1)}",
            lambda: f"l[{self.number(0)}] = {self.any(depth - 1)}",
            lambda: f"self.counts[{self.number(0)}] = {self.number(depth - 1)}",
            lambda: f"self.table[{self.text(0)}] = Item(name={self.text(depth - 1)}, size={self.number(0)})",
            lambda: f"self.box.set({self.list(depth - 1)})",
            lambda: f"item = Item(name={self.text(0)}, tags={self.list(depth - 1)})",
            lambda: f"item.size = {self.number(depth - 1)}",
            lambda: f"Note(text={self.text(0)}).emit()",
            lambda: f"x = {self.fixed(depth)}",
            lambda: f"self.deep[{self.text(0)}][{self.number(0)}] = {self.fixed(depth - 1)}",
            lambda: f"self.few.set({self.list(depth - 1)})",
            lambda: f"match n:\n    case 1 | 2:\n        {self._inner(depth, 8)}\n    case _:\n        n = 1",
            lambda: f"for v in {self.list(depth - 1)}:\n    {self._inner(depth)}",
            lambda: f"for v in range({self.number(0)}):\n    {self._inner(depth)}",
            lambda: f"if {self.truth(depth)}:\n    {self._inner(depth)}",
            lambda: (
                f"try:\n    {self._inner(depth)}\nexcept {self.word('Exception', '(TypeError, KeyError)')}:\n    n = 1"
            ),
        )

    def _inner(self, depth: int, indent: int = 4) -> str:
        return self.statement(depth - 1).replace("\n", "\n" + " " * indent)
