"""Cases for what the language got later, and the classes determinism and divergence. Same form as `red_team`."""
# ruff: noqa: E501 - a case stands on one line

RESOURCE = {
    "fixed_power": "x = Fixed('9' * 600)\nwhile True:\n    x = x.times(Fixed('1.0000000001'), 'up')\nreturn 0",
    "fixed_divide": "x = Fixed('7' * 1200)\ny = Fixed('3' * 600)\nwhile True:\n    z = x.divided_by(y, 'half_even')\nreturn 0",
    "fixed_parse": "s = '9' * 1200\nwhile True:\n    x = Fixed(s)\nreturn 0",
    "fixed_parse_long": "s = '9' * 1000000\nwhile True:\n    try:\n        x = Fixed(s)\n    except ValueError:\n        pass\nreturn 0",
    "fixed_text": "x = Fixed('7' * 1200)\nwhile True:\n    s = str(x)\nreturn 0",
    "fixed_format": "x = Fixed('7' * 1200)\nwhile True:\n    s = f'{x:,}'\nreturn 0",
    "fixed_add": "x = Fixed('7' * 1200)\nwhile True:\n    y = x + x\nreturn 0",
    "fixed_times_number": "x = Fixed(7 ** 700)\nn = 7 ** 700\nwhile True:\n    y = x * n\nreturn 0",
    "fixed_compare": "x = Fixed(7 ** 1400)\nl = [x] * 200000\nwhile True:\n    y = max(l)\nreturn 0",
    "fixed_sort": "l = [from_units(i * 7919 % 100003, 2) for i in range(60000)]\nwhile True:\n    y = sorted(l)\nreturn 0",
    "fixed_many": "l = []\nwhile True:\n    l.append(Fixed('1.50'))\nreturn 0",
    "dates_many": "l = []\nwhile True:\n    l.append(Date(2024, 1, 1) + len(l))\nreturn 0",
    "dates_text": "while True:\n    s = time_text(ctx.time)\nreturn 0",
    "dates_parse": "s = '2' * 1000000\nwhile True:\n    try:\n        d = date_of(s)\n    except ValueError:\n        pass\nreturn 0",
    "dates_months": "d = Date(1, 1, 1)\nwhile True:\n    e = d.plus_months(119987)\nreturn 0",
    "date_of_huge": "n = 2 ** 4090\nwhile True:\n    try:\n        d = date_of(n)\n    except ValueError:\n        pass\nreturn 0",
    "sort_key": "l = list(range(100000))\nwhile True:\n    x = sorted(l, key=lambda v: -v)\nreturn 0",
    "sort_key_texts": "l = ['a' * 1000 + str(i) for i in range(900)]\nwhile True:\n    x = sorted(l, key=lambda v: v + 'b')\nreturn 0",
    "sort_key_tuples": "l = [(i * 7919 % 100003, 'a' * 90) for i in range(20000)]\nwhile True:\n    x = sorted(l)\nreturn 0",
    "sort_key_deep": "l = [((((i, 'a'), 1), 2), 3) for i in range(20000)]\nwhile True:\n    x = sorted(l, reverse=True)\nreturn 0",
    "sort_shared": "a = (1, 2)\nfor i in range(25):\n    a = (a, a)\nreturn len(sorted([a, a]))",
    "sort_key_recursive": "return f(0)\n---\ndef f(n):\n    return len(sorted([n], key=g))\n\ndef g(n):\n    return f(n + 1)",
    "sort_key_slow": "return len(sorted(range(250000), key=lambda v: sum(range(1000))))",
    "sort_key_grows": "l = [1]\nx = sorted(l, key=lambda v: len(l + l))\nwhile True:\n    l = sorted(l + l, key=lambda v: 0)\nreturn 0",
    "min_key": "l = list(range(200000))\nwhile True:\n    x = min(l, key=lambda v: v * v)\nreturn 0",
    "max_tuples": "l = [(1, 2, 3)] * 200000\nwhile True:\n    x = max(l)\nreturn 0",
    "tuple_less": "a = tuple(range(100000))\nb = tuple(range(100000))\nwhile True:\n    x = a < b\nreturn 0",
    "tuple_less_shared": "a = (0,)\nb = (0,)\nfor i in range(30):\n    a = (a, a)\n    b = (b, b)\nreturn 1 if a < b else 0",
    "format_loop": "while True:\n    s = f'{255:>64}{255:064}{2 ** 4000:x}'\nreturn 0",
    "format_comma": "x = 7 ** 1400\nwhile True:\n    s = f'{x:,}'\nreturn 0",
    "format_binary": "x = 2 ** 4095\nwhile True:\n    s = f'{x:b}'\nreturn 0",
    "format_text": "s = 'a' * 1000000\nwhile True:\n    x = f'{s:<5}'\nreturn 0",
    "to_bytes_huge": "return len((1).to_bytes(10**10, 'big'))",
    "to_bytes_loop": "while True:\n    b = (1).to_bytes(1000000, 'big')\nreturn 0",
    "from_bytes_long": "b = b'1' * 1000000\nwhile True:\n    try:\n        n = int.from_bytes(b, 'big')\n    except OverflowError:\n        pass\nreturn 0",
    "from_bytes_loop": "b = b'\\xff' * 512\nwhile True:\n    n = int.from_bytes(b, 'little')\nreturn 0",
    "fromhex_loop": "s = 'ff' * 400000\nwhile True:\n    b = bytes.fromhex(s)\nreturn 0",
    "isinstance_loop": "while True:\n    x = isinstance(1, (str, bytes, list, dict, tuple, int))\nreturn 0",
    "isinstance_wide": "while True:\n    x = isinstance(1, (" + "str, " * 500 + "int))\nreturn 0",
    "constant_loop": "n = 0\nwhile True:\n    for x in TABLE:\n        n += x\nreturn n\n---\nTABLE = ["
    + "1, " * 2000
    + "]",
    "constant_dict_loop": "while True:\n    x = TABLE.items()\nreturn 0\n---\nTABLE = {"
    + ", ".join(f"'k{i}': {i}" for i in range(900))
    + "}",
    "constant_equal": "while True:\n    x = TABLE == TABLE\nreturn 0\n---\nTABLE = (" + "(1, 2), " * 900 + ")",
    "nested_many": "i = 0\nwhile True:\n    i += 1\n    self.deep[str(i)]['a'] = 1\nreturn 0",
    "nested_handles": "l = []\nwhile True:\n    l.append(self.deep['a'])\nreturn 0",
    "nested_long_key": "k = 'a' * 900000\nwhile True:\n    try:\n        x = self.deep[k]\n    except KeyError:\n        pass\nreturn 0",
    "nested_scan": "self.deep['a']['b'] = 1\nwhile True:\n    x = self.deep['a'].items(limit=256)\nreturn 0",
    "nested_loop": "n = 0\nwhile True:\n    x = self.deep['a'].get('b', 0)\nreturn 0",
    "bounded_check": "x = Item(tags=['a'])\nl = ['a'] * 3\nwhile True:\n    x.tags = l\nreturn 0\n---\nclass Item(Record):\n    tags: Annotated[list[str], Most(3)]",
    "bounded_long": "x = Item(tags=[])\nl = ['a'] * 200000\nwhile True:\n    try:\n        x.tags = l\n    except OverflowError:\n        pass\nreturn 0\n---\nclass Item(Record):\n    tags: Annotated[list[str], Most(3)]",
    "match_loop": "n = 0\nwhile True:\n    match n:\n        case 1 | 2 | 3:\n            n = 0\n        case _:\n            n += 1\nreturn n",
    "verify_loop": "while True:\n    x = ctx.verify(1, b'', b'a' * 100000, b'')\nreturn 0",
    "wide_tuple_type": "return 0\n---\nclass Item(Record):\n    a: " + "tuple[" * 40 + "int" + "]" * 40,
    "wide_map": "return 0\n---\nclass Other(Contract):\n    m: " + "Map[str, " * 9 + "int" + "]" * 9,
    "scale_huge": "return 0\n---\nclass Item(Record):\n    a: Annotated[Fixed, Scale(99999999)]",
    "most_huge": "return 0\n---\nclass Item(Record):\n    a: Annotated[str, Most(10**30)]",
    "many_cases": "n = 1\nmatch n:\n"
    + "\n".join(f"    case {i}:\n        return 1" for i in range(2, 200))
    + "\nreturn 0",
}

