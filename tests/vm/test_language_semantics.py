"""Snippets of the language give the same as ordinary Python: values, order of evaluation, aliases, caught errors."""
# ruff: noqa: E501, RUF001 - a snippet stands on few lines; digits beyond ASCII are a case

import pytest

import huitong.contract as sdk
from huitong.contract import Frame, frame
from huitong.types import Code, Failed
from huitong.vm.python.local import LocalContract

HEADER = "from huitong.contract import U32, Contract, Error, Event, Map, Record, Value, call, ctx, require, view\n\n"
DECLARED = """
DAY = 24 * 60 * 60 * 10**9
NAMES = "abc"


class Item(Record):
    name: str
    size: int = 0
    tags: list[int] | None = None


class Note(Event):
    text: str


class Stop(Error):
    why: str
    at: int = 7


class Other(Error):
    pass


def twice(a, b=2):
    return a * b


def trace(log, value):
    log.append(value)
    return value


def fail(kind):
    if kind == 1:
        raise Stop(why="x")
    if kind == 2:
        return {"a": 1}["b"]
    if kind == 3:
        return [1][5]
    if kind == 4:
        return 1 // 0
    if kind == 5:
        return "a" + 1
    if kind == 6:
        return int("x")
    assert kind == 0, "kind"
    return 0
"""


def source_of(body):
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return (
        f"{HEADER}{DECLARED}\n\nclass Case(Contract):\n    table: Map[str, Item]\n    counts: Map[int, int]\n"
        f"    box: Value[list[int]]\n"
        f"    wide: Map[U32, int]\n    raw: Map[bytes, int]\n    books: Map[str, dict[str, int]]\n\n"
        f"    @call\n    def extend(self, values: list[int], more: int = 1) -> list[int]:\n"
        f"        values.append(more)\n        return values\n\n    def other(self, x):\n        return x + 1\n\n"
        f"    @call\n    def main(self) -> list[str]:\n        out = []\n{lines}\n        return out\n"
    )


