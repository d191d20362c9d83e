"""What came after the first language: plain and compiled agree on values, state, faults and the order of evaluation."""
# ruff: noqa: E501 - a snippet stands on few lines

import pytest

import huitong.contract as sdk
from huitong.contract import Frame, frame
from huitong.types import Code, Failed
from huitong.vm.python.local import LocalContract

HEADER = """from huitong.contract import (
    Annotated, Contract, Date, Error, Fixed, Map, Most, Record, Scale, Value, call, ctx, date_of, date_of_days, from_units,
    require, time_text, view,
)

Money = Annotated[Fixed, Scale(2)]
Names = Annotated[list[str], Most(3)]
LEVELS = ("low", "middle", "high")
GRID = ((1, 2), (3, 4))
PRICES = {"low": 1, "high": 3}
ORDER = [3, 1, 2]
MASK = (1 << 8) - 1
GREETING = "good" + " " + "day"


class Item(Record):
    name: str
    price: Money | None = None
    place: tuple[int, str] = None
    tags: Names | None = None


class Sized(Record):
    name: str
    size: int = 0


class Stop(Error):
    pass


def second(pair):
    return pair[1]


def size_of(item):
    return item.size


def failing(value):
    raise Stop()


class Case(Contract):
    deep: Map[str, Map[int, Map[bytes, int]]]
    owners: Map[str, Map[str, Sized]]
    items: Map[str, Item]
    fee: Value[Money]
    pair: Value[tuple[int, str]]
    short: Value[Annotated[str, Most(5)]]

""".replace("    place: tuple[int, str] = None\n", "    place: tuple[int, str] | None = None\n")


def source_of(body):
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return f"{HEADER}    @call\n    def main(self) -> list[str]:\n        out = []\n{lines}\n        return out\n"