ESCAPES = {
    "lambda_value": "f = lambda v: v\nreturn f(1)",
    "lambda_default": "x = sorted([1], key=lambda v=len: v)\nreturn 0",
    "lambda_star": "x = sorted([1], key=lambda *v: v)\nreturn 0",
    "lambda_two": "x = sorted([1], key=lambda a, b: a)\nreturn 0",
    "lambda_shadow": "x = sorted([1], key=lambda len: len)\nreturn 0",
    "lambda_builtin": "return sorted([[1]], key=len)",
    "lambda_method": "return sorted([1], key=self.main)",
    "lambda_nested": "return sorted([1], key=lambda v: lambda w: v)",
    "lambda_to_sum": "return sum([1], key=lambda v: v)",
    "lambda_positional": "return sorted([1], lambda v: v)",
    "key_none": "return sorted([1], key=None)",
    "key_local": "f = 1\nreturn sorted([1], key=f)",
    "key_of_list_sort": "l = [1]\nl.sort(key=lambda v: v)\nreturn 0",
    "isinstance_object": "return 1 if isinstance(1, object) else 0",
    "isinstance_value": "t = (int,)\nreturn 1 if isinstance(1, t) else 0",
    "isinstance_type": "return 1 if isinstance(1, type) else 0",
    "isinstance_contract": "return 1 if isinstance(self, Case) else 0",
    "isinstance_nested": "return 1 if isinstance(1, ((int,),)) else 0",
    "fixed_private": "return Fixed('1')._same(2)",
    "fixed_mark": "return Fixed('1').encoded_as_decimal_",
    "fixed_set": "x = Fixed('1')\nx.units = 5\nreturn 0",
    "fixed_init": "x = Fixed('1')\nx.__init__('2')\nreturn 0",
    "fixed_keyword": "x = Fixed('1', scale=2)\nreturn 0",
    "date_set": "d = Date(2024, 1, 1)\nd.day = 9\nreturn 0",
    "date_private": "return Date(2024, 1, 1)._days(3)",
    "date_class": "return Date.today()",
    "format_attribute": "x = 1\nreturn len(f'{x.real:x}')",
    "format_nested": "x = 1\nw = 60\nreturn len(f'{x:{w}}')",
    "format_float": "x = 1\nreturn len(f'{x:.2f}')",
    "format_percent": "x = 1\nreturn len(f'{x:%}')",
    "format_character": "x = 65\nreturn len(f'{x:c}')",
    "format_locale": "x = 65\nreturn len(f'{x:n}')",
    "format_fill": "x = 65\nreturn len(f'{x:*>9}')",
    "format_wide": "x = 65\nreturn len(f'{x:65}')",
    "from_bytes_value": "f = int.from_bytes\nreturn f(b'a', 'big')",
    "from_bytes_order": "return int.from_bytes(b'a', byteorder='big')",
    "from_bytes_name": "return int_from_bytes(b'a', 3)",
    "str_of_class": "return str.join('', ['a'])",
    "constant_append": "TABLE.append(1)\nreturn 0\n---\nTABLE = [1]",
    "constant_set": "TABLE[0] = 1\nreturn 0\n---\nTABLE = [1]",
    "constant_delete": "del TABLE['a']\nreturn 0\n---\nTABLE = {'a': 1}",
    "constant_augment": "TABLE[0] += 1\nreturn 0\n---\nTABLE = [1]",
    "constant_alias": "x = TABLE\nx.append(1)\nreturn 0\n---\nTABLE = [1]",
    "constant_argument": "return g(TABLE)\n---\nTABLE = [1]\n\ndef g(x):\n    x.append(1)\n    return len(x)",
    "constant_in_list": "x = [TABLE]\nx[0].append(1)\nreturn 0\n---\nTABLE = [1]",
    "constant_condition": "x = TABLE if 1 else []\nreturn 0\n---\nTABLE = [1]",
    "constant_or": "x = [] or TABLE\nreturn 0\n---\nTABLE = [1]",
    "constant_pop": "return TABLE.pop()\n---\nTABLE = [1]",
    "constant_update": "TABLE.update({'a': 2})\nreturn 0\n---\nTABLE = {'a': 1}",
    "constant_setdefault": "return TABLE.setdefault('b', 2)\n---\nTABLE = {'a': 1}",
    "constant_nested": "return TABLE[0][0]\n---\nTABLE = [[1]]",
    "constant_call": "return TABLE\n---\nTABLE = len([1])",
    "constant_return": "return TABLE\n---\nTABLE = [1]",
    "nested_private": "return self.deep['a'].prefix",
    "nested_method": "return self.deep['a'].row('b')",
    "nested_hidden": "return self.deep['a'].write_('b', 1)",
    "nested_write_whole": "self.deep['a'] = self.deep['b']\nreturn 0",
    "nested_stored": "self.box.set(self.deep['a'])\nreturn 0",
    "nested_as_text": "return len(str(self.deep['a']))",
    "nested_returned": "return self.deep['a']",
    "match_class": "x = 1\nmatch x:\n    case int():\n        return 1\nreturn 0",
    "match_capture": "x = 1\nmatch x:\n    case y:\n        return y\nreturn 0",
    "match_star": "x = [1]\nmatch x:\n    case [*y]:\n        return 1\nreturn 0",
    "match_mapping": "x = {'a': 1}\nmatch x:\n    case {'a': 1}:\n        return 1\nreturn 0",
    "match_true": "x = True\nmatch x:\n    case True:\n        return 1\nreturn 0",
    "match_attribute": "x = 1\nmatch x:\n    case ctx.height:\n        return 1\nreturn 0",
    "alias_of_any": "return 0\n---\nX = Annotated[object, Most(3)]\n\nclass Item(Record):\n    a: X",
    "alias_of_itself": "return 0\n---\nX = Annotated[X, Most(3)]\n\nclass Item(Record):\n    a: X",
    "alias_doubles": "return 0\n---\nA0 = Annotated[str, Most(3)]\n"
    + "\n".join(f"A{i + 1} = Annotated[list[tuple[A{i}, A{i}]], Most(3)]" for i in range(30))
    + "\n\nclass Item(Record):\n    a: A30",
    "verify_keyword": "return ctx.verify(kind=1)",
    "verify_types": "return 1 if ctx.verify('1', b'', b'', b'') else 0",
}