SNIPPETS = {
    "arithmetic": "for a in [7, -7, 0]:\n    for b in [2, -3]:\n"
    "        out.append(f'{a + b} {a - b} {a * b} {a // b} {a % b} {a & b} {a | b} {a ^ b} {a << 3} {a >> 1} {-a} {~a} {+a}')",
    "powers": "out.append(str(2**4095))\nout.append(str((-3) ** 5))\nout.append(str(1 ** (2**3000)))\nout.append(str(0**0))",
    "big": "out.append(str(divmod(-(7**900), 3**50)[1]))\nout.append(str(10**600 // 7**300))",
    "constants": "out.append(str(DAY))\nout.append(NAMES[1])",
    "bools": "out.append(str(True + 1))\nout.append(str(True == 1))\nout.append(str(not []))\nout.append(str(bool('')))",
    "and_or": "out.append(str(0 or 5))\nout.append(str(0 and 5))\nout.append('' or 'x')\nout.append(str(len([] and [1 // 0])))",
    "condition": "out.append('a' if out else 'b')\nout.append('a' if out else 'b')",
    "chain": "log = []\nx = trace(log, 1) < trace(log, 3) <= trace(log, 3) < trace(log, 2) < trace(log, 9)\n"
    "out.append(str(x))\nout.append(str(len(log)))",
    "chain_nested": "out.append(str([1 < x < 4 for x in range(6) if 0 < x < 5].count(True)))",
    "order_of_call": "log = []\nx = twice(trace(log, 3), b=trace(log, 4)) + trace(log, 5)\nout.append(f'{x} {log[0]} {log[1]} {log[2]}')",
    "order_of_greater": "log = []\nx = trace(log, 1) > trace(log, 2)\nout.append(str(log[0]))",
    "order_of_store": "log = []\nl = [0, 0]\nd = {'k': l}\nd['k'][trace(log, 1)] = trace(log, 9)\nout.append(str(log[0]))",
    "order_of_dict": "log = []\nd = {str(trace(log, 1)): trace(log, 2), str(trace(log, 3)): trace(log, 4)}\nout.append(f'{log[1]}{log[2]}')",
    "order_of_augment": "log = []\nl = [1, 2]\nl[trace(log, 0)] += trace(log, 5)\nout.append(f'{l[0]} {log[0]} {log[1]}')",
    "unpack": "a, b = 1, 2\na, b = b, a\n(c, d), e = [3, 4], 5\nout.append(f'{a}{b}{c}{d}{e}')",
    "swap_items": "l = [1, 2, 3]\nl[0], l[2] = l[2], l[0]\nout.append(f'{l[0]}{l[2]}')",
    "several_targets": "a = b = [1]\na.append(2)\nout.append(str(len(b)))",
    "aliases": "a = [1]\nb = a\nb += [2]\nout.append(str(len(a)))\nb = b + [3]\nout.append(str(len(a)))",
    "times_alias": "a = [[0]] * 3\na[0].append(1)\nout.append(str(len(a[2])))",
    "record_alias": "a = Item(name='x')\nb = a\nb.size = 5\nout.append(str(a.size))",
    "record_equal": "out.append(str(Item(name='x') == Item('x', 0)))\nout.append(str(Item(name='x') != Item(name='y')))",
    "map_copy": "self.table['a'] = Item(name='x', tags=[1])\nr = self.table['a']\nr.tags.append(2)\nr.size = 9\n"
    "out.append(str(len(self.table['a'].tags)))\nout.append(str(self.table['a'].size))",
    "map_keeps_own": "r = Item(name='x', tags=[1])\nself.table['a'] = r\nr.tags.append(2)\nout.append(str(len(self.table['a'].tags)))",
    "map_basics": "out.append(str('a' in self.table))\nself.table['a'] = Item(name='x')\nout.append(str('a' not in self.table))\n"
    "out.append(self.table.get('b', Item(name='none')).name)\ndel self.table['a']\nout.append(str('a' in self.table))\n"
    "out.append(str(self.table.get('a') is None))",
    "map_augment": "self.counts[3] = 4\nself.counts[3] += 5\nout.append(str(self.counts[3]))",
    "map_order": "for k in [5, -1, 300, -70000, 2**80, 0, -(2**90), 255, 256, -255, -256]:\n    self.counts[k] = k\n"
    "out.extend([str(k) for k, v in self.counts.items()])\nout.extend([str(k) for k, v in self.counts.items(start=-1, stop=256)])\n"
    "out.extend([str(k) for k, v in self.counts.items(limit=3, reverse=True)])",
    "map_text_order": "for k in ['b', 'a', 'ab', '', 'é', '中', 'a\\x00', 'a\\x00b', 'B']:\n    self.table[k] = Item(name=k)\n"
    "out.extend([k for k, v in self.table.items()])\nout.extend([v.name for k, v in self.table.items(start='a', stop='b')])",
    "map_ends": "self.wide[2**32 - 1] = 1\nself.wide[0] = 2\nself.raw[b'\\xff' * 5] = 3\nself.raw[b''] = 4\n"
    "out += [f'{k}{v}' for k, v in self.wide.items()]\nout += [f'{k.hex()}{v}' for k, v in self.raw.items(reverse=True)]\n"
    "out += [f'{k}{v}' for k, v in self.wide.items(start=1)]\nout += [f'{k.hex()}{v}' for k, v in self.raw.items(stop=b'\\xff')]",
    "dict_order": "self.books['a'] = {'z': 1, 'b': 2, 'é': 3}\nout += [k for k in self.books['a']]",
    "own_methods": "l = [1]\nself.extend(l)\nout.append(str(len(l)))\nout.append(str(len(self.extend(l, 3))))",
    "value": "out.append(str(self.box.exists()))\nself.box.set([1, 2])\nl = self.box.get()\nl.append(3)\n"
    "out.append(str(len(self.box.get())))\nself.box.delete()\nout.append(str(len(self.box.get([]))))",
    "missing_key_caught": "try:\n    x = self.table['zz']\nexcept KeyError:\n    out.append('missing')",
    "missing_value_caught": "try:\n    x = self.box.get()\nexcept KeyError:\n    out.append('missing')",
    "wrong_type_caught": "try:\n    self.counts['a'] = 1\nexcept TypeError:\n    out.append('type')\n"
    "try:\n    x = Item(name=3)\nexcept TypeError:\n    out.append('type')\ntry:\n    x = Item()\nexcept TypeError:\n    out.append('needed')",
    "too_big_caught": "try:\n    self.counts[0] = 2**4095 * 2\nexcept OverflowError:\n    out.append('big')",
    "errors": "for kind in range(8):\n    try:\n        out.append(str(fail(kind)))\n    except Stop as e:\n        out.append(f'{e.why} {e.at}')\n"
    "    except (KeyError, IndexError):\n        out.append('look-up')\n    except ZeroDivisionError:\n        out.append('zero')\n"
    "    except TypeError:\n        out.append('type')\n    except ValueError:\n        out.append('value')\n"
    "    except AssertionError:\n        out.append('assert')\n    else:\n        out.append('fine')",
    "error_any": "try:\n    require(False, Other())\nexcept Error:\n    out.append('any')",
    "error_everything": "try:\n    x = fail(2)\nexcept Exception:\n    out.append('all')",
    "raise_again": "try:\n    try:\n        raise Stop(why='in')\n    except Stop:\n        out.append('seen')\n        raise\nexcept Stop as e:\n    out.append(e.why)",
    "writes_stay_when_caught": "try:\n    self.counts[1] = 1\n    raise Other()\nexcept Other:\n    out.append(str(self.counts[1]))",
    "loops": "n = 0\nwhile True:\n    n += 1\n    if n == 3:\n        continue\n    if n > 6:\n        break\n    out.append(str(n))",
    "for_targets": "for i, (a, b) in enumerate([(1, 2), (3, 4)]):\n    out.append(f'{i}{a}{b}')\nout.append(str(i))",
    "append_in_loop": "l = [1]\nfor x in l:\n    if len(l) < 5:\n        l.append(x + 1)\n    out.append(str(x))",
    "comprehensions": "out = [f'{x}{y}' for x in 'ab' for y in range(3) if y != 1]\nd = {k: len(k) for k in ['a', 'bb']}\nout.append(str(d['bb']))",
    "comprehension_scope": "x = 5\ny = [x for x in range(3)]\nout.append(str(x))",
    "generator_argument": "out.append(str(sum(x * x for x in range(5))))\nout.append(str(any(x > 3 for x in [1, 4])))",
    "slices": "l = list(range(10))\nfor part in [l[2:5], l[:3], l[7:], l[::-3], l[-2:], l[5:2], l[100:]]:\n    out.append(str(sum(part)))\nout.append('abcdef'[1:-1:2])",
    "negative_index": "out.append('abc'[-1])\nout.append(str([1, 2][-2]))\nout.append(str(b'abc'[0]))",
    "texts": "s = ' a,b,,c '\nout += s.split(',')\nout.append(s.strip())\nout.append('-'.join(['x', 'y']))\nout.append('aXa'.replace('a', 'bb'))\n"
    "out.append('AbC'.lower() + 'AbC'.upper())\nout.append(str('abcabc'.find('ca')))\nout.append(str('abcabc'.count('bc')))\n"
    "out.append(str('abc'.startswith('ab') and 'abc'.endswith('bc')))\nout.append('7'.zfill(3))\nout.append('xay'.removeprefix('x').removesuffix('y'))",
    "split_blanks": "out += ' a  b\\tc\\n'.split()\nout += 'a b c'.split(None, 1)\nout += 'a,b,c'.split(',', 1)",
    "text_tests": "for s in ['', '12', 'ab', 'a1', 'a b']:\n    out.append(f'{s.isdigit()}{s.isalpha()}{s.isalnum()}')",
    "bytes": "b = 'é中'.encode()\nout.append(b.hex())\nout.append(b.decode())\nout.append(str(len(b + b'x' * 3)))\nout.append(bytes([1, 255]).hex())\nout.append(bytes(2).hex())",
    "numbers_of_text": "out.append(str(int('-12')))\nout.append(str(int('ff', 16)))\nout.append(str(int(True)))",
    "lists": "l = [3, 1, 2]\nl.sort()\nl.reverse()\nl.insert(1, 9)\nl.insert(-100, 8)\nout += [str(x) for x in l]\nout.append(str(l.pop()))\nout.append(str(l.pop(0)))\n"
    "out.append(str(l.index(9)))\nl.remove(9)\nl.extend([1, 1])\nout.append(str(l.count(1)))\ndel l[0]\nout.append(str(len(l.copy())))\nl.clear()\nout.append(str(len(l)))",
    "dicts": "d = {'b': 1, 'a': 2}\nd['c'] = 3\nout += d.keys()\nout += [str(v) for v in d.values()]\nout += [f'{k}{v}' for k, v in d.items()]\n"
    "out.append(str(d.pop('b')))\nout.append(str(d.pop('z', 0)))\nout.append(str(d.setdefault('q', 5)))\nd.update({'a': 9})\nout.append(str(d['a']))\n"
    "out.append(str('a' in d))\nfor k in d:\n    out.append(k)\ndel d['a']\nout.append(str(len(dict(d))))",
    "builtins": "out.append(str(max([3, 1])) + str(min(4, 2)) + str(abs(-5)) + str(sum([1, 2])))\nout.append(str(len(range(3, 10, 2))))\n"
    "out += [str(x) for x in sorted([3, 1, 2], reverse=True)]\nout += [f'{a}{b}' for a, b in zip([1, 2], 'xy')]\nout += [str(x) for x in reversed([1, 2])]\n"
    "out += [f'{i}{x}' for i, x in enumerate('ab', start=5)]\nout.append(str(tuple([1, 2]) == (1, 2)))\nout.append(str(all([1, 0])))",
    "compare_lists": "out.append(str([1, [2, 'a']] == [1, [2, 'a']]))\nout.append(str({'a': [1]} != {'a': [2]}))\nout.append(str([1] in [[1], 2]))\nout.append(str((1, 2) == (1, 2)))",
    "methods": "out.append(str(self.other(4)))\nout.append(str(twice(b=5, a=2)))",
    "none": "x = None\nout.append(str(x is None))\nout.append(f'{x}')",
    "event_fields": "n = Note(text='a')\nn.emit()\nout.append(n.text)",
    "many_branches": "x = 3\nif x == 1:\n    out.append('1')\nelif x == 2:\n    out.append('2')\nelif x == 3:\n    out.append('3')\nelse:\n    out.append('4')",
    "context": "out.append(f'{ctx.height} {ctx.time} {ctx.chain_id} {ctx.sender.org} {ctx.sender.roles[0]}')\nout.append(ctx.hash(b'a').hex())\nout.append(ctx.self.hex() + ctx.sender.address.hex())",
}