SNIPPETS = {
    "nested_map": "self.deep['a'][1][b'x'] = 5\nself.deep['a'][1][b'x'] += 1\nself.deep['a'][2][b'x'] = 9\nself.deep['b'][1][b'x'] = 7\n"
    "out.append(str(self.deep['a'][1][b'x']))\nout.append(str(b'x' in self.deep['a'][1]))\nout.append(str(b'y' in self.deep['a'][1]))\n"
    "out.append(str(self.deep['c'][1].get(b'x', -1)))\ndel self.deep['a'][1][b'x']\nout.append(str(b'x' in self.deep['a'][1]))\n"
    "out += [f'{k.hex()}{v}' for k, v in self.deep['a'][2].items()]",
    "nested_items": "for name in ['b', 'a', '', 'a\\x00', '\\x00']:\n    for other in ['z', 'y', '', 'x\\x00']:\n        self.owners[name][other] = Sized(name=name + other)\n"
    "for name in ['a', '', '\\x00', 'b', 'none']:\n    out += [v.name for k, v in self.owners[name].items()]\n"
    "out += [k for k, v in self.owners['a'].items(start='x', stop='z')]\nout += [k for k, v in self.owners['a'].items(limit=2, reverse=True)]",
    "nested_handle": "inner = self.owners['a']\ninner['x'] = Sized(name='n')\nout.append(inner['x'].name)\nout.append(self.owners['a']['x'].name)\n"
    "r = inner['x']\nr.size = 5\nout.append(str(inner['x'].size))\nout.append(str(isinstance(inner, dict)))\nif inner:\n    out.append('true')",
    "nested_wrong": "for n in range(9):\n    try:\n        if n == 0:\n            x = 'a' in self.owners\n        elif n == 1:\n            self.owners['a'] = {}\n        elif n == 2:\n            del self.owners['a']\n"
    "        elif n == 3:\n            x = self.owners[1]\n        elif n == 4:\n            x = self.owners['a'][1]\n        elif n == 5:\n            x = len(self.owners['a'])\n        elif n == 6:\n            for x in self.owners['a']:\n                out.append('row')\n"
    "        elif n == 7:\n            x = self.owners.items()\n        else:\n            x = self.owners.get('a')\n        out.append('fine')\n    except TypeError:\n        out.append('type')\n    except KeyError:\n        out.append('key')",
    "nested_missing": "try:\n    x = self.owners['a']['b']\nexcept KeyError:\n    out.append('missing')\ntry:\n    del self.owners['a']['b']\nexcept KeyError:\n    out.append('missing')",
    "fixed": "a = Fixed('12.50')\nb = Fixed('0.25')\nout += [str(a + b), str(a - b), str(a * 3), str(3 * a), str(-a), str(abs(-a)), str(a > b), str(a <= b), str(a == Fixed('12.5')), str(a == Fixed('12.5', 2))]\n"
    "out += [f'{a.units} {a.scale}', str(bool(Fixed('0.00'))), str(from_units(-5, 2)), str(Fixed(7, 3)), f'{a:>10}|{a:<8}|{a:^9}|{from_units(123456789, 2):,}|{-a:010}']",
    "fixed_rounding": "for r in ['down', 'up', 'floor', 'ceiling', 'half_down', 'half_up', 'half_even']:\n    out.append(f\"{Fixed('2.345').rounded(2, r)} {Fixed('-2.345').rounded(2, r)} {Fixed('1.00').divided_by(3, r)} {Fixed('-1.00').divided_by(Fixed('0.30'), r)} {Fixed('1.05').times(Fixed('0.5'), r)}\")",
    "fixed_wrong": "for n in range(12):\n    try:\n        a = Fixed('1.00')\n        if n == 0:\n            x = a + 1\n        elif n == 1:\n            x = a * a\n        elif n == 2:\n            x = a < Fixed('1.0')\n        elif n == 3:\n            x = Fixed('1.x')\n        elif n == 4:\n            x = a.divided_by(0, 'up')\n"
    "        elif n == 5:\n            x = a.rounded(1, 'sideways')\n        elif n == 6:\n            x = a.rounded(39, 'up')\n        elif n == 7:\n            x = from_units(2**4095, 0) * 2\n        elif n == 8:\n            x = a // 2\n        elif n == 9:\n            x = Fixed('1.05', 1)\n        elif n == 10:\n            x = 1 - a\n        else:\n            x = Fixed(b'1')\n        out.append('fine')\n"
    "    except TypeError:\n        out.append('type')\n    except ValueError:\n        out.append('value')\n    except ZeroDivisionError:\n        out.append('zero')\n    except OverflowError:\n        out.append('big')",
    "fixed_stored": "self.fee.set(Fixed('3.10'))\nout.append(str(self.fee.get() + Fixed('0.05')))\nself.items['a'] = Item(name='a', price=Fixed('9.99'), place=(1, 'x'))\ni = self.items['a']\nout.append(f'{i.price} {i.place[0]} {i.place[1]}')\n"
    "try:\n    self.fee.set(Fixed('3.1'))\nexcept TypeError:\n    out.append('scale')\ntry:\n    i.price = Fixed('1')\nexcept TypeError:\n    out.append('scale')\nout.append(str(Item(name='a', price=Fixed('1.00')) == Item(name='a', price=Fixed('1.00'))))",
    "tuple_stored": "self.pair.set((3, 'x'))\na, b = self.pair.get()\nout.append(f'{a}{b}')\nout.append(str(self.pair.get() == (3, 'x')))\nfor bad in [(1,), (1, 2), [1, 'x'], None, (1, 'x', 2)]:\n    try:\n        self.pair.set(bad)\n    except TypeError:\n        out.append('type')",
    "bounds": "self.short.set('abcde')\ntry:\n    self.short.set('abcdef')\nexcept OverflowError:\n    out.append('long')\ni = Item(name='a', tags=['a', 'b', 'c'])\ni.tags.append('d')\ntry:\n    self.items['a'] = i\nexcept OverflowError:\n    out.append('many')\ntry:\n    i.tags = ['x'] * 4\nexcept OverflowError:\n    out.append('many')",
    "dates": "d = date_of(ctx.time)\nout.append(f'{d} {d.year} {d.month} {d.day} {d.weekday} {d.days}')\nout += [str(d + 30), str(d - 400), str(d.plus_months(3)), str((d + 9) - d), str(d < d + 1), str(d == date_of(str(d)))]\n"
    "out += [str(Date(2024, 1, 31).plus_months(1)), str(Date(2024, 3, 31).plus_months(-13)), str(date_of_days(0)), time_text(ctx.time), f'{d:>12}|{d:<11}|', str(date_of(-1))]",
    "dates_wrong": "for n in range(7):\n    try:\n        if n == 0:\n            x = Date(2023, 2, 29)\n        elif n == 1:\n            x = date_of('2023-2-9')\n        elif n == 2:\n            x = Date(9999, 12, 31) + 1\n        elif n == 3:\n            x = Date(2023, 1, 1) + 'a'\n        elif n == 4:\n            x = Date(2023, 1, 1) < 5\n        elif n == 5:\n            x = Date(True, 1, 1)\n        else:\n            x = date_of(2**200)\n        out.append('fine')\n    except TypeError:\n        out.append('type')\n    except ValueError:\n        out.append('value')",
    "sorted_key": "l = [Sized(name='a', size=3), Sized(name='b', size=1), Sized(name='c', size=3)]\nout += [i.name for i in sorted(l, key=size_of)]\nout += [i.name for i in sorted(l, key=lambda i: -i.size)]\nout += [i.name for i in sorted(l, key=lambda i: (i.size, i.name), reverse=True)]\n"
    "out.append(min(l, key=size_of).name + max(l, key=lambda i: i.size).name)\nout += [f'{a}{b}' for a, b in sorted([(2, 'b'), (1, 'z'), (2, 'a')])]\nout += [f'{a}{b}' for a, b in sorted({'x': 2, 'y': 1}.items(), key=second)]\nout.append(str(max([], default=7)) + str(min([3], default=7)))",
    "lambda_scope": "base = 10\nout += [str(v) for v in sorted([1, 12, 9], key=lambda v: abs(v - base))]\nout += [str(sorted([3, 1, 2], key=lambda v: v * s)[0]) for s in [1, -1]]\nv = 4\nx = sorted([2, 1], key=lambda v: -v)\nout.append(f'{v}{x[0]}')\n"
    "m = sorted([5, 15, 25], key=lambda v: 0 < v < 20)\nout.append(str(m[0]))",
    "key_fails": "try:\n    x = sorted([1, 2], key=failing)\nexcept Stop:\n    out.append('stop')\ntry:\n    x = sorted([1, 2], key=lambda v: None)\nexcept TypeError:\n    out.append('type')\ntry:\n    x = sorted([1, 'a'], key=lambda v: v)\nexcept TypeError:\n    out.append('type')",
    "order_of_tuples": "out.append(str((1, 'b') < (1, 'c')))\nout.append(str([1, 2] >= [1]))\nout.append(str((2,) > (1, 5)))\nout.append(str(max((1, 2), (1, 3))[1]))\ntry:\n    x = (1, 'a') < (1, 2)\nexcept TypeError:\n    out.append('type')",
    "formats": "n = 1234567\ns = 'ab'\nout += [f'{n:,}', f'{n:>12}', f'{n:012}', f'{n:x}', f'{n:X}', f'{255:b}', f'{-n:,}', f'{n:<10}|', f'{n:^11}|', f'{s:>5}', f'{s:<5}|', f'{s:^5}|', f'{s:05}', f'{True:5}', f'{n:08x}', f'{n:d}', f'{-5:03}', f'{2**70:,}', f'{n:15,}']",
    "formats_wrong": "for v in ['a', None, [1], b'x']:\n    try:\n        out.append(f'{v:d}')\n    except (TypeError, ValueError):\n        out.append('wrong')",
    "isinstance": "for v in [1, 'a', b'b', True, [1], {'a': 1}, (1,), Fixed('1'), Date(2020, 1, 1), Sized(name='x'), None]:\n    out.append(f'{isinstance(v, int)}{isinstance(v, str)}{isinstance(v, (bytes, list))}{isinstance(v, dict)}{isinstance(v, tuple)}{isinstance(v, Fixed)}{isinstance(v, Date)}{isinstance(v, Sized)}{isinstance(v, bool)}')",
    "bytes_numbers": "out += [str(int.from_bytes(b'\\x01\\x00', 'big')), str(int.from_bytes(b'\\x01\\x00', 'little')), str(int.from_bytes(b'\\xff', 'big', signed=True)), str(int.from_bytes(b'\\xff' * 512, 'big') == (2**4095 - 1) * 2 + 1)]\n"
    "out += [(258).to_bytes(2, 'big').hex(), (258).to_bytes(3, 'little').hex(), (-1).to_bytes(2, 'big', signed=True).hex(), bytes.fromhex('00ff').hex(), (2**4095).to_bytes(512, 'big').hex()[:4]]\n"
    "for n in range(6):\n    try:\n        if n == 0:\n            x = (256).to_bytes(1, 'big')\n        elif n == 1:\n            x = (-1).to_bytes(1, 'big')\n        elif n == 2:\n            x = bytes.fromhex('0')\n        elif n == 3:\n            x = int.from_bytes(b'a', 'middle')\n        elif n == 4:\n            x = (1).to_bytes(-1, 'big')\n        else:\n            x = int.from_bytes('a', 'big')\n        out.append('fine')\n"
    "    except TypeError:\n        out.append('type')\n    except ValueError:\n        out.append('value')\n    except OverflowError:\n        out.append('big')",
    "match": "for word in ['low', 'high', 'middle', 'x', 'never']:\n    match word:\n        case 'low' | 'middle':\n            out.append('a')\n        case 'high' if len(out) > 5:\n            out.append('b')\n        case 'never':\n            out.append('n')\n        case _:\n            out.append('c')\n"
    "for n in [1, None, -1, 5]:\n    match n:\n        case None:\n            out.append('none')\n        case 1:\n            out.append('one')\n        case -1:\n            out.append('minus')",
    "constants": "out += list(LEVELS)\nout.append(LEVELS[1] + str(GRID[1][0]) + str(PRICES['high']) + GREETING + str(MASK))\nout += [k for k in PRICES]\nout += [str(v) for v in sorted(ORDER)]\nout.append(str(3 in ORDER) + str('low' in PRICES) + str(len(ORDER)) + str(PRICES.get('x', 9)))\n"
    "l = list(ORDER)\nl.append(4)\nout.append(str(len(ORDER)) + str(len(l)))\nout += [f'{a}{b}' for a, b in GRID]\nout += [f'{k}{v}' for k, v in PRICES.items()]\nout.append(str(ORDER[1:][0]) + str(ORDER[0]))",
    "empty_list_sorted": "out.append(str(len(sorted([], key=size_of))))",
}