DETERMINISM = {
    "dict_order": "d = {k: 1 for k in ['b', 'a', 'c']}\nfor k in d:\n    self.table[k] = 'x'\nraise Stop(why=''.join(d.keys()))",
    "dict_of_hashes": "d = {ctx.hash(str(i).encode()).hex(): i for i in range(60)}\nraise Stop(why=''.join(d.keys())[:900])",
    "dict_delete": "d = {str(i): i for i in range(90)}\nfor i in range(80):\n    del d[str(i)]\nd['x'] = 1\nraise Stop(why=''.join(d.keys()))",
    "sort_is_stable": "l = [(i % 3, str(i)) for i in range(30)]\nraise Stop(why=''.join([b for a, b in sorted(l, key=lambda p: p[0], reverse=True)]))",
    "sort_letters": "raise Stop(why=''.join(sorted(['é', 'z', '\\U0001f600', '\\uffff', 'a'])))",
    "upper_letters": "raise Stop(why='ßıſéﬁ'.upper() + 'İΣ'.lower())",
    "strip_blanks": "raise Stop(why='[' + '\\x1c\\x85\\u2000 a \\u3000'.strip() + ']')",
    "split_blanks": "raise Stop(why=str(len('a\\x1cb\\x85c\\u2003d e'.split())))",
    "digits": "raise Stop(why=str('١٢'.isdigit()) + str('²'.isdigit()) + str('é'.isalpha()))",
    "number_text": "raise Stop(why=str(7 ** 900) + f'{-(7 ** 200):x}')",
    "int_of_blanks": "try:\n    n = int(' 12 ')\nexcept ValueError:\n    n = 0\ntry:\n    m = int('1_2')\nexcept ValueError:\n    m = 0\nraise Stop(why=str(n) + ' ' + str(m))",
    "messages": "try:\n    x = [1][2]\nexcept IndexError:\n    pass\nx = {'a': 1}['b']\nreturn 0",
    "type_message": "return 1 + 'a'",
    "depth": "return f(0)\n---\ndef f(n):\n    return f(n + 1)",
    "decode_message": "return len(b'\\xff\\xfe'.decode())",
    "date_text": "raise Stop(why=time_text(ctx.time) + str(date_of(ctx.time)) + str(date_of(-1)))",
    "fixed_text": "raise Stop(why=''.join([str(Fixed('-2.345').rounded(2, r)) for r in ['up', 'down', 'half_even', 'floor']]))",
    "events": "for k in ['z', 'a']:\n    Note(text=k).emit()\nraise Stop(why='x')\n---\nclass Note(Event):\n    text: str",
    "unbound_name": "try:\n    if 1 > 2:\n        x = 1\n    y = x\nexcept ValueError:\n    y = 1\nreturn y",
    "scan_order": "for k in ['b', 'é', 'a', '\\x00', 'Z', '\\U0001f600']:\n    self.table[k] = k\nraise Stop(why=''.join([k for k, v in self.table.items()]))",
    "nested_order": "for k in ['b', 'a', '']:\n    for j in ['y', 'x', '']:\n        self.deep[k][j] = len(k)\nraise Stop(why=''.join([k for k, v in self.deep['b'].items()]))",
    "out_of_gas": "n = 0\nwhile True:\n    n += 1\nreturn n",
    "big_result": "return 'a' * 70000",
}

