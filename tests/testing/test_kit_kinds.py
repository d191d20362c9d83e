"""Tables in tables, fixed-point numbers, dates, tuples, hashes and signatures on the chain of the kit."""

from hashlib import sha256

import pytest

from huitong.contract import Fixed
from huitong.crypto import private_key
from huitong.testing import Chain

SOURCE = '''"""A till."""

from huitong.contract import Annotated, Contract, Date, Fixed, Map, Scale, call, ctx, date_of, view

Money = Annotated[Fixed, Scale(2)]


class Till(Contract):
    """Takings by shop and day."""

    takings: Map[str, Map[int, Money]]

    @call
    def take(self, shop: str, amount: Money) -> tuple[str, Money]:
        today = date_of(ctx.time)
        mine = self.takings[shop]
        mine[today.days] = mine.get(today.days, Fixed("0.00")) + amount
        return f"{today}", mine[today.days]

    @view
    def share(self, shop: str, parts: int) -> Money:
        total = Fixed("0.00")
        for _, amount in self.takings[shop].items():
            total += amount
        return total.divided_by(parts, "half_even")

    @view
    def digest(self, data: bytes) -> bytes:
        return ctx.hash(data)

    @view
    def holds(self, key: bytes, message: bytes, signature: bytes) -> bool:
        return ctx.verify(1, key, message, signature)
'''


@pytest.fixture(params=["plain", "compiled"])
def till(request, tmp_path):
    (tmp_path / "till.py").write_text(SOURCE, encoding="utf-8")
    return Chain(lead=request.param, folder=tmp_path).deploy("till.py")


def test_tables_in_tables_money_and_dates_on_the_chain(till):
    day, total = till.take("north", Fixed("12.50"))
    assert (len(day), total) == (10, Fixed("12.50"))
    assert till.take("north", Fixed("0.25"))[1] == Fixed("12.75")
    assert till.share("north", 2) == Fixed("6.38")
    assert till.share("south", 2) == Fixed("0.00")


def test_the_chain_answers_for_hashes_and_signatures(till):
    key = private_key(1, b"\x05" * 32)
    assert till.digest(b"abc") == sha256(b"abc").digest()
    assert till.holds(key.public_key, b"message", key.sign(b"message")) is True
    assert till.holds(key.public_key, b"another", key.sign(b"message")) is False
