"""Telling engines which calls come next in a block, so that they can run them in batches. It never decides anything."""

from collections.abc import Callable, Sequence
from typing import Final

from huitong.state import Overlay, keys
from huitong.types import BlockContext, Caller, Expected, Invocation, Member, Rejected, decode_scanned

from . import gas
from .codebudget import CodeBudget
from .contract import LookingAhead
from .machine import Machine
from .opening import OpenedTransaction
from .records import ContractRecord, ContractState

STRIDE: Final = 128
"""Transactions that are looked at ahead."""


class Foresight:
    """What the transactions of a block will probably call, judged on the state as it is before them.

    check: raises Rejected for a transaction that would not be executed; such are left out, since nobody would pay for
    the work. Only first calls are told, for what later calls of a transaction may use depends on them.
    """

    def __init__(
        self,
        machine: Machine,
        overlay: Overlay,
        check: Callable[[OpenedTransaction], Member],
        block: BlockContext,
        codes: CodeBudget,
    ) -> None:
        self._engines = {name: one for name, one in machine.engines.items() if isinstance(one, LookingAhead)}
        self._overlay = overlay
        self._check = check
        self._block = block
        self._codes = codes
        self._records: dict[bytes, tuple[bytes, ContractRecord]] = {}

    def look(self, items: Sequence[OpenedTransaction]) -> None:
        """Tell each engine what comes for it, behind what it was told before."""
        told: dict[str, list[Expected]] = {}
        ids: set[bytes] = set()
        for item in items if self._engines else ():
            if item.tx_id not in ids:
                ids.add(item.tx_id)
                self._first_call(item, told)
        for name, calls in told.items():
            self._engines[name].expect(calls, self._value)

    def end(self) -> None:
        """The block is over."""
        for engine in self._engines.values():
            engine.forget()

    def _value(self, contract: bytes, key: bytes) -> bytes | None:
        return self._overlay.get(keys.storage(contract, key))

    def _first_call(self, item: OpenedTransaction, told: dict[str, list[Expected]]) -> None:
        body = item.body
        call = body.calls[0]
        record = self._record(call.target)
        left = body.gas_limit - gas.intrinsic(item.size, len(item.proofs)) - gas.CALL
        if record is None or call.method == record.initialiser or left < 0:
            return
        code = self._overlay.get(keys.code(record.code_hash))
        if code is None or not self._codes.is_free(record.code_hash, len(code)):
            return
        try:
            sender = self._check(item)
        except Rejected:
            return
        caller = Caller(body.sender, sender.organisation, sender.roles)
        invocation = Invocation(
            call.target,
            record.code_hash,
            record.fields,
            call.method,
            call.args,
            caller,
            self._block,
            left,
            read_only=False,
        )
        told.setdefault(record.engine, []).append(Expected(invocation, code))

    def _record(self, target: bytes) -> ContractRecord | None:
        """Return the record of an active contract whose engine looks ahead."""
        raw = self._overlay.get(keys.contract(target))
        if raw is None:
            return None
        known = self._records.get(target)
        if known is None or known[0] is not raw:
            known = self._records[target] = (raw, decode_scanned(raw, ContractRecord))
        record = known[1]
        return record if record.state == ContractState.ACTIVE and record.engine in self._engines else None