DIVERGENCE = {
    "map_alias": "self.rows['a'] = [1]\nl = self.rows['a']\nl.append(2)\nout.append(str(len(self.rows['a'])))",
    "map_missing": "try:\n    x = self.rows['zz']\nexcept KeyError:\n    out.append('k')",
    "map_iterates": "try:\n    for x in self.deep['a']:\n        out.append('x')\nexcept TypeError:\n    out.append('t')",
    "map_truth": "out.append('t' if self.deep['a'] else 'f')",
    "map_equal": "out.append(str(self.deep['a'] == self.deep['a']))",
    "handle_writes": "h = self.deep['a']\nh['x'] = 1\nout.append(str(self.deep['a']['x']))",
    "big_numbers": "try:\n    self.big.set(2 ** 4095 * 2 if False else 2 ** 4095 - 1)\nexcept OverflowError:\n    out.append('o')\nout.append(str(self.big.get() % 1000))",
    "bool_is_no_int": "try:\n    self.big.set(True)\nexcept TypeError:\n    out.append('t')",
    "negative_division": "out.append(f'{-7 // 2} {-7 % 3} {divmod(-7, 2)[1]} {7 // -2}')",
    "compare_mixed": "try:\n    x = 1 < 'a'\nexcept TypeError:\n    out.append('t')",
    "compare_lists": "out.append(str([1, 2] < [1, 3]) + str([2] > [1, 9]) + str((1,) <= (1,)))",
    "augment_alias": "a = [1]\nb = a\nb += [2]\nout.append(str(len(a)))\nt = (1,)\nu = t\nu += (2,)\nout.append(str(len(t)))",
    "loop_grows": "l = [1, 2]\nfor x in l:\n    if len(l) < 6:\n        l.append(x)\nout.append(str(len(l)))",
    "dict_views": "d = {'a': 1}\nk = list(d.keys())\nd['b'] = 2\nout.append(str(len(k)))",
    "caught_inside": "try:\n    try:\n        x = 1 // 0\n    except KeyError:\n        out.append('k')\nexcept ZeroDivisionError:\n    out.append('z')",
    "caught_order": "try:\n    x = [1][5]\nexcept (KeyError, IndexError):\n    out.append('i')",
    "raise_in_handler": "try:\n    try:\n        x = 1 // 0\n    except ZeroDivisionError:\n        raise Stop(why='a')\nexcept Stop as e:\n    out.append(e.why)",
    "loop_variable_stays": "for i in range(3):\n    pass\nout.append(str(i))\nx = 7\ny = [x for x in range(2)]\nout.append(str(x))",
    "chained": "out.append(str(1 < 2 < 3) + str(3 > 2 > 2) + str(1 == 1 != 2))",
    "short_circuit": "l = []\nx = l or [1]\nout.append(str(len(x)))\nout.append(str(0 and 1 // 0))",
    "record_alias": "a = Row(n=1)\nb = a\nb.n = 2\nout.append(str(a.n))\nc = Row(n=2)\nout.append(str(a == c))",
    "key_function": "out += [str(v) for v in sorted([3, 1, 2], key=lambda v: (v % 2, -v))]",
    "key_sees_locals": "w = 2\nout += [str(v) for v in sorted([3, 1, 2], key=lambda v: abs(v - w))]",
    "fixed_scale": "out.append(str(Fixed('1.0') == Fixed('1.00')) + str(Fixed('1.0').rounded(2, 'up') == Fixed('1.00')))",
    "format_of_bool": "out.append(f'{True}{False:3}|{None}')",
    "text_of_tuple": "t = (1, 'a')\nout.append(t[1] + str(t[0]))",
    "slice_beyond": "out.append('abc'[5:] + 'abc'[-9:2] + 'abc'[::-1])",
    "date_moves": "d = Date(2024, 2, 29)\nout.append(f'{d.plus_months(12)} {d + 366} {d - Date(2023, 2, 28)}')",
    "from_bytes": "out.append(str(int.from_bytes(b'\\xff\\x00', 'big', signed=True)) + (5).to_bytes(2, 'little').hex())",
    "match_none": "x = None\nmatch x:\n    case 0:\n        out.append('0')\n    case None:\n        out.append('n')",
}


