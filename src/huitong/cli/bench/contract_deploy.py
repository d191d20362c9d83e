"""Deploys of a contract of 500 lines: records, events, errors, fields and methods as a register of goods has them."""

from collections.abc import Callable, Sequence
from typing import Final

from huitong.kernel import CONTRACTS_ADDRESS
from huitong.types import Call
from huitong.vm.python.source import compile_source

from .chain import BenchChain, Signer, signed
from .kernel import envelopes_of

LINES: Final = 500
GAS: Final = 45_000_000

_HEAD: Final = '''"""A register of several kinds of goods, contract {number} of the measure."""

from huitong.contract import Contract, Error, Event, Map, Record, Value, call, ctx, init, require, view

MAX_AMOUNT = 1_000_000
'''

_DECLARED: Final = '''

class {Kind}(Record):
    """What is known of a lot of {kind}."""

    owner: str
    amount: int
    place: str = ""
    open: bool = True


class {Kind}Changed(Event):
    """A lot of {kind} was changed."""

    key: str
    amount: int


class {Kind}Refused(Error):
    """The lot of {kind} is not the caller's, or closed."""

    key: str
'''

_CONTRACT: Final = '''

class Register(Contract):
    """Lots by kind; the organisation that registers a lot alone changes it."""

    operator: Value[str]
'''

_FIELDS: Final = """    {kind}: Map[str, {Kind}]
    {kind}_count: Value[int]
"""

_START: Final = '''
    @init
    def start(self) -> None:
        """The organisation that deploys is the operator."""
        self.operator.set(ctx.sender.org)
'''

_METHODS: Final = '''
    @call
    def add_{kind}(self, key: str, amount: int, place: str) -> int:
        """Register a lot of {kind}; return how many there are."""
        require(key not in self.{kind}, {Kind}Refused(key=key))
        assert 0 < amount <= MAX_AMOUNT, "no such amount"
        self.{kind}[key] = {Kind}(owner=ctx.sender.org, amount=amount, place=place.strip())
        count = self.{kind}_count.get(0) + 1
        self.{kind}_count.set(count)
        {Kind}Changed(key=key, amount=amount).emit()
        return count

    @call
    def move_{kind}(self, key: str, amounts: list[int]) -> int:
        """Take amounts from a lot of {kind}; return what is left."""
        lot = self.{kind}[key]
        require(lot.open and lot.owner == ctx.sender.org, {Kind}Refused(key=key))
        for amount in amounts:
            if amount <= 0 or amount > lot.amount:
                raise {Kind}Refused(key=key)
            lot.amount -= amount
        if lot.amount == 0:
            lot.open = False
        self.{kind}[key] = lot
        {Kind}Changed(key=key, amount=lot.amount).emit()
        return lot.amount

    @view
    def list_{kind}(self, limit: int) -> list[str]:
        """Lots of {kind} that are open, with their amounts."""
        return [f"{{key}}: {{lot.amount}} at {{lot.place}}" for key, lot in self.{kind}.items(limit=limit) if lot.open]
'''

_KINDS: Final = ("steel", "grain", "cotton", "copper", "timber", "sugar", "coffee", "rubber")
_LAST: Final = '''
    @view
    def note_{number}(self) -> int:
        """One of the amounts of the operator."""
        return {number}
'''


def source_of(number: int) -> str:
    """A contract of 500 lines; the number makes its text another one."""
    kinds: list[str] = []
    for kind in _KINDS:
        if _text(number, [*kinds, kind]).count("\n") > LINES:
            break
        kinds.append(kind)
    text, filled = _text(number, kinds), 0
    while text.count("\n") + _LAST.count("\n") <= LINES:
        text += _LAST.format(number=filled)
        filled += 1
    return text + "# the end\n" * (LINES - text.count("\n"))


def _text(number: int, kinds: list[str]) -> str:
    def each(part: str) -> str:
        return "".join(part.format(kind=kind, Kind=kind.title()) for kind in kinds)

    return _HEAD.format(number=number) + each(_DECLARED) + _CONTRACT + each(_FIELDS) + _START + each(_METHODS)


def deploy_times(
    chain: BenchChain, person: Signer, numbers: tuple[int, int, int], clocks: Sequence[Callable[[], float]]
) -> list[list[float]]:
    """Milliseconds by each clock, from a block with one deploy to its durable end; the node has seen none of them.

    numbers: time until which they are valid, number of the next envelope, how many. What the client does (the tree from
    the source) is not counted.
    """
    until, seq, tries = numbers
    found: list[list[float]] = [[] for _ in clocks]
    for number in range(tries):
        source = source_of(number)
        assert source.count("\n") == LINES, source.count("\n")
        raw, code = source.encode(), compile_source(source, "register.py")
        args: tuple[object, ...] = ("python", code, chain.kernel.suite.hash(raw), raw, f"register-{number}", [])
        transaction = signed(person, 2 * 10**9 + number, (Call(CONTRACTS_ADDRESS, "deploy", args),), until, GAS)
        envelopes = envelopes_of(chain, [transaction], seq + number)
        chain.settle()
        started = [clock() for clock in clocks]
        result = chain.run_block(envelopes).envelopes[0].transactions[0]
        chain.settle()
        for spent, clock, start in zip(found, clocks, started, strict=True):
            spent.append((clock() - start) * 1e3)
        assert result.receipt.code == 0, result
    return found
