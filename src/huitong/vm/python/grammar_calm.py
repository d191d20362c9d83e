"""Random contracts that give the same as ordinary Python.

Their values are small, and they do nothing that the language does otherwise on purpose: lists in place of iterators
and views, letters of ASCII alone, no text of a list.
"""

from .grammar import Grammar

_NUMBERS = ("0", "1", "2", "7", "255", "-3", "n")
_TEXTS = ("''", "'a'", "'ab,c'", "'xyz' * 3", "'0123'", "s")
_DATA = ("b''", "b'abc'", "b'\\x00\\xff'", "b")
_LISTS = ("[]", "[1, 2, 3]", "[3, 1]", "['a', 'b']", "[[1, 2], [3]]", "[(2, 'b'), (1, 'a')]", "l")
_DICTS = ("{}", "{'a': 1, 'b': 2}", "{str(k): k for k in range(5)}", "d")
_SETUP = (
    "n = 3", "s = 'ab'", "b = b'ab'", "l = [1, 2]", "d = {'a': 1}", "item = Item(name='x')", "x = Fixed('1.25')"
)  # fmt: skip
_SHOW = """def show(v):
    if v is None or isinstance(v, (int, str, Fixed, Date)):
        return f'{v}'
    if isinstance(v, bytes):
        return v.hex()
    if isinstance(v, (list, tuple)):
        return '[' + ','.join([show(w) for w in v]) + ']'
    if isinstance(v, dict):
        return '{' + ','.join([k + ':' + show(w) for k, w in v.items()]) + '}'
    if isinstance(v, Item):
        return v.name + show(v.size) + show(v.tags)
    return '?'


"""