def source_of(body: str) -> str:
    """Wrap a case of the first three classes into a contract file."""
    inside, _, declarations = body.partition("\n---\n")
    lines = "\n".join(f"        {line}" for line in inside.splitlines())
    return (
        "from huitong.contract import (\n    Annotated, Contract, Date, Error, Event, Fixed, Map, Most, Record, Scale, Value, call,"
        "\n    ctx, date_of, from_units, time_text,\n)\n\n\nclass Stop(Error):\n    why: str = ''\n\n\n"
        f"{declarations}\n\n"
        "class Case(Contract):\n    table: Map[str, str]\n    box: Value[list[int]]\n    deep: Map[str, Map[str, int]]\n\n"
        f"    @call\n    def main(self) -> int:\n{lines}\n"
    )


def divergence_source_of(body: str) -> str:
    """Wrap a case that gives texts, plain and compiled."""
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    return (
        "from huitong.contract import Contract, Date, Error, Fixed, Map, Record, Value, call, ctx\n\n\n"
        "class Stop(Error):\n    why: str\n\n\nclass Row(Record):\n    n: int\n\n\n"
        "class Case(Contract):\n    rows: Map[str, list[int]]\n    deep: Map[str, Map[str, int]]\n    big: Value[int]\n\n"
        f"    @call\n    def main(self) -> list[str]:\n        out = []\n{lines}\n        return out\n"
    )
