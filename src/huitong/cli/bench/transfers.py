"""A module for measuring: balances that its members move. It exists in benchmarks alone."""

from collections.abc import Mapping
from typing import Final

import msgspec

from huitong.kernel import At, Effect, Handler, Question
from huitong.state import StateView, keys
from huitong.types import Code, Failed, Genesis
from huitong.types.registry import ModuleId

START_BALANCE: Final = 10**9
_BYTES: Final = 16
_PAD: Final = bytes(84)
"""Values of 100 bytes, as an account record would have."""


class Transfer(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """[source, destination, amount]: accounts of 20 bytes."""

    source: bytes
    destination: bytes
    amount: int


class TransferRule:
    """Two reads, two writes."""

    gas: int = 10_000
    message: type[Transfer] = Transfer

    def check_alone(self, message: Transfer) -> None:
        """The amount is positive."""
        if message.amount <= 0:
            raise Failed(Code.ARGUMENTS_INVALID, reason="amount")

    def check_against(self, message: Transfer, view: StateView, at: At) -> None:  # noqa: ARG002 - the phases share one form
        """The source has enough."""
        if _balance(view, message.source) < message.amount:
            raise Failed(Code.ARGUMENTS_INVALID, reason="balance")

    def apply(self, message: Transfer, view: StateView, at: At) -> Effect:  # noqa: ARG002 - the phases share one form
        """Move the amount."""
        source = _balance(view, message.source) - message.amount
        destination = _balance(view, message.destination) + message.amount
        writes = {message.source: balance_value(source), message.destination: balance_value(destination)}
        return Effect(writes, (), None)


def balance_value(amount: int) -> bytes:
    """Stored form of a balance."""
    return amount.to_bytes(_BYTES, "big") + _PAD


def _balance(view: StateView, account: bytes) -> int:
    raw = view.get(keys.module(ModuleId.BENCH, account))
    if raw is None:
        raise Failed(Code.ARGUMENTS_INVALID, reason="account")
    return int.from_bytes(raw[:_BYTES], "big")


class Transfers:
    """The module. accounts: those that exist from genesis on."""

    id: int = ModuleId.BENCH

    def __init__(self, accounts: list[bytes]) -> None:
        self._accounts = accounts
        self.handlers: Mapping[str, Handler] = {"transfer": TransferRule()}
        self.queries: Mapping[str, Question] = {}

    def genesis(self, genesis: Genesis) -> Mapping[bytes, bytes]:  # noqa: ARG002 - the module's own first state
        """Every account starts with the same balance."""
        value = balance_value(START_BALANCE)
        return dict.fromkeys(self._accounts, value)
