"""What the demonstration needs of a chain beside the service's `Ledger`, and its printed lines."""

from collections.abc import Awaitable, Callable, Sequence
from secrets import token_bytes
from time import perf_counter
from typing import Final, Protocol

import msgspec

from huitong.api.demo import DemoMember
from huitong.crypto import Suite, encryption_public_key, key_address, private_key
from huitong.types import Code, HuitongError

from .ledger import Committed, Ledger

__all__ = ["Narrator", "Stage", "clock_text", "member_encryption_key", "new_patient"]

_WIDTH: Final = 74
_SECOND: Final = 10**9
_DAY: Final = 86_400


class Stage(Protocol):
    """The chain on which the story is played."""

    async def deploy(self, owner: DemoMember) -> Committed:
        """Deploy the contract, by the name `medical` if it is free. From then on ledgers speak to this contract."""
        ...

    async def admit(self, registrar: DemoMember, patients: Sequence[DemoMember]) -> Committed:
        """Add members to the registrar's organisation in one transaction: all or none."""
        ...

    def ledger(self, member: DemoMember) -> Ledger:
        """The contract as one member sees it."""
        ...

    async def prove_registration(self, tx_id: bytes) -> tuple[bytes, bytes]:
        """Return proof bundle and trust file of a transaction, as JSON. Waits for the header that proves it."""
        ...

    async def prove_no_consent(self, record: str, organisation: str, member: bytes) -> bytes:
        """Return a proof bundle that no consent to this recipient stands in state. Raises AssertionError if one does.

        member: empty for the consent to the whole organisation.
        """
        ...


def member_encryption_key(member: DemoMember, suite: Suite) -> bytes:
    """Public encryption key of a member, of the suite's kind."""
    return encryption_public_key(suite.encryption_kind, member.encryption_secret)


def new_patient(organisation: str, suite: Suite) -> DemoMember:
    """Make a pseudonymous member with fresh keys; the name on the chain is random and says nothing."""
    secret = token_bytes(32)
    public_key = private_key(suite.key_kind, secret).public_key
    return DemoMember(
        name=f"p-{token_bytes(4).hex()}",
        organisation=organisation,
        roles=("patient",),
        address=key_address(suite, suite.key_kind, public_key),
        key_kind=suite.key_kind,
        secret=secret,
        encryption_secret=token_bytes(32),
    )


def clock_text(time_ns: int) -> str:
    """Hours and minutes of a block time, UTC."""
    minutes = time_ns // _SECOND % _DAY // 60
    return f"{minutes // 60:02}:{minutes % 60:02} UTC"


class Narrator(msgspec.Struct, frozen=True):
    """Prints one line per fact: what, in which block, after how long."""

    say: Callable[[str], None]

    def committed(self, text: str, done: Committed) -> None:
        """A committed transaction."""
        self._line(text, f"block {done.height:<4}", done.elapsed_ms)

    def fact(self, text: str, started: float) -> None:
        """Something that needed no transaction of its own. started: `perf_counter` before it."""
        self._line(text, "", (perf_counter() - started) * 1000)

    async def refused(self, text: str, error: str, act: Callable[[], Awaitable[object]]) -> None:
        """An act that the contract must refuse by this error. Raises AssertionError when it does not."""
        started = perf_counter()
        refusal = await _refusal(act)
        found = (refusal.code, refusal.data.get("error"))
        assert found == (Code.REFUSED_BY_CONTRACT, error), f"refused for another reason: {refusal}"
        height = refusal.data.get("height")
        block = f"block {height:<4}" if isinstance(height, int) else ""
        self._line(f"{text} → refused HT{int(refusal.code)} {error}", block, (perf_counter() - started) * 1000)

    def _line(self, text: str, block: str, elapsed_ms: float) -> None:
        self.say(f"✓ medical  {text:<{_WIDTH}} {block:<10} {elapsed_ms:>5.0f} ms")


async def _refusal(act: Callable[[], Awaitable[object]]) -> HuitongError:
    try:
        await act()
    except HuitongError as refusal:
        return refusal
    raise AssertionError("something was done that should have been refused")