def plain_run(source):
    namespace = {"__name__": "case"}
    exec(compile(source, "case", "exec", dont_inherit=True), namespace)
    surroundings = Frame(time=1_700_000_000_000_000_000)
    with frame(surroundings):
        return namespace["Case"]().main()


@pytest.mark.parametrize("name", SNIPPETS)
def test_plain_and_compiled_agree(name):
    source = source_of(SNIPPETS[name])
    expected = plain_run(source)
    assert expected
    assert LocalContract(source).value("main") == expected


FAULTS = {
    "x = Fixed('1.00') + Fixed('1.0')": Code.TYPE_MISMATCH,
    "x = Fixed('a')": Code.VALUE_INVALID,
    "x = Fixed('1.0').divided_by(0, 'up')": Code.DIVISION_BY_ZERO,
    "x = Fixed('9' * 1240) * (10**900)": Code.OVERFLOW,
    "x = Date(2023, 13, 1)": Code.VALUE_INVALID,
    "self.owners['a'] = 1": Code.TYPE_MISMATCH,
    "x = self.owners['a']['b']": Code.KEY_MISSING,
    "self.short.set('abcdef')": Code.OVERFLOW,
    "x = f'{None:5}'": Code.TYPE_MISMATCH,
    "x = f'{\"a\":d}'": Code.VALUE_INVALID,
    "x = min([], key=size_of)": Code.VALUE_INVALID,
    "x = (256).to_bytes(1, 'big')": Code.OVERFLOW,
    "x = self.deep['a' * 500][1][b'x' * 600]\n": Code.STORAGE_LIMIT,
}


@pytest.mark.parametrize("body", FAULTS)
def test_faults_have_fixed_codes(body):
    with pytest.raises(Failed) as caught:
        LocalContract(source_of(body)).value("main")
    assert caught.value.code == FAULTS[body]


def test_the_sdk_has_every_name_that_a_contract_may_import():
    from huitong.vm.python.names import SDK_NAMES

    assert {name for name in SDK_NAMES if not hasattr(sdk, name)} <= {"Interface"}