class CalmGrammar(Grammar):
    """Makers of expressions that differ from those of `Grammar` where plain Python would go another way."""

    def contract(self) -> str:
        """A contract whose method `main` runs random statements once and returns what came of them."""
        lines = [*_SETUP, *(self.statement(3) for _ in range(self.random.randint(2, 7)))]
        body = "\n".join(f"        {line}" for block in lines for line in block.splitlines())
        head, _, tail = super().contract().partition("class Case(Contract)")
        fields = tail.partition("    @call")[0]
        return (
            f"{head}{_SHOW}class Case(Contract){fields}    @call\n    def main(self) -> list[str]:\n{body}\n"
            "        return [show(n), show(s), show(b), show(l), show(d), show(item), show(x)]\n"
        )

    def number(self, depth: int) -> str:
        """See Grammar."""
        if depth <= 0:
            return self.word("len(l)", "len(s)", *_NUMBERS)
        return self.pick(
            lambda: f"({self.number(depth - 1)} {self.word('+', '-', '*', '//', '%', '&', '^')} {self.number(0)})",
            lambda: f"({self.number(depth - 1)} {self.word('<<', '>>', '**')} {self.word('1', '2')})",
            lambda: f"{self.word('len', 'sum', 'max', 'min')}({self.list(depth - 1)})",
            lambda: f"int({self.text(0)})",
            lambda: f"{self.text(depth - 1)}.{self.word('find', 'count')}({self.text(0)})",
            lambda: f"{self.list(depth - 1)}.{self.word('index', 'count')}({self.any(depth - 1)})",
            lambda: f"({self.number(depth - 1)} if {self.truth(depth - 1)} else {self.number(0)})",
            lambda: f"{self.dict(depth - 1)}.get({self.text(0)}, 1)",
            lambda: f"self.counts.get({self.number(0)}, 5)",
            lambda: f"{self.list(depth - 1)}[{self.number(0)}]",
            lambda: f"int.from_bytes({self.data(depth - 1)}, 'big', signed={self.word('True', 'False')})",
            lambda: (
                f"{self.word('min', 'max')}({self.list(depth - 1)}, key=lambda v: {self.any(depth - 1)}, default=1)"
            ),
            lambda: f"date_of({self.number(0)}).{self.word('year', 'days', 'weekday')}",
            lambda: f"{self.fixed(depth - 1)}.{self.word('units', 'scale')}",
            lambda: f"TABLE[{self.word('0', 'n', '-1')}]",
        )

    def truth(self, depth: int) -> str:
        """See Grammar."""
        if depth <= 0:
            return self.word("True", "n > 2", "s == 'a'", "l", "d", "x")
        return self.pick(
            lambda: f"{self.any(depth - 1)} {self.word('==', '!=')} {self.any(depth - 1)}",
            lambda: f"{self.any(depth - 1)} {self.word('<', '<=', '>', '>=')} {self.any(depth - 1)}",
            lambda: f"{self.any(depth - 1)} in {self.word(self.list(depth - 1), 'd')}",
            lambda: f"{self.text(depth - 1)} {self.word('in', 'not in')} {self.text(0)}",
            lambda: f"{self.text(depth - 1)} in self.table",
            lambda: f"0 <= {self.number(depth - 1)} < {self.number(0)}",
            lambda: f"({self.truth(depth - 1)} {self.word('and', 'or')} {self.truth(depth - 1)})",
            lambda: f"{self.text(0)}.{self.word('isdigit', 'isalpha', 'isalnum')}()",
            lambda: f"isinstance({self.any(depth - 1)}, {self.word('int', 'str', '(list, dict)', 'Item', 'Fixed')})",
        )

    def text(self, depth: int) -> str:
        """See Grammar."""
        if depth <= 0:
            return self.word("s", *[f"({text})" for text in _TEXTS])
        return self.pick(
            lambda: f"({self.text(depth - 1)} + {self.text(0)})",
            lambda: f"({self.text(0)} * {self.number(0)})",
            lambda: f"f'{{s}}-{{{self.word('n', 's', 'x')}:{self.word('>9', '<9', '^7', '06', ',', 'x', 'b', 'd')}}}'",
            lambda: f"{self.text(depth - 1)}.{self.word('upper', 'lower', 'strip', 'lstrip')}()",
            lambda: f"{self.text(depth - 1)}.replace({self.text(0)}, {self.text(0)})",
            lambda: f"{self.text(0)}.join({self.list(depth - 1)})",
            lambda: f"{self.text(depth - 1)}[{self.word('1:', ':-1', '::-1', '2:9', '::3')}]",
            lambda: f"{self.text(depth - 1)}.{self.word('removeprefix', 'removesuffix', 'strip')}({self.text(0)})",
            lambda: f"{self.data(depth - 1)}.hex()",
            lambda: f"show({self.any(depth - 1)})",
            lambda: f"str({self.fixed(depth - 1)})",
        )

    def data(self, depth: int) -> str:
        """See Grammar."""
        if depth <= 0:
            return self.word("b", *[f"({data})" for data in _DATA])
        return self.pick(
            lambda: f"({self.data(depth - 1)} + {self.data(0)})",
            lambda: f"{self.text(depth - 1)}.encode()",
            lambda: f"ctx.hash({self.data(depth - 1)})",
            lambda: f"{self.data(depth - 1)}[{self.word('1:', '::-1', ':9')}]",
            lambda: f"({self.number(depth - 1)}).to_bytes({self.word('1', '8')}, 'little', signed=True)",
        )

    def list(self, depth: int) -> str:
        """See Grammar."""
        if depth <= 0:
            return self.word("l", *[f"({value})" for value in _LISTS])
        return self.pick(
            lambda: f"({self.list(depth - 1)} + {self.list(0)})",
            lambda: f"({self.list(0)} * {self.word('2', '0', '-1')})",
            lambda: f"[{self.any(depth - 1)}, {self.any(depth - 1)}]",
            lambda: f"[{self.any(depth - 1)} for v in {self.list(depth - 1)}]",
            lambda: f"[v for v in {self.list(depth - 1)} if {self.truth(depth - 1)}]",
            lambda: f"list({self.word('sorted', 'reversed', 'list', 'enumerate', 'tuple')}({self.list(depth - 1)}))",
            lambda: f"list(zip({self.list(depth - 1)}, {self.list(0)}))",
            lambda: f"{self.text(depth - 1)}.split({self.word('', self.text(0))})",
            lambda: f"list({self.dict(depth - 1)}.{self.word('keys', 'values', 'items')}())",
            lambda: f"{self.list(depth - 1)}[{self.word('1:', ':-1', '::-1', '::2')}]",
            lambda: f"self.box.get({self.list(0)})",
            lambda: "self.counts.items(limit=3)",
            lambda: f"sorted({self.list(depth - 1)}, key=lambda v: {self.any(depth - 1)})",
            lambda: f"[v for v in TABLE if {self.truth(depth - 1)}]",
        )

    def dict(self, depth: int) -> str:
        """See Grammar."""
        if depth <= 0:
            return self.word("d", *[f"({value})" for value in _DICTS])
        return self.pick(
            lambda: f"{{{self.text(0)}: {self.any(depth - 1)}, 'z': {self.any(0)}}}",
            lambda: f"{{show(v): {self.any(0)} for v in {self.list(depth - 1)}}}",
            lambda: f"{self.dict(depth - 1)}.copy()",
        )

    def fixed(self, depth: int) -> str:
        """See Grammar."""
        return (
            self.word("x", "Fixed('0.07')", "Fixed('-3')", "from_units(7, 2)") if depth <= 0 else super().fixed(depth)
        )