def plain_result(source):
    namespace = {"__name__": "contract_under_test"}
    exec(compile(source, "case", "exec"), namespace)
    surroundings = Frame(
        sender=sdk.Sender(b"\x11" * 20, "alpha", ("admin",)),
        time=1_700_000_000_000_000_000,
        height=7,
        chain_id="local-1",
        self_address=b"\x22" * 20,
    )
    with frame(surroundings):
        return namespace["Case"]().main()


@pytest.mark.parametrize("name", SNIPPETS)
def test_plain_and_compiled_agree(name):
    source = source_of(SNIPPETS[name])
    expected = plain_result(source)
    assert expected
    assert LocalContract(source).value("main") == expected


FAULTS = {
    "x = {'a': 1}['b']": Code.KEY_MISSING,
    "x = self.table['b']": Code.KEY_MISSING,
    "x = 1 + 'a'": Code.TYPE_MISMATCH,
    "x = int('1_x')": Code.VALUE_INVALID,
    "x = 1 % 0": Code.DIVISION_BY_ZERO,
    "x = 2 ** 4096": Code.OVERFLOW,
    "x = 2 ** 4095 + 2 ** 4095": Code.OVERFLOW,
    "x = 1 << 4096": Code.OVERFLOW,
    "x = [1][1]": Code.INDEX_OUT_OF_RANGE,
    "assert 1 > 2, 'order'": Code.ASSERTION_FAILED,
    "x = b'\\xff'.decode()": Code.VALUE_INVALID,
    "x = 2 ** -1": Code.VALUE_INVALID,
    "x = 1 << -1": Code.VALUE_INVALID,
    "a, b = [1]": Code.VALUE_INVALID,
    "x = int('１２')": Code.VALUE_INVALID,
}


@pytest.mark.parametrize("body", FAULTS)
def test_faults_have_fixed_codes(body):
    with pytest.raises(Failed) as caught:
        LocalContract(source_of(body)).value("main")
    assert caught.value.code == FAULTS[body]
    assert caught.value.data["error"] == FAULTS[body].name


def test_letters_beyond_ascii_keep_their_case():
    source = source_of("out.append('aÉß中'.upper())\nout.append('AÉ中'.lower())\nout.append('\\xa0a\\xa0'.strip())")
    assert LocalContract(source).value("main") == ["AÉß中", "aÉ中", "\xa0a\xa0"]


def test_refused_error_carries_its_fields():
    with pytest.raises(Failed) as caught:
        LocalContract(source_of("raise Stop(why='no')")).value("main")
    assert caught.value.code == Code.REFUSED_BY_CONTRACT
    assert caught.value.data == {"error": "Stop", "why": "no", "at": 7}


def test_nothing_outlives_a_call():
    contract = LocalContract(source_of("d = {}\nd['x'] = 1\nout.append(str(len(d)))"))
    assert contract.value("main") == contract.value("main") == ["1"]
