"""Reasons to refuse names, types and declarations: as in `refusals_syntax`."""
# ruff: noqa: E501 - an entry of the table stands on one line

from typing import Final

from huitong.types import Code

from .refusals_syntax import Entry

_N: Final = Code.NAME_REFUSED
_A: Final = Code.ATTRIBUTE_REFUSED
_F: Final = Code.FIELD_DECLARATION_INVALID
_M: Final = Code.METHOD_DECLARATION_INVALID
_R: Final = Code.RECORD_DECLARATION_INVALID
_L: Final = Code.LITERAL_REFUSED

DECLARED: Final[tuple[Entry, ...]] = (
    ("spelling", _N, ("cannot be used",), "Spelling of names", "Names with two underscores lead into Python itself; letters beyond ASCII look like others.", "__x = n\nreturn __x", "x = n\nreturn x"),
    ("taken", _N, ("is taken", "is declared twice"), "Names that are taken", "A name that means two things is read wrongly: builtins, the SDK and what the file declares are bound once.", "len = n\nreturn len", "length = n\nreturn length"),
    ("constant", _N, ("that can only be read",), "Lists and dictionaries that are constants", "If a call could change a constant, the next call would see it, and another node would not.", "LEVELS.append(n)\nreturn 0\n---\nLEVELS = [1, 2]", "levels = list(LEVELS)\nlevels.append(n)\nreturn len(levels)\n---\nLEVELS = [1, 2]"),
    ("no-value", _N, ("is no value here",), "Functions and classes as values", "What is called is known when the contract is deployed; functions cannot be kept or passed on.", "f = len\nreturn f(values)", "return len(values)"),
    ("catch", _N, ("that can be caught", "no fields to look at"), "Errors in except", "The end of gas, of memory and of the stack cannot be caught; errors of Python have no fields that all versions share.", "try:\n    return self.table[s]\nexcept MemoryError:\n    return 0", "try:\n    return self.table[s]\nexcept KeyError:\n    return 0"),
    ("unknown-function", _N, ("there is no function", "has no method"), "Functions that are not there", "A contract may call the functions of its file and those of the reference.", "return round(n)", "return n // 10 * 10"),
    ("unknown-name", _N, (), "Names that are not known", "A name has a value before it is read.", "return total", "total = n\nreturn total"),
    ("import", Code.IMPORT_REFUSED, (), "Imports", "The rest of Python has clocks, files and things that differ between versions; what contracts may use comes from huitong.contract.", "import math\n\nfrom huitong.contract import Contract\n\n\nclass Example(Contract):\n    pass", "from huitong.contract import Contract\n\n\nclass Example(Contract):\n    pass"),
    ("storage-name", _A, ("is no storage field",), "Attributes of self", "Only declared fields are stored; an attribute that is set would be gone after the call.", "self.total = n\nreturn n", "self.last.set(n)\nreturn n"),
    ("storage-value", _A, ("is no value by itself", "has no keys", "has no method"), "Storage fields as values", "A Map is not read as a whole: its rows are, one by one or in pages.", "table = self.table\nreturn 0", "return self.table.get(s, 0)"),
    ("context", _A, ("ctx has no",), "Names of ctx", "A contract sees of its surroundings what all nodes agree on.", "return ctx.random", "return ctx.height"),
    ("value-method", _A, ("no value has a method",), "Methods of values", "Methods are those of the reference, so that each is paid and the same on every version of Python.", "return n.bit_length()", "return len(s.upper())"),
    ("attribute", _A, (), "Fields that nothing has", "Fields are those of declared classes and of what ctx gives.", "return n.real", "return Item(size=n).size\n---\nclass Item(Record):\n    size: int"),
    ("contract-class", Code.CONTRACT_CLASS_MISSING, (), "One contract class", "A file is one contract.", "#! no class\nX = 1", "from huitong.contract import Contract\n\n\nclass Example(Contract):\n    pass"),
    ("map-key", _F, ("keys of a Map",), "Keys of a Map", "Rows are listed in the order of their keys, so keys are texts, bytes or whole numbers.", "return 0\n---\nclass Bad(Contract):\n    seen: Map[bool, int]", "return self.table.get(s, 0)"),
    ("map-value", _F, ("a Map is no value", "a Map nested"), "Maps in other places", "A Map is a table in storage: it is a field of the contract, or the value of a field's Map.", "return 0\n---\nclass Item(Record):\n    rows: Map[str, int]", "return 0\n---\nclass Item(Record):\n    rows: dict[str, int]"),
    ("bound", _F, ("has no length", "a number from"), "Bounds and scales", "Most(n) goes with texts, bytes, lists and dictionaries, from 1 to 1,048,576; Scale(n) with Fixed, from 0 to 38.", "return 0\n---\nclass Item(Record):\n    size: Annotated[int, Most(3)]", "return 0\n---\nclass Item(Record):\n    tags: Annotated[list[str], Most(3)]"),
    ("storage", _F, ("the type of self", "neither method nor"), "Declaring storage", "A field of the contract is a Map or a Value, without a value of its own.", "return 0\n---\nclass Bad(Contract):\n    total: int", "return self.last.get(0)"),
    ("type-order", _F, ("is no type here", "deep", "storage fields"), "Types that are not known", "A Record stands above its first use; so types cannot hold themselves, and checking them ends.", "return 0\n---\nclass Item(Record):\n    parts: list[Item]", "return 0\n---\nclass Part(Record):\n    size: int\n\nclass Item(Record):\n    parts: list[Part]"),
    ("type", _F, (), "Types", "A type of the language is checked, stored and shown in the same way everywhere; floats and sets are not.", "return 0\n---\nclass Item(Record):\n    price: float", "return 0\n---\nclass Item(Record):\n    price: Annotated[Fixed, Scale(2)]"),
    ("decorator", _M, ("these decorators",), "Decorators", "@call, @view and @init exclude each other; no other decorator is known.", "return half(n)\n---\n@staticmethod\ndef half(v):\n    return v // 2", "return half(n)\n---\ndef half(v):\n    return v // 2"),
    ("parameters", _M, ("in parameters", "parameter", "without default"), "Parameters", "The parameters of a method are its interface: each has a name and a place.", "return add(n)\n---\ndef add(*numbers):\n    return 0", "return add([n])\n---\ndef add(numbers):\n    return sum(numbers)"),
    ("method-types", _M, ("has no type",), "Types of methods", "Arguments are checked and clients are made from the types.", "return 0\n---\nclass Other(Protocol):\n    @view\n    def total(self, name): ...", "return 0\n---\nclass Other(Protocol):\n    @view\n    def total(self, name: str) -> int: ..."),
    ("method", _M, (), "Declaring methods", "Marked methods stand in the contract class, take self first, and have names that clients can call.", "return 0\n---\n@call\ndef outside(n: int) -> int:\n    return n", "return inside(n)\n---\ndef inside(n):\n    return n"),
    ("float", _L, ("literal float", "literal complex"), "Floats", "They round differently from what people expect of money, and their text differs between machines.", "return n + 1.5", "return (Fixed(n, 1) + Fixed('1.5')).units"),
    ("number-size", _L, ("above 4096",), "Numbers above 4,096 bits", "Arithmetic on longer numbers takes time that grows faster than its gas.", "return 2 ** 5000 + " + "9" * 1300, "return 2 ** 4000"),
    ("surrogate", _L, ("surrogate",), "Halves of surrogate pairs", "They are no text and have no UTF-8.", "return len('\\ud800')", "return len('\\U0001f600')"),
    ("default", _L, ("default",), "Defaults", "A default is part of the schema: a number, text, bytes, True, False or None.", "return 0\n---\nclass Item(Record):\n    tags: list[int] = []", "return 0\n---\nclass Item(Record):\n    tags: list[int] | None = None"),
    ("plain-value", _L, (), "Constants", "A constant is a plain value, or a tuple, list or dictionary of such.", "return X\n---\nX = len('abc')", "return X\n---\nX = 3"),
    ("field", _R, (), "Fields of records, events and errors", "Each field has a name that is free and a type; those with a default stand behind those without.", "return 0\n---\nclass Item(Record):\n    size = 3", "return 0\n---\nclass Item(Record):\n    size: int = 3"),
    ("size", Code.CONTRACT_TOO_LARGE, (), "Size", "What every node keeps and compiles is bounded.", "#! long\n" + "x = 1\n" * 20_000, "return 0"),
    ("depth", Code.CONTRACT_TOO_DEEP, (), "Depth", "Nesting is bounded, so that no version of Python runs out of its stack.", "return " + "(" * 70 + "n" + " + 1)" * 70, "return n + 70"),
    ("python", Code.SYNTAX_ERROR, (), "No Python", "The file cannot be read as Python.", "return n +", "return n + 1"),
    ("tree", Code.TREE_MALFORMED, (), "Damaged trees", "Bytes that are deployed are a tree that the tools have made.", "", ""),
    ("contract", Code.CONTRACT_INVALID, (), "Other reasons", "The contract passes a limit of Python's own compiler.", "", ""),
)  # fmt: skip
