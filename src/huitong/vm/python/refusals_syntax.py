"""Reasons to refuse syntax: topic, code, marks in the finding's text, title, why, an example, and what to write."""
# ruff: noqa: E501 - an entry of the table stands on one line

from typing import Final

from huitong.types import Code

Entry = tuple[str, Code, tuple[str, ...], str, str, str, str]

_S: Final = Code.SYNTAX_REFUSED

SYNTAX: Final[tuple[Entry, ...]] = (
    ("lambda", _S, ("Lambda", "a lambda"), "Lambdas beside `key=`", "A lambda is a function that can be kept and passed on, out of sight of the gas that it will cost. As the `key` of `sorted`, `min` and `max` its cost is known.", "f = lambda v: v + 1\nreturn f(n)", "return max(values, key=lambda v: -v)"),
    ("keyword", _S, ("does not take this keyword",), "Keywords of builtins", "Functions take the keywords that the reference lists.", "return len(obj=values)", "return len(values)"),
    ("arguments", _S, ("takes no arguments here",), "Arguments of encode, decode and hex", "Texts are encoded in UTF-8 alone: tables of other encodings change with Python.", "return len(s.encode('latin-1'))", "return len(s.encode())"),
    ("key", _S, ("this key",), "The `key` of sorted, min and max", "Only a function of the file or a lambda can be a key: builtins and methods are no values.", "return max(values, key=abs)", "return max(values, key=lambda v: abs(v))"),
    ("set", _S, ("Set is", "SetComp is"), "Sets", "The order of a set depends on hashes, which differ between processes.", "seen = {n, 2}\nreturn len(seen)", "seen = {str(n): True, '2': True}\nreturn len(seen)"),
    ("generator", _S, ("GeneratorExp", "Yield"), "Generators", "A generator stops in the middle of a function and keeps its state, which no gas is counted for.", "odd = (v for v in values if v % 2)\nreturn sum(odd)", "odd = [v for v in values if v % 2]\nreturn sum(odd)"),
    ("star", _S, ("Starred", "** in a"), "Stars", "`[*x, *x]` doubles a list in three letters; how many values a star stands for is not seen where it stands.", "more = [*values, n]\nreturn len(more)", "more = values + [n]\nreturn len(more)"),
    ("walrus", _S, ("NamedExpr",), "`:=`", "Names are bound in statements, so that each function has a known list of them.", "if (m := n + 1) > 2:\n    return m\nreturn 0", "m = n + 1\nif m > 2:\n    return m\nreturn 0"),
    ("async", _S, ("Await", "Async"), "async and await", "A call runs in one go; there is nothing to wait for.", "async with s:\n    pass\nreturn 0", "return 0"),
    ("division", _S, ("Div is",), "`/`", "True division gives a float.", "return n / 2", "return n // 2"),
    ("matrix", _S, ("MatMult",), "`@` as operator", "There are no matrices.", "return n @ 2", "return n * 2"),
    ("nested-function", _S, ("FunctionDef is",), "Functions within functions", "They keep the variables around them alive; functions of the file are found and paid by name.", "def twice(v):\n    return v * 2\nreturn twice(n)", "return twice(n)\n---\ndef twice(v):\n    return v * 2"),
    ("nested-class", _S, ("ClassDef is",), "Classes within functions", "Classes are part of the schema, so they stand at the level of the file.", "class Item:\n    pass\nreturn 0", "return Item(size=n).size\n---\nclass Item(Record):\n    size: int"),
    ("with", _S, ("With is",), "with", "There is nothing to open or close in a contract.", "with self.table as t:\n    return 1\nreturn 0", "return self.table['a']"),
    ("match", _S, ("Match", "this pattern"), "Patterns beside literals", "Patterns that look into objects call methods that nobody sees. A name can be matched against literals.", "match values:\n    case [first, *rest]:\n        return first\nreturn 0", "match n:\n    case 1 | 2:\n        return 1\n    case _:\n        return 0"),
    ("global", _S, ("Global", "Nonlocal"), "global and nonlocal", "Nothing outlives a call but what is stored.", "global total\ntotal = n\nreturn total", "self.last.set(n)\nreturn self.last.get()"),
    ("import-inside", _S, ("Import",), "import within a function", "The one import stands at the head of the file.", "import math\nreturn n", "return n"),
    ("loop-else", _S, ("else after a loop",), "else after a loop", "It is read in two ways by two people.", "for v in values:\n    if v == n:\n        break\nelse:\n    return 0\nreturn 1", "found = False\nfor v in values:\n    if v == n:\n        found = True\nreturn 1 if found else 0"),
    ("raise-from", _S, ("raise ... from",), "raise ... from", "Errors are told by their class and fields alone; chains of them would have to be paid.", "raise Stop() from None\n---\nclass Stop(Error):\n    pass", "raise Stop()\n---\nclass Stop(Error):\n    pass"),
    ("raise-alone", _S, ("raise without",), "raise without an error", "Outside of `except` there is nothing to raise again.", "raise", "raise Stop()\n---\nclass Stop(Error):\n    pass"),
    ("assert-message", _S, ("no plain text",), "A computed message of assert", "The text of an assertion is part of the receipt and fixed in the tree.", "assert n, s\nreturn n", "assert n, 'n is not zero'\nreturn n"),
    ("finally", _S, ("finally",), "finally", "A failed call is undone as a whole, and the end of gas runs no code.", "try:\n    n += 1\nfinally:\n    n = 0\nreturn n", "n += 1\nreturn n"),
    ("bare-except", _S, ("an except without",), "except without names", "Say what is expected; `except Exception` catches all that can be caught.", "try:\n    return self.table[s]\nexcept:\n    return 0", "try:\n    return self.table[s]\nexcept KeyError:\n    return 0"),
    ("format", _S, ("format", "!r, !s"), "Formats of f-strings", "A width that is computed, or of a billion, makes a text that nobody paid for; float formats need floats.", "return len(f'{n:>9999}')", "return len(f'{n:>64}')"),
    ("call-of-value", _S, ("a call of a value",), "Calling what is no name", "What is called is known when the contract is deployed, so functions are called by their names.", "return values[0](n)", "return twice(n)\n---\ndef twice(v):\n    return v * 2"),
    ("class", _S, ("this kind of class",), "Classes of other kinds", "A contract holds values with typed fields, not objects with behaviour of their own.", "return 0\n---\nclass Item:\n    size = 0", "return 0\n---\nclass Item(Record):\n    size: int = 0"),
    ("chain-in-source", _S, ("a chain of comparisons",), "A chain of comparisons as source of a comprehension", "Python keeps the middle of the chain in a place that it does not allow there.", "return len([v for v in [1 < n < 3]])", "inside = 1 < n < 3\nreturn len([v for v in [inside]])"),
    ("is", _S, ("with anything but None",), "is with anything but None", "Whether two equal values are the same object depends on the version of Python.", "return 1 if n is 1 else 0", "return 1 if n == 1 else 0"),
    ("del", _S, ("del of anything",), "del of anything but a key", "Names end with their function.", "del n\nreturn 0", "del values[0]\nreturn 0"),
    ("target", _S, ("target", "tuple as target"), "Targets of assignments and loops", "A loop that assigns to a subscript at each turn would write unpaid.", "for values[0] in [1, 2]:\n    pass\nreturn 0", "for v in [1, 2]:\n    values[0] = v\nreturn 0"),
    ("break-outside", _S, ("break or continue",), "break and continue outside of a loop", "There is no loop to leave.", "if n:\n    break\nreturn 0", "for v in values:\n    if v == n:\n        break\nreturn 0"),
    ("interface", _S, ("ctx.contract takes",), "What ctx.contract takes", "The methods of the other contract are known from a Protocol of the file.", "other = ctx.contract('name', s)\nreturn 0", "return ctx.contract('name', Other).total()\n---\nclass Other(Protocol):\n    @view\n    def total(self) -> int: ..."),
    ("isinstance", _S, ("isinstance",), "Types in isinstance", "isinstance asks for the types of the language and the classes of the file.", "return 1 if isinstance(n, object) else 0", "return 1 if isinstance(n, int) else 0"),
    ("syntax", _S, (), "Other syntax", "The language is a list of what is allowed; what is not on it is refused.", "return 0\n---\nif True:\n    X = 1", "return X\n---\nX = 1"),
)  # fmt: skip
